"""What an import stores, and that it stores all or nothing, on both databases."""

from __future__ import annotations

import csv
import threading
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from casework.access.vocabulary import OPERATOR
from casework.audit import trail
from casework.audit.models import AuditEntry
from casework.cases.models import Case, Entry, Involvement
from casework.errors import KeyringMissing
from casework.extensions import db
from casework.people import service as people
from casework.people.models import Person
from casework.programmes import shelf
from casework.referrals import answers
from casework.referrals.importing import service
from casework.referrals.importing.faults import ImportRefused
from casework.referrals.importing.service import Summary
from casework.referrals.importing.sources import Folder
from casework.referrals.models import Answer, Referral
from tests.referrals.importing.folders import DVA, SMALL, YEAR, copy, counts, put, reshape
from tests.referrals.importing.refusals import REFUSALS

ASB, MARAC = "asb_support", "dva_marac"


def bring_in(folder: Path, programme: str = ASB) -> Summary:
    summary = service.run(OPERATOR, shelf.programme(programme), Folder(folder))
    db.session.commit()
    return summary


def records(name: str) -> list[dict[str, str]]:
    """A file of the demonstration year, as plain csv reads it."""
    with (YEAR / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def referral(reference: str) -> Referral:
    return db.session.scalars(select(Referral).where(Referral.reference == reference)).one()


def counted(field: str, role: str = "subject") -> Counter[Any]:
    query = select(Answer.code, Answer.number).where(Answer.field == field, Answer.role == role)
    return Counter(code if code is not None else number for code, number in db.session.execute(query))


def test_every_row_of_the_year_is_stored_once(app: Flask) -> None:
    before = counts()

    summary = bring_in(YEAR)

    referrals = len(records("referrals.csv")) + len(records("carried_over.csv"))
    entries = sum(
        len(records(name)) for name in ("onward_referrals.csv", "support.csv", "additional_needs.csv")
    )
    closed = sum(row["date_closed"] != "" for row in records("carried_over.csv"))
    added = {name: count - before[name] for name, count in counts().items() if count != before[name]}
    assert {
        name: added[name] for name in ("referral", "case_record", "person", "involvement")
    } == dict.fromkeys(("referral", "case_record", "person", "involvement"), referrals)
    assert added["entry"] == entries + closed
    assert added["data_key"] == 2 * referrals
    assert added["audit_entry"] == 1
    assert {name: added[name] for name in summary.stored} == summary.stored


def test_counted_answers_agree_with_the_files(app: Flask) -> None:
    bring_in(YEAR)

    rows = records("referrals.csv") + records("carried_over.csv")
    assert counted("gender") == Counter(row["gender"].lower() for row in rows if row["gender"])
    labels = {"Asian": "asian", "Black British": "black_british", "White British": "white_british",
              "White Other": "white_other", "Not Given": "not_given"}  # fmt: skip
    assert counted("ethnicity") == Counter(labels[row["ethnicity"]] for row in rows if row["ethnicity"])
    assert counted("mediation", "referral") == Counter(row["mediation"] for row in rows if row["mediation"])
    assert counted("age") == Counter(_age(row) for row in rows if row["date_of_birth"])


def _age(row: dict[str, str]) -> int:
    born, day = date.fromisoformat(row["date_of_birth"]), date.fromisoformat(row["date_received"])
    had_birthday = (day.month, day.day) >= (born.month, born.day)
    return day.year - born.year - (not had_birthday)


def test_entries_keep_their_day_code_and_own_id(app: Flask) -> None:
    bring_in(YEAR)

    query = select(Entry.imported_id, Referral.reference, Entry.dated, Entry.code).join(
        Referral, Referral.id == Entry.referral_id
    )
    stored = {
        (i, r, d.isoformat(), c) for i, r, d, c in db.session.execute(query.where(Entry.kind == "need"))
    }
    assert stored == {
        (row["id"], row["reference"], row["date"], row["need"].lower().replace(" ", "_"))
        for row in records("additional_needs.csv")
    }


def test_what_was_sealed_opens_to_what_the_files_say(app: Flask) -> None:
    bring_in(YEAR)

    for row in records("referrals.csv") + records("carried_over.csv"):
        found = referral(row["reference"])
        person = found.case.subject
        assert person is not None
        assert (person.forename or "", person.surname or "") == (row["forename"], row["surname"])
        assert (person.date_of_birth.isoformat() if person.date_of_birth else "") == row["date_of_birth"]
        assert [(a.lines or "", a.postcode or "") for a in person.addresses] == [
            (row["address"], row["postcode"])
        ]
        assert found.narrative == row["narrative"]
        db.session.expunge_all()


def test_referral_comes_in_accepted_and_its_case_open_or_closed(app: Flask) -> None:
    bring_in(SMALL)

    accepted, carried = referral("ASB-T-001"), referral("ASB-T-000")
    assert (accepted.outcome, accepted.decided_on) == ("accepted", date(2017, 4, 3))
    assert (accepted.case.stage_kind, accepted.case.closed_on) == ("open", None)
    assert accepted.case.stage == shelf.programme(ASB).accepted_stage.id
    assert (carried.case.stage_kind, carried.case.closed_on) == ("closed", date(2017, 6, 2))
    assert carried.case.closure_reason == "not_recorded"


def test_date_of_support_at_the_panel_is_kept_beside_the_mark(app: Flask, tmp_path: Path) -> None:
    def with_dates(content: list[list[str]]) -> list[list[str]]:
        days = ["cs_marac_date", "", "2017-05-30", ""]
        return [[*row, day] for row, day in zip(content, days, strict=True)]

    bring_in(copy(SMALL, tmp_path / "folder", reshape("referrals.csv", with_dates)))

    told = answers.read(referral("ASB-T-002"), "referral")
    assert (told["cs_marac_supported"], told["cs_marac_date"]) == (True, date(2017, 5, 30))


def test_imported_person_is_found_by_a_name_spelt_otherwise(app: Flask) -> None:
    bring_in(SMALL)

    found = people.search(OPERATOR, ASB, names=["Obrannigan Lodynski"])

    assert [match.person.surname for match in found] == ["O’Brannigan-Łodyński"]


def test_case_belongs_to_the_agency_that_takes_referrals_in(app: Flask) -> None:
    from tests.support.makers import make_agency, make_user

    agency = make_agency("Borough ASB Team")
    make_user("coordinator", ASB, agency=agency)
    db.session.commit()

    bring_in(SMALL)

    assert set(db.session.scalars(select(Case.agency_id))) == {agency.id}


def test_marac_folder_comes_in_with_pairs_scores_and_hearings(app: Flask) -> None:
    bring_in(DVA, MARAC)

    case = referral("DVA-T-101").case
    parts = {part.role: part.person.surname for part in case.involvements}
    assert parts == {"subject": "Vantongeren", "perpetrator": "Vantongeren"}
    assert (case.risk_score, case.heard_on) == (17, date(2019, 2, 21))
    assert answers.read(referral("DVA-T-102"), "subject", referral("DVA-T-102").case.subject)[
        "disability"
    ] == [
        "physical",
        "learning",
    ]
    perpetrator = next(part.person for part in case.involvements if part.role == "perpetrator")
    told = answers.read(referral("DVA-T-101"), "perpetrator", perpetrator)
    assert told["relationship"] == "ex_partner"


def test_imported_score_reads_as_an_assessment(app: Flask) -> None:
    bring_in(DVA, MARAC)

    entry = db.session.scalars(
        select(Entry).where(Entry.kind == "risk", Entry.case_id == referral("DVA-T-101").case_id)
    ).one()
    tool = shelf.programme(MARAC).current_tools[0]
    assert (entry.code, entry.number, entry.dated) == (tool.id, 17, date(2019, 2, 4))
    assert (entry.tool_version, entry.details) == (tool.version, {"band": entry.status})


def test_nobody_is_made_up_where_a_row_says_nothing(app: Flask) -> None:
    bring_in(DVA, MARAC)

    case = referral("DVA-T-102").case
    roles = select(Involvement.role).where(Involvement.case_id == case.id)
    assert list(db.session.scalars(roles)) == ["subject"]


def test_import_is_in_the_trail_with_the_rows_of_each_file(app: Flask) -> None:
    bring_in(SMALL)

    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.event == "import.done")).one()
    assert entry.programme == ASB
    assert entry.details["rows"][:2] == ["referrals.csv=3", "carried_over.csv=1"]
    assert trail.verify().faults == ()


