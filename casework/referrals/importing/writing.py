"""Storing an import: bulk inserts of all its rows in the caller's transaction, a batch at a time."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Date, Dialect, Table, insert
from sqlalchemy.types import TypeEngine

from casework.access.vocabulary import Actor
from casework.cases.models import Case, Entry, Involvement
from casework.crypto.vault import DataKey
from casework.extensions import Id, Utc, db, new_id, now
from casework.people.models import Address, Person, blind_token
from casework.people.service import age_on
from casework.programmes.definition import Programme
from casework.referrals.answers import AGE
from casework.referrals.importing.checking import CLOSED, about, listed
from casework.referrals.importing.sealing import Layout, SealedPerson, SealedReferral
from casework.referrals.models import Answer, Referral

BATCH = 500  # referrals whose rows are made and inserted together; more would only take more memory
NOT_RECORDED = "not_recorded"  # the closure reason of an import, whose files do not tell it

Row = dict[str, Any]

# Parents before their children, as the foreign keys want.
TABLES: tuple[Table, ...] = tuple(
    db.metadata.tables[name]
    for name in (
        DataKey.__tablename__,
        Person.__tablename__,
        Address.__tablename__,
        blind_token.name,
        Case.__tablename__,
        Involvement.__tablename__,
        Referral.__tablename__,
        Answer.__tablename__,
        Entry.__tablename__,
    )
)


def store(
    actor: Actor,
    layout: Layout,
    agency_id: uuid.UUID | None,
    referrals: Sequence[SealedReferral],
    progress: Callable[[int], object] = lambda _stored: None,
) -> dict[str, int]:
    """Insert every row of the referrals; returns how many by table."""
    connection = db.session.connection()
    rows_of = _Rows(actor, layout, agency_id, connection.dialect)
    counts = {table.name: 0 for table in TABLES}
    for start in range(0, len(referrals), BATCH):
        rows: dict[str, list[Row]] = {table.name: [] for table in TABLES}
        for sealed in referrals[start : start + BATCH]:
            for name, row in rows_of(sealed):
                rows[name].append(row)
        # In order, because each token has its place in the index and the table is that index.
        rows[blind_token.name].sort(key=itemgetter("token"))
        for table in TABLES:
            _insert(connection, table, rows[table.name])
            counts[table.name] += len(rows[table.name])
        progress(min(start + BATCH, len(referrals)))
    return counts


def _insert(connection: Connection, table: Table, rows: list[Row]) -> None:
    """Insert rows whose values are as the driver takes them.

    SQLAlchemy would look at each value three times over, which costs more than the insertion.
    """
    if rows:
        statement = insert(table).compile(dialect=connection.dialect, column_keys=list(rows[0]))
        if statement.positiontup:
            connection.exec_driver_sql(str(statement), list(map(itemgetter(*statement.positiontup), rows)))
        else:
            connection.exec_driver_sql(str(statement), rows)


def _converter(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any]:
    """What turns a value into what the driver takes for a column of that type."""
    return kind.dialect_impl(dialect).bind_processor(dialect) or (lambda value: value)


class _Rows:
    """Makes the rows of one referral after another. All rows of a table have the same columns."""

    def __init__(self, actor: Actor, layout: Layout, agency_id: uuid.UUID | None, dialect: Dialect) -> None:
        self.layout = layout
        self.id = _converter(Id(), dialect)
        self.day = _converter(Date(), dialect)
        self.at = _converter(Utc(), dialect)(now())
        self.actor_id = self.id(actor.id)
        self.agency_id = self.id(agency_id)
        self.open_stage = layout.programme.accepted_stage
        self.closed_stage = layout.programme.first_stage_of("closed")

    def __call__(self, sealed: SealedReferral) -> Iterator[tuple[str, Row]]:
        """Every row of a referral with the name of its table."""
        return _RowsOfOne(self, sealed).rows()

    @property
    def programme(self) -> Programme:
        return self.layout.programme


class _RowsOfOne:
    """The rows of one referral."""

    def __init__(self, terms: _Rows, sealed: SealedReferral) -> None:
        self.terms = terms
        self.sealed = sealed
        self.read = sealed.read
        self.case_id = terms.id(sealed.case_id)
        self.referral_id = terms.id(sealed.id)
        self.person_ids = {person.role.id: terms.id(person.id) for person in sealed.people}
        self.received_on = terms.day(sealed.read.received_on)
        self.last_id = new_id().int

    def rows(self) -> Iterator[tuple[str, Row]]:
        yield DataKey.__tablename__, {"id": self.case_id, "wrapped": self.sealed.key}
        for person in self.sealed.people:
            yield from self._of_person(person, self.person_ids[person.role.id])
        yield Case.__tablename__, self._case()
        for role, person_id in self.person_ids.items():
            yield Involvement.__tablename__, self._involvement(role, person_id)
        yield Referral.__tablename__, self._referral()
        for answer in self._answers():
            yield Answer.__tablename__, answer
        for entry in self._entries():
            yield Entry.__tablename__, entry

    def _of_person(self, person: SealedPerson, person_id: Any) -> Iterator[tuple[str, Row]]:
        programme = self.terms.programme.id
        yield DataKey.__tablename__, {"id": person_id, "wrapped": person.key}
        yield (
            Person.__tablename__,
            {"id": person_id, "programme": programme, "version": 1, "sealed": person.sealed},
        )
        if person.address_id:
            yield (
                Address.__tablename__,
                {
                    "id": self.terms.id(person.address_id),
                    "person_id": person_id,
                    "current": True,
                    "confidential": False,
                    "sealed": person.address,
                },
            )
        for token in person.tokens:
            yield blind_token.name, {"token": token, "person_id": person_id}

    def _case(self) -> Row:
        programme, closed_on = self.terms.programme, self.read.values.get(CLOSED)
        stage = self.terms.closed_stage if closed_on else self.terms.open_stage
        risk = self.sealed.scores[0] if self.sealed.scores else None
        return {
            "id": self.case_id,
            "programme": programme.id,
            "reference": self.read.reference,
            "stage": stage.id,
            "stage_kind": stage.kind,
            "opened_on": self.received_on,
            "closed_on": self._day(closed_on),
            "closure_reason": NOT_RECORDED if closed_on else None,
            "agency_id": self.terms.agency_id,
            "risk_score": risk.score if risk else None,
            "risk_band": risk.band.id if risk and risk.band else None,
            "urgent": bool(risk and risk.band and risk.band.urgent),
            "heard_on": self._day(self.read.values.get("referral.date_heard")),
            "subject_id": self.person_ids[programme.subject.id],
            "version": 1,
        }

    def _involvement(self, role: str, person_id: Any) -> Row:
        return {
            "id": self._new_id(),
            "case_id": self.case_id,
            "person_id": person_id,
            "role": role,
            "version": 1,
        }

    def _referral(self) -> Row:
        return {
            "id": self.referral_id,
            "case_id": self.case_id,
            "programme": self.terms.programme.id,
            "reference": self.read.reference,
            "received_on": self.received_on,
            "source": self.read.values.get("referral.source"),
            "route": self.read.values.get("referral.route"),
            "outcome": "accepted",
            "decided_on": self.received_on,
            "decided_by_id": self.terms.actor_id,
            "logged_at_utc": self.terms.at,
            "version": 1,
            "sealed": self.sealed.sealed,
        }

    def _answers(self) -> Iterator[Row]:
        for target, field in self.terms.layout.counted.items():
            if target in self.read.values:
                for value in listed(self.read.values[target]):
                    yield self._answer(about(target), field, value)
        for person in self.sealed.people:
            age = age_on(person.born, self.read.received_on) if person.role.counted else None
            if age is not None:
                yield self._answer(person.role.id, AGE, age)

    def _answer(self, role: str, field: str, value: str | int | date) -> Row:
        return {
            "id": self._new_id(),
            "programme": self.terms.programme.id,
            "referral_id": self.referral_id,
            "person_id": self.person_ids.get(role),
            "role": role,
            "field": field,
            "code": value if isinstance(value, str) else None,
            "number": value if isinstance(value, int) else None,
            "day": self._day(value) if isinstance(value, date) else None,
            "received_on": self.received_on,
        }

    def _entries(self) -> Iterator[Row]:
        for risk in self.sealed.scores:
            row = self._entry("risk", self.read.received_on, risk.tool.id)
            band = risk.band.id if risk.band else None
            yield {
                **row,
                "id": self.terms.id(risk.id),
                "status": band,
                "number": risk.score,
                "tool_version": risk.tool.version,
                "sealed": risk.sealed,
            }
        for entry in self.read.entries:
            yield self._entry(entry.kind, entry.dated, entry.code, entry.imported_id)
        if CLOSED in self.read.values:
            yield self._entry("closure", self.read.values[CLOSED], NOT_RECORDED)

    def _entry(self, kind: str, dated: date, code: str, imported_id: str | None = None) -> Row:
        return {
            "id": self._new_id(),
            "case_id": self.case_id,
            "programme": self.terms.programme.id,
            "kind": kind,
            "dated": self.terms.day(dated),
            "code": code,
            "status": None,
            "number": None,
            "tool_version": None,
            "referral_id": self.referral_id,
            "imported_id": imported_id,
            "recorded_by_id": self.terms.actor_id,
            "recorded_at_utc": self.terms.at,
            "version": 1,
            "sealed": None,
        }

    def _new_id(self) -> Any:
        # The ids of one referral's rows follow each other (RFC 9562, section 6.2, method 2): to ask the system for
        # random bits for each of them takes a tenth of the time.
        self.last_id += 1
        return self.terms.id(uuid.UUID(int=self.last_id))

    def _day(self, day: date | None) -> Any:
        return None if day is None else self.terms.day(day)
