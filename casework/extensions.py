"""The things of which an application has one, and the base of every model."""

from __future__ import annotations

import os
import time
import uuid
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import DateTime, Dialect, LargeBinary, MetaData, event
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry
from sqlalchemy.types import TypeDecorator, TypeEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def now() -> datetime:
    """This moment in UTC; the one clock of the product, so that a test can move it."""
    return datetime.now(UTC)


def new_id() -> uuid.UUID:
    """A UUID of version 7 (RFC 9562): rows made together lie together in the index.

    It tells the moment a row was made, which the row's own dates tell too.
    """
    millis = time.time_ns() // 1_000_000
    raw = bytearray(millis.to_bytes(6, "big") + os.urandom(10))
    raw[6] = (raw[6] & 0x0F) | 0x70
    raw[8] = (raw[8] & 0x3F) | 0x80
    return uuid.UUID(bytes=bytes(raw))


class Id(TypeDecorator[uuid.UUID]):
    """A UUID: native on PostgreSQL, 16 bytes on SQLite (SQLAlchemy's own type would store 32 characters)."""

    impl = LargeBinary(16)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.UUID(as_uuid=True))
        return dialect.type_descriptor(LargeBinary(16))

    # Not by process_bind_param and process_result_value: a page handles hundreds of ids, an import a million, and
    # they would each go through the processors of the binary type as well.
    def bind_processor(self, dialect: Dialect) -> Callable[[uuid.UUID | None], Any] | None:
        return super().bind_processor(dialect) if dialect.name == "postgresql" else _bytes_of

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], uuid.UUID | None] | None:
        return super().result_processor(dialect, coltype) if dialect.name == "postgresql" else _id_of


def _bytes_of(value: uuid.UUID | None) -> bytes | None:
    return None if value is None else value.bytes


def _id_of(value: bytes | None) -> uuid.UUID | None:
    return None if value is None else uuid.UUID(bytes=value)


class Utc(TypeDecorator[datetime]):
    """A moment in UTC. SQLite drops the zone, so it is put back; a naive moment is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The base of every model. A row has its id when it is constructed, so sealed values can be bound to it."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING), type_annotation_map={uuid.UUID: Id, datetime: Utc}
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)

    def __init__(self, **values: Any) -> None:
        values.setdefault("id", new_id())
        # Ids and foreign keys first: a sealed attribute is bound to them as it is set.
        for name in sorted(values, key=lambda name: name not in self.__mapper__.columns):
            if not hasattr(type(self), name):
                raise TypeError(f"{type(self).__name__} has no attribute {name}")
            setattr(self, name, values[name])


db = SQLAlchemy(model_class=Base, session_options={"autoflush": False})
migrate = Migrate(render_as_batch=True, compare_type=True)
login_manager = LoginManager()
csrf = CSRFProtect()
limiter = Limiter(get_remote_address, storage_uri="memory://", strategy="moving-window")

# A request that only reads takes a shared snapshot; everything else takes SQLite's write lock at once, because
# a read that turns into a write fails there immediately, whatever the time-out.
_reading: ContextVar[bool] = ContextVar("casework_reading", default=False)


@contextmanager
def reading() -> Iterator[None]:
    """Transactions begun inside do not ask SQLite for the write lock."""
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)


def set_reading(value: bool) -> None:
    """Say for this request whether its transactions only read (see `reading`)."""
    _reading.set(value)


def is_reading() -> bool:
    return _reading.get()


def prepare_engine(engine: Engine) -> None:
    """Set an SQLite engine up as DESIGN section 3 has it; other engines are left as they are."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we begin transactions ourselves, below
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
            "recursive_triggers=ON",  # else INSERT OR REPLACE deletes a row behind the triggers that guard it
            "temp_store=MEMORY",
            "busy_timeout=10000",
            "trusted_schema=OFF",
            "cache_size=-65536",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if is_reading() else "BEGIN IMMEDIATE")
