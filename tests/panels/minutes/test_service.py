"""Minutes: what is drafted, who writes and approves them, and that approved ones stay as they are."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError

from casework.audit import trail
from casework.cases import service as cases
from casework.crypto import keyring, vault
from casework.errors import Conflict, Invalid, Refused
from casework.extensions import db
from casework.panels.minutes import locking
from casework.panels.minutes import service as minutes
from casework.panels.models import Minutes, MinutesPart, Reconsidered
from tests.panels import minuting
from tests.panels.minuting import Held
from tests.support import makers


@pytest.fixture
def held(app: Flask) -> Held:
    return minuting.make_held("Okonjo", "Iyer")


def part_of(drafted: Minutes, held: Held, surname: str) -> MinutesPart:
    return next(part for part in drafted.parts if part.item_id == held.items[surname].id)


# -- drafting ----------------------------------------------------------------------------------------------


def test_draft_has_what_the_record_has(held: Held) -> None:
    item = held.items["Okonjo"]
    minuting.note(item, "summary", "The risk has risen since he lost his job.")
    minuting.note(item, "views", "She wants to stay in her home.")
    minuting.decide(
        item, options="Refuge, or staying", rationale="She is safer at home", dissent="Housing disagreed"
    )
    minuting.act(held, item, "police", "Flag the address", risk="That he comes back")
    minuting.tell(held, item, "domestic_abuse_service", "That locks will be changed", "At her mother's")
    minuting.answer(item, held, "police")
    minuting.declare(item, "housing_council", held, "A cousin of the victim")

    drafted = minutes.draft(held.panel.coordinating, held.meeting)

    assert "There is" in (drafted.opening or "")
    assert "User Number" in (drafted.opening or "")
    part = part_of(drafted, held, "Okonjo")
    for words in (
        "Ada Okonjo, victim or survivor",
        "The risk has risen",
        "She wants to stay",
        "Options considered: Refuge, or staying.",
        "Dissent: Housing disagreed.",
        "Flag the address. police of dva_marac",
        "Answers the risk: That he comes back.",
        "tells Ada Okonjo by",
        "How it is safe: At her mother's.",
        minuting.TOLD,
    ):
        assert words in (part.text or "")
    assert "knife" not in (part.text or "")
    assert "cousin" not in (part.text or "")
    assert "A cousin of the victim" in (part.restricted or "")


def test_minutes_of_a_repeat_show_the_last_plan_and_what_the_chair_said_of_it(held: Held) -> None:
    earlier, again = held.items["Iyer"], held.items["Okonjo"]
    again.earlier_id, again.kind = earlier.id, "repeat"
    late = minuting.act(
        held, earlier, "police", "Visit weekly", state="not_done", result="No officer was free"
    )
    moved = minuting.act(held, earlier, "housing_council", "Move her", state="no_longer_possible")
    for action, said in ((late, "change"), (moved, "drop")):
        db.session.add(
            Reconsidered(
                case_id=again.case_id, item_id=again.id, action_id=action.id, answer=said, why=f"Why {said}"
            )
        )
    db.session.flush()

    words = part_of(minutes.draft(held.panel.coordinating, held.meeting), held, "Okonjo").text or ""

    undone, impossible = words.split("not possible because circumstances changed:")
    assert "Of the last plan, not done:\n- Visit weekly." in undone
    assert "The chair: changed, because: Why change." in undone
    assert "Move her." in impossible
    assert "Move her." not in undone


def test_last_plan_of_a_case_that_is_hidden_from_somebody_is_in_no_text_they_may_read(held: Held) -> None:
    earlier, again = held.items["Iyer"], held.items["Okonjo"]
    again.earlier_id, again.kind = earlier.id, "repeat"
    minuting.act(held, earlier, "police", "Visit weekly")
    housing = held.panel.agencies["housing_council"].id
    cases.exclude(held.panel.coordinating, earlier.case, agency_id=housing, reason="A party")

    part = part_of(minutes.draft(held.panel.coordinating, held.meeting), held, "Okonjo")

    assert "Visit weekly" not in (part.text or "")
    assert "Visit weekly" in (part.restricted or "")


def test_draft_waits_for_the_end_of_the_meeting(held: Held) -> None:
    held.meeting.state = "open"
    db.session.flush()

    with pytest.raises(Invalid):
        minutes.draft(held.panel.coordinating, held.meeting)


def test_second_draft_is_the_first(held: Held) -> None:
    first = minutes.draft(held.panel.coordinating, held.meeting)

    assert minutes.draft(held.panel.chairing, held.meeting) is first


def test_two_who_write_one_part_lose_nothing(held: Held) -> None:
    part = minutes.draft(held.panel.coordinating, held.meeting).parts[0]
    version = part.version
    minutes.write_part(held.panel.coordinating, part, text="One", restricted=None, version=version)

    with pytest.raises(Conflict) as conflict:
        minutes.write_part(held.panel.chairing, part, text="Two", restricted=None, version=version)

    assert conflict.value.stored["Minutes"] == "One"
    assert conflict.value.submitted["Minutes"] == "Two"


def test_part_drafted_again_keeps_what_was_written_beside_it(held: Held) -> None:
    drafted = minutes.draft(held.panel.coordinating, held.meeting)
    part = part_of(drafted, held, "Okonjo")
    minutes.write_part(held.panel.coordinating, part, text="By hand", restricted=None, version=part.version)
    minuting.note(held.items["Okonjo"], "summary", "Written down late")

    minutes.draft_again(held.panel.coordinating, part, version=part.version)

    assert "Written down late" in (part.text or "")
    assert part.set_aside == "By hand"
    minutes.forget_set_aside(held.panel.coordinating, part, version=part.version)
    assert part.set_aside is None


# -- approving ---------------------------------------------------------------------------------------------


def test_coordinator_cannot_approve(held: Held) -> None:
    drafted = minutes.draft(held.panel.coordinating, held.meeting)

    with pytest.raises(Refused):
        minutes.approve(held.panel.coordinating, drafted, seen="")


def test_nothing_is_approved_that_was_changed_after_it_was_read(held: Held) -> None:
    drafted = minutes.draft(held.panel.coordinating, held.meeting)
    seen = minutes.read(held.panel.chairing, drafted).seen
    part = drafted.parts[0]
    minutes.write_part(held.panel.coordinating, part, text="Later", restricted=None, version=part.version)

    with pytest.raises(Conflict):
        minutes.approve(held.panel.chairing, drafted, seen=seen)


def test_deputy_approves_what_is_hidden_from_the_chair_who_is_told_nothing(held: Held) -> None:
    deputy = makers.make_user("chair", held.panel.programme)
    held.meeting.deputy_chair_id = deputy.id
    drafted = minutes.draft(held.panel.coordinating, held.meeting)
    hidden = held.items["Iyer"]
    cases.exclude(held.panel.coordinating, hidden.case, user_id=held.panel.chair.id, reason="A cousin")
    asked = minutes.ask_approval(held.panel.coordinating, drafted)

    locked = minuting.approve(held, drafted)

    assert [user.id for user in asked] == [held.panel.chair.id, deputy.id]
    assert not locked
    seen_by_chair = minutes.read(held.panel.chairing, drafted)
    assert seen_by_chair.state == ("Approved", "green")
    assert [part.item_id for part in seen_by_chair.parts] == [held.items["Okonjo"].id]
    assert minutes.read(held.panel.coordinating, drafted).state == ("Approved in part", "yellow")
    actor = makers.actor_of(deputy)
    assert minutes.approve(actor, drafted, seen=minutes.read(actor, drafted).seen)
    assert drafted.state == "approved"


def test_chair_alone_is_asked_who_sees_everything(held: Held) -> None:
    held.meeting.deputy_chair_id = makers.make_user("chair", held.panel.programme).id
    drafted = minutes.draft(held.panel.coordinating, held.meeting)

    assert minutes.ask_approval(held.panel.coordinating, drafted) == [held.panel.chair]


def test_correction_is_a_new_version_and_the_old_one_stays(held: Held) -> None:
    first = minuting.make_approved(held)
    old = first.parts[0].text

    second = minutes.correct(held.panel.coordinating, first, reason="A wrong date")
    part = second.parts[0]
    minutes.write_part(held.panel.coordinating, part, text="Put right", restricted=None, version=part.version)
    minuting.approve(held, second)

    assert (second.number, second.correction, second.state) == (2, "A wrong date", "approved")
    assert first.parts[0].text == old
    assert minutes.read(held.panel.chairing, first).state == ("Replaced by version 2", "grey")
    makers.commit()
    assert trail.verify().faults == ()


def test_only_one_correction_at_a_time(held: Held) -> None:
    first = minuting.make_approved(held)
    minutes.correct(held.panel.coordinating, first, reason="A wrong date")

    with pytest.raises(Invalid):
        minutes.correct(held.panel.chairing, first, reason="Another")


# -- locked ------------------------------------------------------------------------------------------------


def test_locked_minutes_refuse_every_service(held: Held) -> None:
    approved = minuting.make_approved(held)
    part, chair = approved.parts[0], held.panel.chairing

    for change in (
        lambda: minutes.write_part(chair, part, text="No", restricted=None, version=part.version),
        lambda: minutes.write_meeting(chair, approved, opening="No", closing=None, version=approved.version),
        lambda: minutes.draft_again(chair, part, version=part.version),
        lambda: minutes.approve(chair, approved, seen=""),
    ):
        with pytest.raises(Invalid):
            change()


def test_locked_minutes_refuse_the_session_and_sql(held: Held) -> None:
    approved = minuting.make_approved(held)
    makers.commit()
    mine, other = approved.id, approved.parts[0].id

    for statement in (
        update(Minutes).where(Minutes.id == mine).values(state="draft"),
        delete(Minutes).where(Minutes.id == mine),
        update(MinutesPart).where(MinutesPart.id == other).values(position=9),
        delete(MinutesPart).where(MinutesPart.id == other),
    ):
        with pytest.raises(DBAPIError) as refused:
            db.session.execute(statement, execution_options={"synchronize_session": False})
        assert locking.REFUSAL in str(refused.value.orig)
        db.session.rollback()
    for change in (
        lambda: setattr(db.session.get_one(MinutesPart, other), "position", 9),
        lambda: setattr(db.session.get_one(Minutes, mine), "number", 9),
        lambda: db.session.add(
            MinutesPart(
                case_id=held.items["Okonjo"].case_id,
                minutes_id=mine,
                item_id=held.items["Okonjo"].id,
                position=9,
            )
        ),
        lambda: db.session.delete(db.session.get_one(Minutes, mine)),
    ):
        change()
        with pytest.raises(Refused):
            db.session.flush()
        db.session.rollback()
    assert trail.verify().faults == ()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_locked_minutes_are_not_replaced_by_a_row_of_the_same_id(held: Held) -> None:
    approved = minuting.make_approved(held)
    corrected = minutes.correct(held.panel.coordinating, approved, reason="A wrong date")
    makers.commit()
    locked, draft = ({part.item_id: part.id.hex for part in each.parts} for each in (approved, corrected))
    item = held.items["Okonjo"].id
    rest = ", ".join(column.name for column in MinutesPart.__table__.columns if column.name != "id")
    # Past the triggers of an insertion and of an update: the row that is written belongs to the draft.
    moved = f"SELECT x'{locked[item]}', {rest} FROM minutes_part WHERE id = x'{draft[item]}'"

    for statement in (
        f"REPLACE INTO minutes_part (id, {rest}) {moved}",
        f"UPDATE OR REPLACE minutes_part SET id = x'{locked[item]}' WHERE id = x'{draft[item]}'",
        "REPLACE INTO minutes SELECT * FROM minutes WHERE state = 'approved'",
    ):
        with pytest.raises(DBAPIError) as refused:
            db.session.execute(text(statement))
        assert locking.REFUSAL in str(refused.value.orig), statement
        db.session.rollback()


TAMPERED = (
    "UPDATE minutes SET sealed = NULL",
    "UPDATE minutes SET state = 'draft'",
    "UPDATE minutes SET made_by_id = NULL",
    "UPDATE minutes SET digest = 'another'",
    "UPDATE minutes_part SET sealed = NULL WHERE position = 1",
    "UPDATE minutes_part SET position = 7 WHERE position = 1",
    "DELETE FROM minutes_part WHERE position = 1",
    "DELETE FROM minutes_part; DELETE FROM minutes",
)


def test_change_past_the_triggers_is_found_and_names_the_meeting_alone(held: Held) -> None:
    minuting.make_approved(held)
    meeting = held.meeting.id
    makers.commit()

    for statement in TAMPERED:
        locking.unguard(db.session.connection())
        for each in statement.split(";"):
            db.session.execute(text(each))
        (fault,) = trail.verify().faults
        assert str(meeting) in fault, statement
        assert "Okonjo" not in fault
        db.session.rollback()


def test_minutes_marked_as_approved_past_the_application_are_found(held: Held) -> None:
    minutes.draft(held.panel.coordinating, held.meeting)
    makers.commit()

    db.session.execute(text("UPDATE minutes SET state = 'approved'"))
    db.session.commit()

    (fault,) = trail.verify().faults
    assert "nobody approved them" in fault


def test_new_master_key_changes_nothing_of_the_lock(held: Held, app: Flask) -> None:
    minuting.make_approved(held)
    makers.commit()

    ring = vault.keyring().with_new_master()
    keyring.save(ring, app.extensions["settings"].keyring)
    app.extensions["keyring"].forget()
    assert vault.rewrap_all() > 0
    db.session.commit()

    assert trail.verify().faults == ()
