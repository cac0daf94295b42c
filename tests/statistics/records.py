"""The demonstration year, stored; single records, made by hand; and an independent count from the files."""

from __future__ import annotations

import csv
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from casework.access.vocabulary import OPERATOR
from casework.cases.models import Case, Entry
from casework.extensions import db, new_id, now
from casework.programmes import shelf
from casework.referrals.importing import service as importing
from casework.referrals.importing.sources import Folder
from casework.referrals.models import Answer, Enquiry, Referral

YEAR_FILES = Path(__file__).parents[2] / "casework/demonstration/asb_2017_18"
ASB = "asb_support"
FIRST, LAST = date(2017, 4, 1), date(2018, 3, 31)


def import_year(_app: object = None) -> None:
    """Store the demonstration year as `casework import` does."""
    importing.run(OPERATOR, shelf.programme(ASB), Folder(YEAR_FILES))
    db.session.commit()


# -- records made by hand, on plain columns alone: no key is touched -----------------------------------


def make_referral(
    received_on: date = date(2018, 1, 10),
    *,
    closed_on: date | None = None,
    case_id: uuid.UUID | None = None,
    agency_id: uuid.UUID | None = None,
    source: str | None = "housing",
    outcome: str = "accepted",
    decided_on: date | None = None,
    answers: Mapping[tuple[str, str], str | int | date | Iterable[str]] | None = None,
    programme: str = ASB,
) -> tuple[uuid.UUID, uuid.UUID]:
    """A referral and (unless `case_id` names one) its case; returns the ids of both.

    `answers` is keyed by (role, field id); the age is the field `age`.
    """
    referral, case = new_id(), case_id or new_id()
    common = {"programme": programme, "reference": f"T-{referral.hex[-8:]}", "version": 1}
    if case_id is None:
        case_row = {
            **common,
            "id": case,
            "stage": "closed" if closed_on else "open",
            "stage_kind": "closed" if closed_on else "open",
            "opened_on": received_on,
            "closed_on": closed_on,
            "closure_reason": "resolved" if closed_on else None,
            "agency_id": agency_id,
            "urgent": False,
        }
        db.session.execute(insert(Case), [case_row])
    referral_row = {
        **common,
        "id": referral,
        "case_id": case,
        "received_on": received_on,
        "source": source,
        "outcome": outcome,
        "decided_on": None if outcome == "waiting" else decided_on or received_on,
        "logged_at_utc": now(),
    }
    db.session.execute(insert(Referral), [referral_row])
    for (role, field), value in (answers or {}).items():
        for each in [value] if isinstance(value, str | int | date) else value:
            _answer(referral, programme, received_on, role, field, each)
    db.session.commit()
    return referral, case


def _answer(
    referral: uuid.UUID, programme: str, received_on: date, role: str, field: str, value: str | int | date
) -> None:
    column = "day" if isinstance(value, date) else "number" if isinstance(value, int) else "code"
    row = {"id": new_id(), "programme": programme, "referral_id": referral, "received_on": received_on}
    db.session.execute(insert(Answer), [{**row, "role": role, "field": field, column: value}])


def make_entry(
    case: uuid.UUID,
    kind: str,
    dated: date,
    code: str | None = None,
    *,
    referral: uuid.UUID | None = None,
    ended_at: datetime | None = None,
    programme: str = ASB,
) -> None:
    row = {
        "id": new_id(),
        "case_id": case,
        "programme": programme,
        "kind": kind,
        "dated": dated,
        "code": code,
        "referral_id": referral,
        "recorded_at_utc": now(),
        "ended_at_utc": ended_at,
        "version": 1,
    }
    db.session.execute(insert(Entry), [row])
    db.session.commit()


def make_enquiry(received_on: date, programme: str = ASB) -> None:
    row = {
        "id": new_id(),
        "programme": programme,
        "received_on": received_on,
        "topics": [],
        "recorded_at_utc": now(),
    }
    db.session.execute(insert(Enquiry), [row])
    db.session.commit()


# -- an independent count: the csv module and nothing of ours ------------------------------------------

BANDS = (("18-25", 18, 25), ("26-35", 26, 35), ("36-45", 36, 45), ("46-55", 46, 55), ("56-65", 56, 65))
ENTRY_FILES = {
    "onward_referral": ("onward_referrals.csv", "destination"),
    "support_given": ("support.csv", "support_type"),
    "additional_need": ("additional_needs.csv", "need"),
}
REFERRAL_COLUMNS = {"referral_source": "source", "gender": "gender", "ethnicity": "ethnicity"}


def read_file(name: str) -> list[dict[str, str]]:
    with (YEAR_FILES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def count_files(first: date, last: date) -> dict[str, Counter[str]]:
    """How often each label occurs in each table of the report, from `first` to `last`, and the headlines."""
    everybody = [*read_file("referrals.csv"), *read_file("carried_over.csv")]
    received = [row for row in everybody if first <= _day(row["date_received"]) <= last]
    tables: dict[str, Counter[str]] = {
        table: Counter(row[column] or "Not known" for row in received)
        for table, column in REFERRAL_COLUMNS.items()
    }
    tables["age_band"] = Counter(_band(row) for row in received)
    for table, (name, column) in ENTRY_FILES.items():
        tables[table] = Counter(row[column] for row in read_file(name) if first <= _day(row["date"]) <= last)
    carried_over = [
        row
        for row in everybody
        if _day(row["date_received"]) < first
        and not (row.get("date_closed") and _day(row["date_closed"]) < first)
    ]
    tables["headlines"] = Counter(
        referrals_received=len(received),
        carried_over=len(carried_over),
        supported=len(received) + len(carried_over),
        mediation=sum(row["mediation"] == "yes" for row in received),
        community_marac_supported=sum(row["cs_marac_supported"] == "yes" for row in received),
    )
    return tables


def _day(words: str) -> date:
    return date.fromisoformat(words)


def _band(row: Mapping[str, Any]) -> str:
    """The band of the age in completed years on the day of receipt."""
    if not row["date_of_birth"]:
        return "Not given"
    born, on = _day(row["date_of_birth"]), _day(row["date_received"])
    age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return next((label for label, least, most in BANDS if least <= age <= most), "66+")
