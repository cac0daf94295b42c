"""Uploads from the page: kept sealed, checked, shown to their author, and imported by a worker of their own.

The page's own request would hold the writer's lock from its beginning, so the work is done beside it. A worker
that dies (the server was stopped) leaves nothing half done: the page sees that it is silent and offers another try.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from datetime import timedelta

from flask import Flask, current_app
from sqlalchemy import event, select

from casework.access.vocabulary import Actor, Permission
from casework.accounts import service as accounts
from casework.accounts.models import User
from casework.crypto import vault
from casework.errors import CaseworkError, Invalid, NotFound, Refused
from casework.extensions import db, new_id, now
from casework.programmes import shelf
from casework.programmes.definition import Programme
from casework.referrals.importing import service
from casework.referrals.importing.faults import SHOWN, Fault, ImportRefused
from casework.referrals.importing.models import (
    CHECKING,
    DONE,
    FAILED,
    IMPORTING,
    READY,
    REFUSED,
    ImportBatch,
)
from casework.referrals.importing.sources import Upload

log = logging.getLogger("casework")

# Small imports are through before the answer is sent, so that nobody has to watch a page for them.
PATIENCE_SECONDS = 1.0
# A worker speaks at every stage; while it writes it cannot, because it holds the lock it would need to.
SILENT_FOR = timedelta(minutes=10)


def importable(actor: Actor) -> list[Programme]:
    """The programmes into which the actor may import, and that take imports."""
    allowed = (shelf.programme(each) for each in actor.programmes(Permission.REFERRAL_IMPORT))
    return [programme for programme in allowed if programme.imports]


def programme_for(actor: Actor, programme_id: str) -> Programme:
    """The programme, if the actor may import into it. Raises NotFound or Refused."""
    programme = shelf.programme(programme_id)
    if not programme.imports:
        raise NotFound
    if not actor.has(Permission.REFERRAL_IMPORT, programme.id):
        raise Refused(permission=str(Permission.REFERRAL_IMPORT))
    return programme


def batch_for(actor: Actor, batch_id: uuid.UUID) -> ImportBatch:
    """An upload is its author's alone, as long as they may import into its programme. Raises NotFound."""
    query = select(ImportBatch).where(
        ImportBatch.id == batch_id,
        ImportBatch.by_id == actor.id,
        ImportBatch.programme.in_(actor.programmes(Permission.REFERRAL_IMPORT)),
    )
    batch = db.session.scalar(query)
    if batch is None:
        raise NotFound
    return batch


def is_silent(batch: ImportBatch) -> bool:
    """Whether the work stopped without saying so."""
    return batch.state in (CHECKING, IMPORTING) and now() - batch.told_at_utc > SILENT_FOR


def shown_faults(batch: ImportBatch, most: int | None = SHOWN) -> list[Fault]:
    return [Fault(*each) for each in batch.faults[:most]]


def take(actor: Actor, programme: Programme, files: dict[str, bytes]) -> ImportBatch:
    """Keep uploaded files, sealed, and have them checked. What the author uploaded before is dropped.

    Raises Invalid when a required file is not among them; its errors are by file name.
    """
    missing = [file.name for file in programme.imports if file.required and file.name not in files]
    if missing:
        raise Invalid(errors={name: [f"Select {name}"] for name in missing})
    _drop_earlier(actor, programme)
    row = new_id()
    vault.make_key(row)
    batch = ImportBatch(id=row, programme=programme.id, by_id=actor.id, sizes={})
    batch.seal_files(files)
    db.session.add(batch)
    db.session.flush()
    _work_after_commit(batch, _check)
    return batch


def confirm(batch: ImportBatch) -> None:
    """Have a checked upload imported. Raises Invalid when it is not ready, or is being imported already."""
    stopped = batch.state == IMPORTING and is_silent(batch)
    if not (batch.state == READY or stopped):
        raise Invalid("These files are not ready to be imported.")
    batch.state, batch.stage, batch.done, batch.told_at_utc = IMPORTING, None, 0, now()
    db.session.flush()
    _work_after_commit(batch, _import)


