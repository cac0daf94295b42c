"""Turns of the jobs, and the queue of outgoing e-mail"""

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
    op.create_table(
        "mail_message",
        sa.Column("template", sa.String(length=40), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("user_id", Id(), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("about_id", Id(), nullable=True),
        sa.Column("queued_at_utc", Utc(), nullable=False),
        sa.Column("not_before_utc", Utc(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at_utc", Utc(), nullable=True),
        sa.Column("last_error", sa.String(length=60), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.CheckConstraint(
            "(user_id IS NULL) <> (email IS NULL)", name=op.f("ck_mail_message_one_recipient")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'failed', 'withdrawn')", name=op.f("ck_mail_message_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_mail_message_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_message")),
    )
    with op.batch_alter_table("mail_message", schema=None) as batch_op:
        batch_op.create_index("ix_mail_message_about", ["about_id", "template"], unique=False)
        batch_op.create_index("ix_mail_message_state", ["state", "not_before_utc"], unique=False)


def downgrade() -> None:
    op.drop_table("mail_message")
    op.drop_table("job_turn")