def test_every_refusal_changes_nothing(app: Flask, tmp_path: Path) -> None:
    bring_in(SMALL)
    before = counts()

    for number, (change, _expected) in enumerate(REFUSALS.values()):
        with pytest.raises(ImportRefused):
            bring_in(copy(SMALL, tmp_path / str(number), change))
        db.session.rollback()

    assert counts() == before


def test_same_folder_twice_is_refused_with_every_reference(app: Flask) -> None:
    bring_in(SMALL)
    before = counts()

    with pytest.raises(ImportRefused) as caught:
        bring_in(SMALL)

    assert [fault[:3] for fault in caught.value.faults] == [
        ("referrals.csv", 2, "reference"),
        ("referrals.csv", 4, "reference"),
        ("referrals.csv", 5, "reference"),
        ("carried_over.csv", 2, "reference"),
    ]
    assert counts() == before


def test_one_known_reference_refuses_the_whole_folder(app: Flask, tmp_path: Path) -> None:
    bring_in(SMALL)
    before = counts()

    def renumber(folder: Path) -> None:
        for path in folder.iterdir():
            path.write_text(path.read_text("utf-8").replace("ASB-T-", "ASB-U-"), "utf-8")
        put("referrals.csv", 3, "reference", "ASB-T-003")(folder)
        put("support.csv", 3, "reference", "ASB-T-003")(folder)

    with pytest.raises(ImportRefused) as caught:
        bring_in(copy(SMALL, tmp_path / "folder", renumber))

    assert [fault[:3] for fault in caught.value.faults] == [("referrals.csv", 5, "reference")]
    assert counts() == before


