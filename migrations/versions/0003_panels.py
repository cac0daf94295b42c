"""Panels"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from casework.extensions import Id, Utc
from casework.panels.minutes import locking

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "meeting_series",
        sa.Column("programme", sa.String(length=40), nullable=False),
        sa.Column("rule", sa.String(length=120), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("time", sa.String(length=5), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("venue", sa.String(length=200), nullable=True),
        sa.Column("link", sa.String(length=300), nullable=True),
        sa.Column("chair_id", Id(), nullable=True),
        sa.Column("deputy_chair_id", Id(), nullable=True),
        sa.Column("coordinator_id", Id(), nullable=True),
        sa.Column("deputy_coordinator_id", Id(), nullable=True),
        sa.Column("made_until", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["chair_id"], ["user_account.id"], name=op.f("fk_meeting_series_chair_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["coordinator_id"],
            ["user_account.id"],
            name=op.f("fk_meeting_series_coordinator_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["deputy_chair_id"],
            ["user_account.id"],
            name=op.f("fk_meeting_series_deputy_chair_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["deputy_coordinator_id"],
            ["user_account.id"],
            name=op.f("fk_meeting_series_deputy_coordinator_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_series")),
    )
    with op.batch_alter_table("meeting_series", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meeting_series_programme"), ["programme"], unique=False)

    op.create_table(
        "seat",
        sa.Column("programme", sa.String(length=40), nullable=False),
        sa.Column("agency_id", Id(), nullable=False),
        sa.Column("member_id", Id(), nullable=True),
        sa.Column("deputy_id", Id(), nullable=True),
        sa.Column("alternate_id", Id(), nullable=True),
        sa.Column("senior_name", sa.String(length=120), nullable=True),
        sa.Column("senior_email", sa.String(length=254), nullable=True),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_seat_agency_id_agency")),
        sa.ForeignKeyConstraint(
            ["alternate_id"], ["user_account.id"], name=op.f("fk_seat_alternate_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["deputy_id"], ["user_account.id"], name=op.f("fk_seat_deputy_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["user_account.id"], name=op.f("fk_seat_member_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat")),
    )
    with op.batch_alter_table("seat", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_seat_agency_id"), ["agency_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_seat_deputy_id"), ["deputy_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_seat_member_id"), ["member_id"], unique=False)
        batch_op.create_index("ix_seat_panel", ["programme", "ended_on", "agency_id"], unique=False)

    op.create_table(
        "flag",
        sa.Column("programme", sa.String(length=40), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("end_reason", sa.String(length=40), nullable=True),
        sa.Column("case_id", Id(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_record.id"], name=op.f("fk_flag_case_id_case_record")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag")),
    )
    with op.batch_alter_table("flag", schema=None) as batch_op:
        batch_op.create_index("ix_flag_case", ["case_id"], unique=False)
        batch_op.create_index("ix_flag_ends", ["programme", "ended_on", "ends_on"], unique=False)

    op.create_table(
        "meeting",
        sa.Column("programme", sa.String(length=40), nullable=False),
        sa.Column("series_id", Id(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("starts_at_utc", Utc(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("minutes_per_case", sa.Integer(), nullable=False),
        sa.Column("opening_minutes", sa.Integer(), nullable=True),
        sa.Column("venue", sa.String(length=200), nullable=True),
        sa.Column("link", sa.String(length=300), nullable=True),
        sa.Column("chair_id", Id(), nullable=True),
        sa.Column("deputy_chair_id", Id(), nullable=True),
        sa.Column("coordinator_id", Id(), nullable=True),
        sa.Column("deputy_coordinator_id", Id(), nullable=True),
        sa.Column("research_due_on", sa.Date(), nullable=True),
        sa.Column("research_opens", sa.String(length=20), nullable=False),
        sa.Column("circulated_at_utc", Utc(), nullable=True),
        sa.Column("opened_at_utc", Utc(), nullable=True),
        sa.Column("ended_at_utc", Utc(), nullable=True),
        sa.Column("cancel_reason", sa.String(length=40), nullable=True),
        sa.Column("calendar_sequence", sa.Integer(), nullable=False),
        sa.Column("current_item_id", Id(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_meeting_some_minutes")),
        sa.ForeignKeyConstraint(
            ["chair_id"], ["user_account.id"], name=op.f("fk_meeting_chair_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["coordinator_id"], ["user_account.id"], name=op.f("fk_meeting_coordinator_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["deputy_chair_id"], ["user_account.id"], name=op.f("fk_meeting_deputy_chair_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["deputy_coordinator_id"],
            ["user_account.id"],
            name=op.f("fk_meeting_deputy_coordinator_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["series_id"], ["meeting_series.id"], name=op.f("fk_meeting_series_id_meeting_series")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
    )
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.create_index("ix_meeting_panel", ["programme", "starts_at_utc"], unique=False)
        batch_op.create_index("ix_meeting_state", ["state", "starts_at_utc"], unique=False)

    op.create_table(
        "queue_entry",
        sa.Column("programme", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("not_before", sa.Date(), nullable=True),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("brought_forward", sa.Boolean(), nullable=False),
        sa.Column("deferrals", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=40), nullable=False),
        sa.Column("repeat_of_id", Id(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("case_id", Id(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_queue_entry_case_id_case_record")
        ),
        sa.ForeignKeyConstraint(
            ["repeat_of_id"], ["case_record.id"], name=op.f("fk_queue_entry_repeat_of_id_case_record")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_entry")),
    )
    with op.batch_alter_table("queue_entry", schema=None) as batch_op:
        batch_op.create_index("ix_queue_entry_case", ["case_id", "state"], unique=False)
        batch_op.create_index(
            "ix_queue_entry_panel",
            ["programme", "state", "place", "id", "not_before", "case_id"],
            unique=False,
        )

    op.create_table(
        "support_plan",
        sa.Column("programme", sa.String(length=40), nullable=False),
        sa.Column("began_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("case_id", Id(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_support_plan_case_id_case_record")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_plan")),
    )
    with op.batch_alter_table("support_plan", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_support_plan_case_id"), ["case_id"], unique=False)

    op.create_table(
        "transfer",
        sa.Column("programme", sa.String(length=40), nullable=False),
        sa.Column("direction", sa.String(length=5), nullable=False),
        sa.Column("area", sa.String(length=120), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("accepted_on", sa.Date(), nullable=True),
        sa.Column("listed_on", sa.Date(), nullable=True),
        sa.Column("heard_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("case_id", Id(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_transfer_case_id_case_record")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
    )
    with op.batch_alter_table("transfer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_transfer_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_transfer_programme"), ["programme"], unique=False)

    op.create_table(
        "agenda_item",
        sa.Column("programme", sa.String(length=40), nullable=False),
        sa.Column("meeting_id", Id(), nullable=False),
        sa.Column("queue_entry_id", Id(), nullable=True),
        sa.Column("earlier_id", Id(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("presenter_id", Id(), nullable=True),
        sa.Column("began_at_utc", Utc(), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("case_id", Id(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_agenda_item_case_id_case_record")
        ),
        sa.ForeignKeyConstraint(
            ["earlier_id"], ["agenda_item.id"], name=op.f("fk_agenda_item_earlier_id_agenda_item")
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_agenda_item_meeting_id_meeting")
        ),
        sa.ForeignKeyConstraint(
            ["presenter_id"], ["user_account.id"], name=op.f("fk_agenda_item_presenter_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["queue_entry_id"], ["queue_entry.id"], name=op.f("fk_agenda_item_queue_entry_id_queue_entry")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agenda_item")),
    )
    with op.batch_alter_table("agenda_item", schema=None) as batch_op:
        batch_op.create_index("ix_agenda_item_case", ["case_id", "programme"], unique=False)
        batch_op.create_index("ix_agenda_item_order", ["meeting_id", "position", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_agenda_item_queue_entry_id"), ["queue_entry_id"], unique=False)
        batch_op.create_index(
            "uq_agenda_item_meeting_id_case_id",
            ["meeting_id", "case_id"],
            unique=True,
            sqlite_where=sa.text("state <> 'removed'"),
            postgresql_where=sa.text("state <> 'removed'"),
        )

    op.create_table(
        "attendance",
        sa.Column("meeting_id", Id(), nullable=False),
        sa.Column("agency_id", Id(), nullable=False),
        sa.Column("user_id", Id(), nullable=True),
        sa.Column("guest_name", sa.String(length=120), nullable=True),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("confidentiality_at_utc", Utc(), nullable=True),
        sa.Column("nothing_to_declare_at_utc", Utc(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_attendance_agency_id_agency")),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_attendance_meeting_id_meeting")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_attendance_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance")),
        sa.UniqueConstraint(
            "meeting_id",
            "agency_id",
            "user_id",
            "guest_name",
            name=op.f("uq_attendance_meeting_id_agency_id_user_id_guest_name"),
        ),
    )
    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.create_index("ix_attendance_agency", ["agency_id", "meeting_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_attendance_user_id"), ["user_id"], unique=False)

    op.create_table(
        "flag_notice",
        sa.Column("flag_id", Id(), nullable=False),
        sa.Column("agency_id", Id(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("told_at_utc", Utc(), nullable=False),
        sa.Column("mailed_on", sa.Date(), nullable=True),
        sa.Column("acknowledged_at_utc", Utc(), nullable=True),
        sa.Column("acknowledged_by_id", Id(), nullable=True),
        sa.Column("case_id", Id(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["acknowledged_by_id"],
            ["user_account.id"],
            name=op.f("fk_flag_notice_acknowledged_by_id_user_account"),
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_flag_notice_agency_id_agency")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_flag_notice_case_id_case_record")
        ),
        sa.ForeignKeyConstraint(["flag_id"], ["flag.id"], name=op.f("fk_flag_notice_flag_id_flag")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag_notice")),
        sa.UniqueConstraint(
            "flag_id", "agency_id", "kind", name=op.f("uq_flag_notice_flag_id_agency_id_kind")
        ),
    )
    with op.batch_alter_table("flag_notice", schema=None) as batch_op:
        batch_op.create_index("ix_flag_notice_agency", ["agency_id", "acknowledged_at_utc"], unique=False)
        batch_op.create_index("ix_flag_notice_case", ["case_id", "agency_id"], unique=False)

    op.create_table(
        "minutes",
        sa.Column("meeting_id", Id(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("made_at_utc", Utc(), nullable=False),
        sa.Column("made_by_id", Id(), nullable=True),
        sa.Column("approved_at_utc", Utc(), nullable=True),
        sa.Column("approved_by_id", Id(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["user_account.id"], name=op.f("fk_minutes_approved_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_minutes_made_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_minutes_meeting_id_meeting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minutes")),
        sa.UniqueConstraint("meeting_id", "number", name=op.f("uq_minutes_meeting_id_number")),
    )
    op.create_table(
        "plan_session",
        sa.Column("plan_id", Id(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("delivered_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("case_id", Id(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_plan_session_case_id_case_record")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["support_plan.id"], name=op.f("fk_plan_session_plan_id_support_plan")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_session")),
    )
    with op.batch_alter_table("plan_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_session_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_plan_session_plan_id"), ["plan_id"], unique=False)

    op.create_table(
        "action",
        sa.Column("programme", sa.String(length=40), nullable=False),
        sa.Column("item_id", Id(), nullable=False),
        sa.Column("agency_id", Id(), nullable=False),
        sa.Column("owner_id", Id(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("acceptance", sa.String(length=20), nullable=False),
        sa.Column("accept_by", sa.Date(), nullable=True),
        sa.Column("set_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("verified_on", sa.Date(), nullable=True),
        sa.Column("verified_by_id", Id(), nullable=True),
        sa.Column("told", sa.String(length=10), nullable=False),
        sa.Column("alarmed_at_utc", Utc(), nullable=True),
        sa.Column("escalated_at_utc", Utc(), nullable=True),
        sa.Column("effect", sa.String(length=40), nullable=True),
        sa.Column("superseded_by_id", Id(), nullable=True),
        sa.Column("set_by_id", Id(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("case_id", Id(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_action_agency_id_agency")),
        sa.ForeignKeyConstraint(["case_id"], ["case_record.id"], name=op.f("fk_action_case_id_case_record")),
        sa.ForeignKeyConstraint(["item_id"], ["agenda_item.id"], name=op.f("fk_action_item_id_agenda_item")),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["user_account.id"], name=op.f("fk_action_owner_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["set_by_id"], ["user_account.id"], name=op.f("fk_action_set_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["superseded_by_id"], ["action.id"], name=op.f("fk_action_superseded_by_id_action")
        ),
        sa.ForeignKeyConstraint(
            ["verified_by_id"], ["user_account.id"], name=op.f("fk_action_verified_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action")),
    )
    with op.batch_alter_table("action", schema=None) as batch_op:
        batch_op.create_index("ix_action_acceptance", ["acceptance", "programme", "accept_by"], unique=False)
        batch_op.create_index(
            "ix_action_agency", ["agency_id", "programme", "state", "due_on", "id", "case_id"], unique=False
        )
        batch_op.create_index("ix_action_case", ["case_id", "item_id"], unique=False)
        batch_op.create_index("ix_action_owner", ["owner_id", "state", "due_on"], unique=False)
        batch_op.create_index("ix_action_panel", ["programme", "state", "due_on", "id"], unique=False)
        batch_op.create_index(
            "ix_action_unverified", ["programme", "verified_on", "state", "due_on"], unique=False
        )

    op.create_table(
        "decision",
        sa.Column("programme", sa.String(length=40), nullable=False),
        sa.Column("item_id", Id(), nullable=False),
        sa.Column("outcome", sa.String(length=60), nullable=False),
        sa.Column("heard", sa.Boolean(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("by_id", Id(), nullable=True),
        sa.Column("onward_id", Id(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("case_id", Id(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"], name=op.f("fk_decision_by_id_user_account")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_decision_case_id_case_record")
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["agenda_item.id"], name=op.f("fk_decision_item_id_agenda_item")
        ),
        sa.ForeignKeyConstraint(["onward_id"], ["entry.id"], name=op.f("fk_decision_onward_id_entry")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint("item_id", name=op.f("uq_decision_item_id")),
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decision_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_decision_counted", ["programme", "decided_on", "outcome"], unique=False)

    op.create_table(
        "interest",
        sa.Column("item_id", Id(), nullable=False),
        sa.Column("user_id", Id(), nullable=True),
        sa.Column("agency_id", Id(), nullable=True),
        sa.Column("exclusion_id", Id(), nullable=True),
        sa.Column("declared_at_utc", Utc(), nullable=False),
        sa.Column("recorded_by_id", Id(), nullable=True),
        sa.Column("case_id", Id(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_interest_agency_id_agency")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_interest_case_id_case_record")
        ),
        sa.ForeignKeyConstraint(
            ["exclusion_id"], ["exclusion.id"], name=op.f("fk_interest_exclusion_id_exclusion")
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["agenda_item.id"], name=op.f("fk_interest_item_id_agenda_item")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["user_account.id"], name=op.f("fk_interest_recorded_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_interest_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest")),
    )
    with op.batch_alter_table("interest", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_interest_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_interest_item_id"), ["item_id"], unique=False)

    op.create_table(
        "item_note",
        sa.Column("item_id", Id(), nullable=False),
        sa.Column("part", sa.String(length=20), nullable=False),
        sa.Column("by_id", Id(), nullable=True),
        sa.Column("at_utc", Utc(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("case_id", Id(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"], name=op.f("fk_item_note_by_id_user_account")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_item_note_case_id_case_record")
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["agenda_item.id"], name=op.f("fk_item_note_item_id_agenda_item")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_note")),
        sa.UniqueConstraint("item_id", "part", name=op.f("uq_item_note_item_id_part")),
    )
    with op.batch_alter_table("item_note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_item_note_case_id"), ["case_id"], unique=False)

    op.create_table(
        "minutes_part",
        sa.Column("minutes_id", Id(), nullable=False),
        sa.Column("item_id", Id(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("approved_at_utc", Utc(), nullable=True),
        sa.Column("approved_by_id", Id(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("case_id", Id(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["user_account.id"], name=op.f("fk_minutes_part_approved_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_minutes_part_case_id_case_record")
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["agenda_item.id"], name=op.f("fk_minutes_part_item_id_agenda_item")
        ),
        sa.ForeignKeyConstraint(
            ["minutes_id"], ["minutes.id"], name=op.f("fk_minutes_part_minutes_id_minutes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minutes_part")),
        sa.UniqueConstraint("minutes_id", "item_id", name=op.f("uq_minutes_part_minutes_id_item_id")),
    )
    with op.batch_alter_table("minutes_part", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_minutes_part_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_minutes_part_item_id"), ["item_id"], unique=False)

    op.create_table(
        "paper",
        sa.Column("meeting_id", Id(), nullable=False),
        sa.Column("agency_id", Id(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("minutes_id", Id(), nullable=True),
        sa.Column("issued_at_utc", Utc(), nullable=False),
        sa.Column("recalled_at_utc", Utc(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_paper_agency_id_agency")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_paper_meeting_id_meeting")),
        sa.ForeignKeyConstraint(["minutes_id"], ["minutes.id"], name=op.f("fk_paper_minutes_id_minutes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper")),
        sa.UniqueConstraint(
            "meeting_id",
            "agency_id",
            "kind",
            "minutes_id",
            name=op.f("uq_paper_meeting_id_agency_id_kind_minutes_id"),
        ),
    )
    with op.batch_alter_table("paper", schema=None) as batch_op:
        batch_op.create_index("ix_paper_agency", ["agency_id", "issued_at_utc"], unique=False)

    op.create_table(
        "paper_redaction",
        sa.Column("item_id", Id(), nullable=False),
        sa.Column("agency_id", Id(), nullable=True),
        sa.Column("made_at_utc", Utc(), nullable=False),
        sa.Column("made_by_id", Id(), nullable=True),
        sa.Column("ended_at_utc", Utc(), nullable=True),
        sa.Column("case_id", Id(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name=op.f("fk_paper_redaction_agency_id_agency")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_paper_redaction_case_id_case_record")
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["agenda_item.id"], name=op.f("fk_paper_redaction_item_id_agenda_item")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_paper_redaction_made_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_redaction")),
    )
    with op.batch_alter_table("paper_redaction", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_paper_redaction_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_paper_redaction_item_id"), ["item_id"], unique=False)

    op.create_table(
        "research",
        sa.Column("programme", sa.String(length=40), nullable=False),
        sa.Column("item_id", Id(), nullable=False),
        sa.Column("agency_id", Id(), nullable=False),
        sa.Column("assigned_to_id", Id(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("asked_at_utc", Utc(), nullable=False),
        sa.Column("returned_at_utc", Utc(), nullable=True),
        sa.Column("returned_by_id", Id(), nullable=True),
        sa.Column("chased_at_utc", Utc(), nullable=True),
        sa.Column("chases", sa.Integer(), nullable=False),
        sa.Column("guest_name", sa.String(length=120), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=True),
        sa.Column("link_ends_at_utc", Utc(), nullable=True),
        sa.Column("confidentiality_at_utc", Utc(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("case_id", Id(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_research_agency_id_agency")),
        sa.ForeignKeyConstraint(
            ["assigned_to_id"], ["user_account.id"], name=op.f("fk_research_assigned_to_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_research_case_id_case_record")
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["agenda_item.id"], name=op.f("fk_research_item_id_agenda_item")
        ),
        sa.ForeignKeyConstraint(
            ["returned_by_id"], ["user_account.id"], name=op.f("fk_research_returned_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_research")),
        sa.UniqueConstraint(
            "item_id", "agency_id", "guest_name", name=op.f("uq_research_item_id_agency_id_guest_name")
        ),
        sa.UniqueConstraint("token_digest", name=op.f("uq_research_token_digest")),
    )
    with op.batch_alter_table("research", schema=None) as batch_op:
        batch_op.create_index("ix_research_agency", ["agency_id", "state", "due_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_research_assigned_to_id"), ["assigned_to_id"], unique=False)
        batch_op.create_index("ix_research_case", ["case_id", "agency_id"], unique=False)

    op.create_table(
        "review",
        sa.Column("programme", sa.String(length=40), nullable=False),
        sa.Column("cycle", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.Column("queued_on", sa.Date(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("done_by_id", Id(), nullable=True),
        sa.Column("item_id", Id(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("case_id", Id(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_record.id"], name=op.f("fk_review_case_id_case_record")),
        sa.ForeignKeyConstraint(
            ["done_by_id"], ["user_account.id"], name=op.f("fk_review_done_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["agenda_item.id"], name=op.f("fk_review_item_id_agenda_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
    )
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.create_index("ix_review_case", ["case_id", "cycle", "due_on"], unique=False)
        batch_op.create_index("ix_review_due", ["programme", "state", "due_on", "id"], unique=False)

    op.create_table(
        "telling",
        sa.Column("item_id", Id(), nullable=False),
        sa.Column("person_id", Id(), nullable=True),
        sa.Column("agency_id", Id(), nullable=False),
        sa.Column("user_id", Id(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("case_id", Id(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_telling_agency_id_agency")),
        sa.ForeignKeyConstraint(["case_id"], ["case_record.id"], name=op.f("fk_telling_case_id_case_record")),
        sa.ForeignKeyConstraint(["item_id"], ["agenda_item.id"], name=op.f("fk_telling_item_id_agenda_item")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_telling_person_id_person")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_telling_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_telling")),
    )
    with op.batch_alter_table("telling", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_telling_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_telling_item_id"), ["item_id"], unique=False)

    op.create_table(
        "action_update",
        sa.Column("action_id", Id(), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("due_before", sa.Date(), nullable=True),
        sa.Column("by_id", Id(), nullable=True),
        sa.Column("at_utc", Utc(), nullable=False),
        sa.Column("case_id", Id(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_action_update_action_id_action")),
        sa.ForeignKeyConstraint(
            ["by_id"], ["user_account.id"], name=op.f("fk_action_update_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_action_update_case_id_case_record")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_update")),
    )
    with op.batch_alter_table("action_update", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_action_update_action_id"), ["action_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_action_update_case_id"), ["case_id"], unique=False)

    op.create_table(
        "finding",
        sa.Column("research_id", Id(), nullable=False),
        sa.Column("person_id", Id(), nullable=False),
        sa.Column("known", sa.Boolean(), nullable=True),
        sa.Column("last_contact_on", sa.Date(), nullable=True),
        sa.Column("case_id", Id(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_record.id"], name=op.f("fk_finding_case_id_case_record")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_finding_person_id_person")),
        sa.ForeignKeyConstraint(
            ["research_id"], ["research.id"], name=op.f("fk_finding_research_id_research")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        sa.UniqueConstraint("research_id", "person_id", name=op.f("uq_finding_research_id_person_id")),
    )
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_finding_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_finding_person_id"), ["person_id"], unique=False)

    op.create_table(
        "paper_reading",
        sa.Column("paper_id", Id(), nullable=False),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("first_read_at_utc", Utc(), nullable=False),
        sa.Column("last_read_at_utc", Utc(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(["paper_id"], ["paper.id"], name=op.f("fk_paper_reading_paper_id_paper")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_paper_reading_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_reading")),
        sa.UniqueConstraint("paper_id", "user_id", name=op.f("uq_paper_reading_paper_id_user_id")),
    )
    op.create_table(
        "reconsidered",
        sa.Column("item_id", Id(), nullable=False),
        sa.Column("action_id", Id(), nullable=False),
        sa.Column("answer", sa.String(length=20), nullable=False),
        sa.Column("by_id", Id(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("case_id", Id(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", Id(), nullable=False),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_reconsidered_action_id_action")),
        sa.ForeignKeyConstraint(
            ["by_id"], ["user_account.id"], name=op.f("fk_reconsidered_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_reconsidered_case_id_case_record")
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["agenda_item.id"], name=op.f("fk_reconsidered_item_id_agenda_item")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconsidered")),
        sa.UniqueConstraint("item_id", "action_id", name=op.f("uq_reconsidered_item_id_action_id")),
    )
    with op.batch_alter_table("reconsidered", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reconsidered_action_id"), ["action_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reconsidered_case_id"), ["case_id"], unique=False)

    locking.guard(op.get_bind())


def downgrade() -> None:
    locking.unguard(op.get_bind())
    with op.batch_alter_table("reconsidered", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reconsidered_case_id"))
        batch_op.drop_index(batch_op.f("ix_reconsidered_action_id"))

    op.drop_table("reconsidered")
    op.drop_table("paper_reading")
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_finding_person_id"))
        batch_op.drop_index(batch_op.f("ix_finding_case_id"))

    op.drop_table("finding")
    with op.batch_alter_table("action_update", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_action_update_case_id"))
        batch_op.drop_index(batch_op.f("ix_action_update_action_id"))

    op.drop_table("action_update")
    with op.batch_alter_table("telling", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_telling_item_id"))
        batch_op.drop_index(batch_op.f("ix_telling_case_id"))

    op.drop_table("telling")
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.drop_index("ix_review_due")
        batch_op.drop_index("ix_review_case")

    op.drop_table("review")
    with op.batch_alter_table("research", schema=None) as batch_op:
        batch_op.drop_index("ix_research_case")
        batch_op.drop_index(batch_op.f("ix_research_assigned_to_id"))
        batch_op.drop_index("ix_research_agency")

    op.drop_table("research")
    with op.batch_alter_table("paper_redaction", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_paper_redaction_item_id"))
        batch_op.drop_index(batch_op.f("ix_paper_redaction_case_id"))

    op.drop_table("paper_redaction")
    with op.batch_alter_table("paper", schema=None) as batch_op:
        batch_op.drop_index("ix_paper_agency")

    op.drop_table("paper")
    with op.batch_alter_table("minutes_part", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_minutes_part_item_id"))
        batch_op.drop_index(batch_op.f("ix_minutes_part_case_id"))

    op.drop_table("minutes_part")
    with op.batch_alter_table("item_note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_item_note_case_id"))

    op.drop_table("item_note")
    with op.batch_alter_table("interest", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_interest_item_id"))
        batch_op.drop_index(batch_op.f("ix_interest_case_id"))

    op.drop_table("interest")
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_index("ix_decision_counted")
        batch_op.drop_index(batch_op.f("ix_decision_case_id"))

    op.drop_table("decision")
    with op.batch_alter_table("action", schema=None) as batch_op:
        batch_op.drop_index("ix_action_unverified")
        batch_op.drop_index("ix_action_panel")
        batch_op.drop_index("ix_action_owner")
        batch_op.drop_index("ix_action_case")
        batch_op.drop_index("ix_action_agency")
        batch_op.drop_index("ix_action_acceptance")

    op.drop_table("action")
    with op.batch_alter_table("plan_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plan_session_plan_id"))
        batch_op.drop_index(batch_op.f("ix_plan_session_case_id"))

    op.drop_table("plan_session")
    op.drop_table("minutes")
    with op.batch_alter_table("flag_notice", schema=None) as batch_op:
        batch_op.drop_index("ix_flag_notice_case")
        batch_op.drop_index("ix_flag_notice_agency")

    op.drop_table("flag_notice")
    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attendance_user_id"))
        batch_op.drop_index("ix_attendance_agency")

    op.drop_table("attendance")
    with op.batch_alter_table("agenda_item", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_agenda_item_meeting_id_case_id",
            sqlite_where=sa.text("state <> 'removed'"),
            postgresql_where=sa.text("state <> 'removed'"),
        )
        batch_op.drop_index(batch_op.f("ix_agenda_item_queue_entry_id"))
        batch_op.drop_index("ix_agenda_item_order")
        batch_op.drop_index("ix_agenda_item_case")

    op.drop_table("agenda_item")
    with op.batch_alter_table("transfer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_transfer_programme"))
        batch_op.drop_index(batch_op.f("ix_transfer_case_id"))

    op.drop_table("transfer")
    with op.batch_alter_table("support_plan", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_support_plan_case_id"))

    op.drop_table("support_plan")
    with op.batch_alter_table("queue_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_queue_entry_panel")
        batch_op.drop_index("ix_queue_entry_case")

    op.drop_table("queue_entry")
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.drop_index("ix_meeting_state")
        batch_op.drop_index("ix_meeting_panel")

    op.drop_table("meeting")
    with op.batch_alter_table("flag", schema=None) as batch_op:
        batch_op.drop_index("ix_flag_ends")
        batch_op.drop_index("ix_flag_case")

    op.drop_table("flag")
    with op.batch_alter_table("seat", schema=None) as batch_op:
        batch_op.drop_index("ix_seat_panel")
        batch_op.drop_index(batch_op.f("ix_seat_member_id"))
        batch_op.drop_index(batch_op.f("ix_seat_deputy_id"))
        batch_op.drop_index(batch_op.f("ix_seat_agency_id"))

    op.drop_table("seat")
    with op.batch_alter_table("meeting_series", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meeting_series_programme"))

    op.drop_table("meeting_series")
