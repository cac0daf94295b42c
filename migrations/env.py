"""How Alembic reaches the database: through the application, so that both kinds are set up as they run."""

from __future__ import annotations

from alembic import context

from casework.extensions import Id, Utc, db


def render_item(kind: str, thing: object, autogen_context: object) -> str | bool:
    """Write our own column types by their names."""
    if kind == "type" and isinstance(thing, Id | Utc):
        autogen_context.imports.add("from casework.extensions import Id, Utc")  # type: ignore[attr-defined]
        return f"{type(thing).__name__}()"
    return False


with db.engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_as_batch=True,
        compare_type=True,
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