def test_same_reference_in_another_programme_is_no_duplicate(app: Flask, tmp_path: Path) -> None:
    bring_in(SMALL)

    bring_in(copy(DVA, tmp_path / "folder", put("referrals.csv", 1, "reference", "ASB-T-001")), MARAC)

    assert db.session.scalar(text("SELECT count(*) FROM referral WHERE reference = 'ASB-T-001'")) == 2


def test_of_two_imports_at_once_one_wins_and_the_other_is_refused(app: Flask) -> None:
    programme = shelf.programme(ASB)
    batch = service.check(programme, Folder(SMALL))
    service.store(OPERATOR, programme, batch, service.seal(programme, batch))
    outcomes: list[object] = []

    def second() -> None:
        with app.app_context():
            try:
                outcomes.append(service.run(OPERATOR, programme, Folder(SMALL)))
            except ImportRefused as refused:
                outcomes.append(refused)
            finally:
                db.session.rollback()

    other = threading.Thread(target=second)
    other.start()
    other.join(timeout=0.5)  # it has checked and sealed, and waits for the first one's lock
    db.session.commit()
    other.join(timeout=20)

    assert [type(outcome) for outcome in outcomes] == [ImportRefused]
    assert db.session.scalar(text("SELECT count(*) FROM referral")) == 4


def test_without_the_keyring_nothing_is_read(app: Flask, instance: Path) -> None:
    (instance / "keyring.json").rename(instance / "elsewhere.json")
    app.extensions["keyring"].forget()

    with pytest.raises(KeyringMissing):
        service.run(OPERATOR, shelf.programme(ASB), Folder(SMALL))


def test_nothing_identifying_lies_in_clear_in_any_table(app: Flask) -> None:
    bring_in(YEAR)

    stored = b"\n".join(_everything())
    assert [needle for needle in needles() if needle in stored] == []


def needles() -> set[bytes]:
    """What must be nowhere in clear. Words under five bytes turn up in random bytes too, so they are left out."""
    found: set[str] = set()
    for row in records("referrals.csv") + records("carried_over.csv"):
        found |= {row["surname"], row["postcode"], row["postcode"].replace(" ", ""), row["address"]}
        found |= {row["narrative"][start : start + 24] for start in range(0, len(row["narrative"]) - 24, 24)}
    return {word.encode("utf-8") for word in found if len(word.encode("utf-8")) > 4}


def _everything() -> list[bytes]:
    """Every value of every table, as bytes."""
    found: list[bytes] = []
    for table in db.metadata.sorted_tables:
        for row in db.session.execute(select(table)):
            found += [value if isinstance(value, bytes) else str(value).encode("utf-8") for value in row]
    return found


def test_person_with_one_name_only_keeps_the_other_empty(app: Flask) -> None:
    bring_in(SMALL)

    names = {(person.forename, person.surname) for person in db.session.scalars(select(Person))}
    assert ("Thandeka", None) in names
    assert (None, "O’Brannigan-Łodyński") in names
    assert ("Nan", "Null") in names