def discard(batch: ImportBatch) -> None:
    """Drop an upload that is not being worked on."""
    if batch.state in (CHECKING, IMPORTING) and not is_silent(batch):
        raise Invalid("These files are being worked on.")
    if batch.content is not None:
        batch.drop_files()
    db.session.delete(batch)
    db.session.flush()


def _drop_earlier(actor: Actor, programme: Programme) -> None:
    query = select(ImportBatch).where(
        ImportBatch.by_id == actor.id, ImportBatch.programme == programme.id, ImportBatch.state != IMPORTING
    )
    for batch in db.session.scalars(query).all():
        if batch.state != CHECKING or is_silent(batch):
            discard(batch)


# The worker: an edge of its own, which begins and ends its transactions.

Work = Callable[[ImportBatch, Actor], None]


def _work_after_commit(batch: ImportBatch, work: Work) -> None:
    """Start the work once what it works on is stored; an act that is rolled back starts nothing."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    batch_id = batch.id

    def start(_session: object) -> None:
        worker = threading.Thread(
            target=_run, args=(app, batch_id, work), name=f"import-{batch_id}", daemon=True
        )
        worker.start()
        worker.join(PATIENCE_SECONDS)

    event.listen(db.session(), "after_commit", start, once=True)


def _run(app: Flask, batch_id: uuid.UUID, work: Work) -> None:
    with app.app_context():
        try:
            batch = db.session.get_one(ImportBatch, batch_id)
            actor = accounts.actor_of(db.session.get_one(User, batch.by_id))
            work(batch, actor)
        except ImportRefused as refused:
            db.session.rollback()
            _end(batch_id, REFUSED, refused)
        except CaseworkError as error:
            db.session.rollback()
            log.warning("import %s stopped: %s", batch_id, type(error).__name__)
            _end(batch_id, FAILED)
        except Exception:
            db.session.rollback()
            log.exception("import %s failed", batch_id)
            _end(batch_id, FAILED)


def _check(batch: ImportBatch, _actor: Actor) -> None:
    batch_id, programme, files = batch.id, shelf.programme(batch.programme), batch.open_files()
    db.session.rollback()  # no lock is held while the files are read
    checked = service.check(programme, Upload(files))
    batch = db.session.get_one(ImportBatch, batch_id)
    batch.state, batch.rows, batch.total = READY, checked.rows, len(checked.referrals)
    batch.told_at_utc = now()
    db.session.commit()


def _import(batch: ImportBatch, actor: Actor) -> None:
    batch_id, programme, files = batch.id, shelf.programme(batch.programme), batch.open_files()
    if not actor.has(Permission.REFERRAL_IMPORT, programme.id):
        raise Refused(permission=str(Permission.REFERRAL_IMPORT))
    db.session.rollback()

    def tell(stage: str, done: int, total: int) -> None:
        # From the first row that is stored on, the transaction is the import's own and may not be ended.
        if stage == "seal" or done == 0:
            row = db.session.get_one(ImportBatch, batch_id)
            row.stage, row.done, row.total, row.told_at_utc = stage, done, total, now()
            db.session.commit()

    service.run(actor, programme, Upload(files), tell)
    batch = db.session.get_one(ImportBatch, batch_id)
    batch.state, batch.done = DONE, batch.total
    batch.drop_files()
    db.session.commit()


def _end(batch_id: uuid.UUID, state: str, refused: ImportRefused | None = None) -> None:
    batch = db.session.get_one(ImportBatch, batch_id)
    batch.state, batch.told_at_utc = state, now()
    if refused is not None:
        batch.faults, batch.fault_count = [list(fault) for fault in refused.faults], refused.count
    batch.drop_files()
    db.session.commit()
