"""Turns of the jobs"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from casework.extensions import Id, Utc

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "job_turn",
        sa.Column("job", sa.String(length=40), nullable=False),
        sa.Column("due_at_utc", Utc(), nullable=False),
        sa.Column("last_run_at_utc", Utc(), nullable=True),
        sa.Column("last_count", sa.Integer(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_turn")),
        sa.UniqueConstraint("job", name=op.f("uq_job_turn_job")),
    )


def downgrade() -> None:
    op.drop_table("job_turn")
