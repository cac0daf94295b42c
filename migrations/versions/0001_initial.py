"""The first schema"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from casework.audit import trail
from casework.extensions import Id, Utc

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agency",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("deactivated_at_utc", Utc(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency")),
        sa.UniqueConstraint("name", name=op.f("uq_agency_name")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("at_utc", Utc(), nullable=False),
        sa.Column("actor_id", Id(), nullable=True),
        sa.Column("actor_kind", sa.String(length=20), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=True),
        sa.Column("subject_id", Id(), nullable=True),
        sa.Column("programme", sa.String(length=40), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("sequence", name=op.f("uq_audit_entry_sequence")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index("ix_audit_entry_actor", ["actor_id", "sequence"], unique=False)
        batch_op.create_index("ix_audit_entry_subject", ["subject_id", "sequence"], unique=False)

    op.create_table(
        "audit_head",
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.CheckConstraint("row_number = 1", name=op.f("ck_audit_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
        sa.UniqueConstraint("row_number", name=op.f("uq_audit_head_row_number")),
    )
    op.create_table(
        "data_key",
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("destroyed_at_utc", Utc(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_key")),
    )
    op.create_table(
        "person",
        sa.Column("programme", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_table(
        "reference_counter",
        sa.Column("programme", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reference_counter")),
        sa.UniqueConstraint("programme", "year", name=op.f("uq_reference_counter_programme_year")),
    )
    op.create_table(
        "user_account",
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("job", sa.String(length=120), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("failed_attempts", sa.Integer(), nullable=False),
        sa.Column("locked_until_utc", Utc(), nullable=True),
        sa.Column("last_signed_in_utc", Utc(), nullable=True),
        sa.Column("session_epoch", sa.Integer(), nullable=False),
        sa.Column("deactivated_at_utc", Utc(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_user_account_email_lower")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("email", name=op.f("uq_user_account_email")),
    )
    op.create_table(
        "address",
        sa.Column("person_id", Id(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_address_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address")),
    )
    with op.batch_alter_table("address", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_address_person_id"), ["person_id"], unique=False)

    op.create_table(
        "blind_token",
        sa.Column("token", sa.LargeBinary(length=6), nullable=False),
        sa.Column("person_id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_blind_token_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token", "person_id", name=op.f("pk_blind_token")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("blind_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_blind_token_person_id"), ["person_id"], unique=False)

    op.create_table(
        "case_record",
        sa.Column("programme", sa.String(length=40), nullable=False),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("stage_kind", sa.String(length=20), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closure_reason", sa.String(length=60), nullable=True),
        sa.Column("agency_id", Id(), nullable=True),
        sa.Column("worker_id", Id(), nullable=True),
        sa.Column("risk_band", sa.String(length=40), nullable=True),
        sa.Column("risk_score", sa.Integer(), nullable=True),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("heard_on", sa.Date(), nullable=True),
        sa.Column("last_contact_on", sa.Date(), nullable=True),
        sa.Column("subject_id", Id(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.CheckConstraint(
            "(closed_on IS NULL) = (closure_reason IS NULL)", name=op.f("ck_case_record_closed_with_reason")
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_case_record_agency_id_agency")),
        sa.ForeignKeyConstraint(["subject_id"], ["person.id"], name=op.f("fk_case_record_subject_id_person")),
        sa.ForeignKeyConstraint(
            ["worker_id"], ["user_account.id"], name=op.f("fk_case_record_worker_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_record")),
        sa.UniqueConstraint("programme", "reference", name=op.f("uq_case_record_programme_reference")),
    )
    with op.batch_alter_table("case_record", schema=None) as batch_op:
        batch_op.create_index("ix_case_record_agency", ["agency_id", "programme", "opened_on"], unique=False)
        batch_op.create_index(
            "ix_case_record_listed",
            ["programme", "stage_kind", "opened_on", "id", "agency_id", "worker_id"],
            unique=False,
        )
        batch_op.create_index("ix_case_record_stage", ["programme", "stage", "opened_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_record_subject_id"), ["subject_id"], unique=False)
        batch_op.create_index("ix_case_record_worker", ["worker_id", "closed_on"], unique=False)

    op.create_table(
        "cover",
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("covered_by_id", Id(), nullable=False),
        sa.Column("programme", sa.String(length=40), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("arranged_by_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_cover_days_in_order")),
        sa.CheckConstraint("user_id <> covered_by_id", name=op.f("ck_cover_two_people")),
        sa.ForeignKeyConstraint(
            ["arranged_by_id"], ["user_account.id"], name=op.f("fk_cover_arranged_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["covered_by_id"], ["user_account.id"], name=op.f("fk_cover_covered_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_cover_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cover")),
    )
    with op.batch_alter_table("cover", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cover_covered_by_id"), ["covered_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_cover_user_id"), ["user_id"], unique=False)

    op.create_table(
        "enquiry",
        sa.Column("programme", sa.String(length=40), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=True),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.String(length=60), nullable=True),
        sa.Column("agency_id", Id(), nullable=True),
        sa.Column("taken_by_id", Id(), nullable=True),
        sa.Column("recorded_at_utc", Utc(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_enquiry_agency_id_agency")),
        sa.ForeignKeyConstraint(
            ["taken_by_id"], ["user_account.id"], name=op.f("fk_enquiry_taken_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enquiry")),
    )
    with op.batch_alter_table("enquiry", schema=None) as batch_op:
        batch_op.create_index("ix_enquiry_counted", ["programme", "received_on"], unique=False)

    op.create_table(
        "import_batch",
        sa.Column("programme", sa.String(length=40), nullable=False),
        sa.Column("by_id", Id(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("uploaded_at_utc", Utc(), nullable=False),
        sa.Column("told_at_utc", Utc(), nullable=False),
        sa.Column("sizes", sa.JSON(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.Column("fault_count", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.CheckConstraint(
            "state IN ('checking', 'refused', 'ready', 'importing', 'done', 'failed')",
            name=op.f("ck_import_batch_known_state"),
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["user_account.id"], name=op.f("fk_import_batch_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
    )
    with op.batch_alter_table("import_batch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_batch_by_id"), ["by_id"], unique=False)

    op.create_table(
        "invitation",
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("made_by_id", Id(), nullable=True),
        sa.Column("expires_at_utc", Utc(), nullable=False),
        sa.Column("used_at_utc", Utc(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_invitation_made_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_invitation_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_invitation_token_digest")),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_user_id"), ["user_id"], unique=False)

    op.create_table(
        "membership",
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("agency_id", Id(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("programme", sa.String(length=40), nullable=True),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.CheckConstraint(
            "(programme IS NULL) = (role IN ('administrator', 'auditor'))",
            name=op.f("ck_membership_programme_fits_role"),
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_membership_agency_id_agency")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_membership_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_membership_agency_id"), ["agency_id"], unique=False)
        batch_op.create_index("ix_membership_programme", ["programme", "role"], unique=False)
        batch_op.create_index(batch_op.f("ix_membership_user_id"), ["user_id"], unique=False)

    op.create_table(
        "referral_link",
        sa.Column("programme", sa.String(length=40), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("agency_id", Id(), nullable=True),
        sa.Column("made_by_id", Id(), nullable=True),
        sa.Column("made_at_utc", Utc(), nullable=False),
        sa.Column("expires_at_utc", Utc(), nullable=False),
        sa.Column("used_at_utc", Utc(), nullable=True),
        sa.Column("withdrawn_at_utc", Utc(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_referral_link_agency_id_agency")),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_referral_link_made_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_link")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_referral_link_token_digest")),
    )
    op.create_table(
        "amendment",
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", Id(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("by_id", Id(), nullable=True),
        sa.Column("at_utc", Utc(), nullable=False),
        sa.Column("case_id", Id(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"], name=op.f("fk_amendment_by_id_user_account")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_amendment_case_id_case_record")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amendment")),
    )
    with op.batch_alter_table("amendment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_amendment_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_amendment_subject", ["subject_id", "at_utc"], unique=False)

    op.create_table(
        "case_agency",
        sa.Column("case_id", Id(), nullable=False),
        sa.Column("agency_id", Id(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_case_agency_agency_id_agency")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_case_agency_case_id_case_record")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_agency")),
        sa.UniqueConstraint("case_id", "agency_id", name=op.f("uq_case_agency_case_id_agency_id")),
    )
    with op.batch_alter_table("case_agency", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_agency_agency_id"), ["agency_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_agency_case_id"), ["case_id"], unique=False)

    op.create_table(
        "draft",
        sa.Column("programme", sa.String(length=40), nullable=False),
        sa.Column("author_id", Id(), nullable=True),
        sa.Column("link_id", Id(), nullable=True),
        sa.Column("step", sa.String(length=60), nullable=False),
        sa.Column("started_at_utc", Utc(), nullable=False),
        sa.Column("saved_at_utc", Utc(), nullable=False),
        sa.Column("expires_at_utc", Utc(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.CheckConstraint("(author_id IS NULL) <> (link_id IS NULL)", name=op.f("ck_draft_author_or_link")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user_account.id"], name=op.f("fk_draft_author_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["link_id"], ["referral_link.id"], name=op.f("fk_draft_link_id_referral_link")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
    )
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_draft_author_id"), ["author_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_draft_link_id"), ["link_id"], unique=False)

    op.create_table(
        "entry",
        sa.Column("programme", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.Column("status", sa.String(length=60), nullable=True),
        sa.Column("basis", sa.String(length=60), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("tool_version", sa.String(length=20), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("person_id", Id(), nullable=True),
        sa.Column("referral_id", Id(), nullable=True),
        sa.Column("imported_id", sa.String(length=60), nullable=True),
        sa.Column("recorded_by_id", Id(), nullable=True),
        sa.Column("recorded_at_utc", Utc(), nullable=False),
        sa.Column("ended_at_utc", Utc(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("case_id", Id(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_record.id"], name=op.f("fk_entry_case_id_case_record")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_entry_person_id_person")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["user_account.id"], name=op.f("fk_entry_recorded_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
    )
    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.create_index(
            "ix_entry_counted", ["programme", "kind", "dated", "code", "ended_at_utc"], unique=False
        )
        batch_op.create_index(
            "ix_entry_due",
            ["due_on", "kind"],
            unique=False,
            sqlite_where=sa.text("due_on IS NOT NULL"),
            postgresql_where=sa.text("due_on IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_entry_person",
            ["person_id"],
            unique=False,
            sqlite_where=sa.text("person_id IS NOT NULL"),
            postgresql_where=sa.text("person_id IS NOT NULL"),
        )
        batch_op.create_index("ix_entry_timeline", ["case_id", "dated", "id"], unique=False)

    op.create_table(
        "exclusion",
        sa.Column("user_id", Id(), nullable=True),
        sa.Column("agency_id", Id(), nullable=True),
        sa.Column("set_by_id", Id(), nullable=True),
        sa.Column("set_at_utc", Utc(), nullable=False),
        sa.Column("ended_at_utc", Utc(), nullable=True),
        sa.Column("case_id", Id(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.CheckConstraint(
            "(user_id IS NULL) <> (agency_id IS NULL)", name=op.f("ck_exclusion_user_or_agency")
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_exclusion_agency_id_agency")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_exclusion_case_id_case_record")
        ),
        sa.ForeignKeyConstraint(
            ["set_by_id"], ["user_account.id"], name=op.f("fk_exclusion_set_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_exclusion_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exclusion")),
    )
    with op.batch_alter_table("exclusion", schema=None) as batch_op:
        batch_op.create_index("ix_exclusion_agency", ["agency_id", "case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_exclusion_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_exclusion_user", ["user_id", "case_id"], unique=False)

    op.create_table(
        "involvement",
        sa.Column("person_id", Id(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("worker_id", Id(), nullable=True),
        sa.Column("safeguarding_decision", sa.String(length=60), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("case_id", Id(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_involvement_case_id_case_record")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_involvement_person_id_person")),
        sa.ForeignKeyConstraint(
            ["worker_id"], ["user_account.id"], name=op.f("fk_involvement_worker_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_involvement")),
        sa.UniqueConstraint(
            "case_id", "person_id", "role", name=op.f("uq_involvement_case_id_person_id_role")
        ),
    )
    with op.batch_alter_table("involvement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_involvement_person_id"), ["person_id"], unique=False)

    op.create_table(
        "referral",
        sa.Column("programme", sa.String(length=40), nullable=False),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=True),
        sa.Column("route", sa.String(length=60), nullable=True),
        sa.Column("referring_agency_id", Id(), nullable=True),
        sa.Column("referred_by_id", Id(), nullable=True),
        sa.Column("link_id", Id(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decided_by_id", Id(), nullable=True),
        sa.Column("decline_reason", sa.String(length=60), nullable=True),
        sa.Column("logged_at_utc", Utc(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("case_id", Id(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.CheckConstraint(
            "(outcome = 'waiting' OR outcome = 'returned') = (decided_on IS NULL)",
            name=op.f("ck_referral_decided_with_day"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_referral_case_id_case_record")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user_account.id"], name=op.f("fk_referral_decided_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["link_id"], ["referral_link.id"], name=op.f("fk_referral_link_id_referral_link")
        ),
        sa.ForeignKeyConstraint(
            ["referred_by_id"], ["user_account.id"], name=op.f("fk_referral_referred_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["referring_agency_id"], ["agency.id"], name=op.f("fk_referral_referring_agency_id_agency")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
        sa.UniqueConstraint("programme", "reference", name=op.f("uq_referral_programme_reference")),
    )
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.create_index("ix_referral_agency", ["referring_agency_id", "received_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_referral_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_referral_outcome", ["programme", "outcome", "received_on"], unique=False)
        batch_op.create_index("ix_referral_received", ["programme", "received_on", "source"], unique=False)

    op.create_table(
        "task",
        sa.Column("programme", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("assigned_to_id", Id(), nullable=True),
        sa.Column("set_by_id", Id(), nullable=True),
        sa.Column("set_at_utc", Utc(), nullable=False),
        sa.Column("done_at_utc", Utc(), nullable=True),
        sa.Column("done_by_id", Id(), nullable=True),
        sa.Column("about", Id(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("case_id", Id(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assigned_to_id"], ["user_account.id"], name=op.f("fk_task_assigned_to_id_user_account")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_record.id"], name=op.f("fk_task_case_id_case_record")),
        sa.ForeignKeyConstraint(
            ["done_by_id"], ["user_account.id"], name=op.f("fk_task_done_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["set_by_id"], ["user_account.id"], name=op.f("fk_task_set_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index("ix_task_assigned", ["assigned_to_id", "done_at_utc", "due_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_task_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_task_programme", ["programme", "done_at_utc", "due_on"], unique=False)

    op.create_table(
        "answer",
        sa.Column("programme", sa.String(length=40), nullable=False),
        sa.Column("referral_id", Id(), nullable=False),
        sa.Column("person_id", Id(), nullable=True),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("field", sa.String(length=60), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_answer_person_id_person")),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_answer_referral_id_referral")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
    )
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.create_index(
            "ix_answer_counted",
            ["programme", "field", "role", "received_on", "code", "number", "referral_id"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_answer_person_id"), ["person_id"], unique=False)
        batch_op.create_index("ix_answer_referral", ["referral_id"], unique=False)

    op.create_table(
        "attachment",
        sa.Column("entry_id", Id(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("case_id", Id(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_attachment_case_id_case_record")
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_attachment_entry_id_entry")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_attachment_entry_id")),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attachment_case_id"), ["case_id"], unique=False)

    op.create_table(
        "information_request",
        sa.Column("referral_id", Id(), nullable=False),
        sa.Column("asked_by_id", Id(), nullable=True),
        sa.Column("asked_at_utc", Utc(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("answered_at_utc", Utc(), nullable=True),
        sa.Column("case_id", Id(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["user_account.id"], name=op.f("fk_information_request_asked_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_information_request_case_id_case_record")
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_information_request_referral_id_referral")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_information_request")),
    )
    with op.batch_alter_table("information_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_information_request_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_information_request_referral_id"), ["referral_id"], unique=False)
    trail.guard(op.get_bind())


def downgrade() -> None:
    trail.unguard(op.get_bind())
    with op.batch_alter_table("information_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_information_request_referral_id"))
        batch_op.drop_index(batch_op.f("ix_information_request_case_id"))

    op.drop_table("information_request")
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attachment_case_id"))

    op.drop_table("attachment")
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.drop_index("ix_answer_referral")
        batch_op.drop_index(batch_op.f("ix_answer_person_id"))
        batch_op.drop_index("ix_answer_counted")

    op.drop_table("answer")
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index("ix_task_programme")
        batch_op.drop_index(batch_op.f("ix_task_case_id"))
        batch_op.drop_index("ix_task_assigned")

    op.drop_table("task")
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.drop_index("ix_referral_received")
        batch_op.drop_index("ix_referral_outcome")
        batch_op.drop_index(batch_op.f("ix_referral_case_id"))
        batch_op.drop_index("ix_referral_agency")

    op.drop_table("referral")
    with op.batch_alter_table("involvement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_involvement_person_id"))

    op.drop_table("involvement")
    with op.batch_alter_table("exclusion", schema=None) as batch_op:
        batch_op.drop_index("ix_exclusion_user")
        batch_op.drop_index(batch_op.f("ix_exclusion_case_id"))
        batch_op.drop_index("ix_exclusion_agency")

    op.drop_table("exclusion")
    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.drop_index("ix_entry_timeline")
        batch_op.drop_index(
            "ix_entry_person",
            sqlite_where=sa.text("person_id IS NOT NULL"),
            postgresql_where=sa.text("person_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_entry_due",
            sqlite_where=sa.text("due_on IS NOT NULL"),
            postgresql_where=sa.text("due_on IS NOT NULL"),
        )
        batch_op.drop_index("ix_entry_counted")

    op.drop_table("entry")
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_draft_link_id"))
        batch_op.drop_index(batch_op.f("ix_draft_author_id"))

    op.drop_table("draft")
    with op.batch_alter_table("case_agency", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_agency_case_id"))
        batch_op.drop_index(batch_op.f("ix_case_agency_agency_id"))

    op.drop_table("case_agency")
    with op.batch_alter_table("amendment", schema=None) as batch_op:
        batch_op.drop_index("ix_amendment_subject")
        batch_op.drop_index(batch_op.f("ix_amendment_case_id"))

    op.drop_table("amendment")
    op.drop_table("referral_link")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_membership_user_id"))
        batch_op.drop_index("ix_membership_programme")
        batch_op.drop_index(batch_op.f("ix_membership_agency_id"))

    op.drop_table("membership")
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitation_user_id"))

    op.drop_table("invitation")
    with op.batch_alter_table("import_batch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_batch_by_id"))

    op.drop_table("import_batch")
    with op.batch_alter_table("enquiry", schema=None) as batch_op:
        batch_op.drop_index("ix_enquiry_counted")

    op.drop_table("enquiry")
    with op.batch_alter_table("cover", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cover_user_id"))
        batch_op.drop_index(batch_op.f("ix_cover_covered_by_id"))

    op.drop_table("cover")
    with op.batch_alter_table("case_record", schema=None) as batch_op:
        batch_op.drop_index("ix_case_record_worker")
        batch_op.drop_index(batch_op.f("ix_case_record_subject_id"))
        batch_op.drop_index("ix_case_record_stage")
        batch_op.drop_index("ix_case_record_listed")
        batch_op.drop_index("ix_case_record_agency")

    op.drop_table("case_record")
    with op.batch_alter_table("blind_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_blind_token_person_id"))

    op.drop_table("blind_token")
    with op.batch_alter_table("address", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_address_person_id"))

    op.drop_table("address")
    op.drop_table("user_account")
    op.drop_table("reference_counter")
    op.drop_table("person")
    op.drop_table("data_key")
    op.drop_table("audit_head")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entry_subject")
        batch_op.drop_index("ix_audit_entry_actor")

    op.drop_table("audit_entry")
    op.drop_table("agency")
