"""Importing, from files to stored records: everything is checked and sealed before the writer's lock is taken."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from casework.access.vocabulary import Actor
from casework.accounts.service import host_agency
from casework.audit import trail
from casework.audit.events import Event
from casework.cases.models import Case
from casework.crypto import vault
from casework.errors import Invalid
from casework.extensions import db, now, reading
from casework.programmes.definition import Programme
from casework.referrals.importing import checking, sealing, writing
from casework.referrals.importing.checking import CLOSED, Batch
from casework.referrals.importing.faults import Faults
from casework.referrals.importing.sealing import SealedReferral
from casework.referrals.importing.sources import Source
from casework.referrals.models import Referral

ASKED_AT_ONCE = 500  # references in one question: databases limit the parameters of a statement
TOLD_EVERY = 500  # referrals between two words of progress

# What a person wants to know of the tables.
MADE = {
    "referral": "referrals",
    "case_record": "cases",
    "person": "people",
    "address": "addresses",
    "answer": "counted answers",
    "entry": "dated entries",
}

Progress = Callable[[str, int, int], object]
"""Told the stage (`seal`, `store`), how many referrals are done, and how many there are."""


def silent(_stage: str, _done: int, _of: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Summary:
    """What came in: the rows of each file as read, and of each table as stored."""

    programme: Programme
    files: dict[str, int]
    stored: dict[str, int]
    not_read: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """The same in words: one line for each file, and one for what was made of them."""
        width = max(map(len, self.files))
        made = [f"{self.stored[name]} {words}" for name, words in MADE.items()]
        return [
            f"Imported into {self.programme.name}:",
            *(
                f"  {name:<{width}} {rows:>7} row{'' if rows == 1 else 's'}"
                for name, rows in self.files.items()
            ),
            f"Stored: {', '.join(made)}.",
        ]


def run(actor: Actor, programme: Programme, source: Source, progress: Progress = silent) -> Summary:
    """Import all of it or nothing; the caller commits. Raises ImportRefused, or KeyringMissing before anything is read.

    Nothing may be pending in the session, whose transaction begins only when everything is sealed.
    """
    with _without_collecting():
        batch = check(programme, source)
        sealed = seal(programme, batch, progress)
        return store(actor, programme, batch, sealed, progress)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Nothing here refers in circles, and to look for circles among so many rows takes a sixth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def check(programme: Programme, source: Source) -> Batch:
    """Read and check the files, against the database too. Asks it outside the session: no lock is held after."""
    vault.keyring()
    _may_be_imported(programme)
    batch = checking.read(programme, source, today=now().date())
    with reading(), Session(db.engine) as session:
        _refuse_known(programme, batch, session)
    return batch


def seal(programme: Programme, batch: Batch, progress: Progress = silent) -> list[SealedReferral]:
    layout = sealing.layout_of(programme)
    sealed: list[SealedReferral] = []
    for referral in batch.referrals.values():
        if len(sealed) % TOLD_EVERY == 0:
            progress("seal", len(sealed), len(batch.referrals))
        sealed.append(sealing.seal(layout, referral))
    return sealed


def store(
    actor: Actor,
    programme: Programme,
    batch: Batch,
    sealed: list[SealedReferral],
    progress: Progress = silent,
) -> Summary:
    """Insert everything in the session's transaction. Raises ImportRefused when another import came first."""
    progress("store", 0, len(sealed))
    agency_id = host_agency(programme.id)
    # Asked again under the lock. Where the database lets two import at once, the index refuses the second one.
    _refuse_known(programme, batch, db.session())
    try:
        with db.session.begin_nested():
            stored = writing.store(
                actor,
                sealing.layout_of(programme),
                agency_id,
                sealed,
                lambda done: progress("store", done, len(sealed)),
            )
    except IntegrityError:
        _refuse_known(programme, batch, db.session())
        raise
    trail.record(
        actor,
        Event.IMPORT_DONE,
        programme=programme.id,
        rows=[f"{name}={count}" for name, count in batch.rows.items()],
    )
    return Summary(programme, batch.rows, stored, tuple(batch.not_read))


def _may_be_imported(programme: Programme) -> None:
    if not programme.imports:
        raise Invalid(f"{programme.name} takes no imports: its definition names no files.")
    closes = any(column.target == CLOSED for file in programme.imports for column in file.columns)
    if closes and writing.NOT_RECORDED not in programme.list("closure_reason"):
        raise Invalid(
            f"{programme.name} cannot import closed cases: its list closure_reason lacks {writing.NOT_RECORDED}."
        )


def _refuse_known(programme: Programme, batch: Batch, session: Session) -> None:
    """Refuse references that are already in the database, as a referral's or as a case's."""
    known = _known(programme, batch.referrals, session)
    if not known:
        return
    columns = {file.name: file.reference_column.name for file in programme.imports}
    faults = Faults()
    for reference, referral in batch.referrals.items():
        if reference in known:
            faults.add(
                referral.file, referral.line, columns[referral.file], "this reference is already in casework"
            )
    faults.refuse()


def _known(programme: Programme, references: Collection[str], session: Session) -> set[str]:
    wanted = list(references)
    known: set[str] = set()
    for start in range(0, len(wanted), ASKED_AT_ONCE):
        some = wanted[start : start + ASKED_AT_ONCE]
        for model in (Referral, Case):
            query = select(model.reference).where(model.programme == programme.id, model.reference.in_(some))
            known.update(session.scalars(query))
    return known
