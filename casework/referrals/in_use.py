"""What the records hold of the programmes' files, in plain columns alone: no key is needed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select

from casework.accounts.models import Membership
from casework.cases import kinds
from casework.cases.models import Case, Entry, Involvement
from casework.extensions import db
from casework.programmes.definition import REFERRAL, Programme
from casework.programmes.faults import Fault
from casework.programmes.replacing import Held, dropped
from casework.referrals.models import Answer, Draft, Enquiry, Referral

HOLDERS: tuple[Any, ...] = (Case, Enquiry, Draft, Membership)  # whose programme must be served


def faults(programmes: Mapping[str, Programme]) -> list[Fault]:
    """What these programmes lack of what records hold, each as a fault of its file."""
    return [
        *(_missing(name) for name in sorted(_held_programmes() - programmes.keys())),
        *(fault for each in programmes.values() for fault in dropped(each, held(each))),
    ]


def held(programme: Programme) -> Held:
    """What the records of a programme hold of it."""
    codes: dict[str, set[str]] = defaultdict(set)
    for list_id, code in (*_record_codes(programme), *_answer_codes(programme), *_entry_codes(programme)):
        codes[list_id].add(code)
    stages: dict[str, set[str]] = defaultdict(set)
    for stage, kind in _distinct(Case.stage, Case.stage_kind, of=Case, programme=programme):
        stages[stage].add(kind)
    used = _distinct(Entry.code, Entry.tool_version, of=Entry, programme=programme, kind="risk")
    roles = (
        select(Involvement.role)
        .join(Case, Case.id == Involvement.case_id)
        .where(Case.programme == programme.id)
        .distinct()
    )
    return Held(
        codes=codes,
        stages=stages,
        tools={(tool, version) for tool, version in used if tool and version},
        roles=set(db.session.scalars(roles)),
    )


def _missing(programme: str) -> Fault:
    return Fault("(no file)", "id", f"no file is of the programme {programme!r}, of which there are records")


def _held_programmes() -> set[str]:
    found: set[str | None] = set()
    for model in HOLDERS:
        found |= set(db.session.scalars(select(model.programme).distinct()))
    return {name for name in found if name}


def _record_codes(programme: Programme) -> Iterator[tuple[str, str]]:
    """The codes that cases, referrals, people's parts and enquiries hold themselves, each with its list."""
    for list_id, model in (
        ("source", Referral),
        ("route", Referral),
        ("decline_reason", Referral),
        ("closure_reason", Case),
        ("source", Enquiry),
    ):
        for (code,) in _distinct(getattr(model, list_id), of=model, programme=programme):
            if code:
                yield list_id, code
    topics = db.session.scalars(select(Enquiry.topics).where(Enquiry.programme == programme.id))
    yield from (("enquiry_topic", topic) for several in topics for topic in several)


def _answer_codes(programme: Programme) -> Iterator[tuple[str, str]]:
    """The codes of counted answers, each with the list of its question. A question no longer asked has none."""
    lists = {(field.id, field.about): field.list for field in programme.fields if field.list}
    for field, role, code in _distinct(
        Answer.field, Answer.role, Answer.code, of=Answer, programme=programme
    ):
        if code and (list_id := lists.get((field, role or REFERRAL))):
            yield list_id, code


def _entry_codes(programme: Programme) -> Iterator[tuple[str, str]]:
    """The codes and statuses of entries, and on what basis something was shared."""
    columns = (Entry.kind, Entry.code, Entry.status, Entry.basis)
    for kind_id, *values in _distinct(*columns, of=Entry, programme=programme):
        kind = kinds.BY_ID.get(kind_id)
        for name, value in zip(("code", "status", "basis"), values, strict=True):
            list_id = kind.list_of(name) if kind else ""
            if list_id and value and value != kinds.NOT_TOLD:
                yield list_id, value


def _distinct(*columns: Any, of: Any, programme: Programme, **more: Any) -> list[Any]:
    query = select(*columns).where(of.programme == programme.id).filter_by(**more).distinct()
    return list(db.session.execute(query).all())
