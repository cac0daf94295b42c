"""The agenda of a meeting: what is put on it, in what order, for how long, and what happens once it was sent out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from casework.cases import service as cases
from casework.errors import Conflict, Invalid
from casework.extensions import db
from casework.panels.agenda import service as agenda
from casework.panels.models import AgendaItem, Meeting, QueueEntry, Research
from casework.panels.queue import service as queue
from tests.support import makers, panels

NAMES = ("Okonjo", "Iyer", "Rahman", "Kowalczyk")
START = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
def panel(app: Flask) -> panels.Panel:
    return panels.make_panel()


def entry_for(panel: panels.Panel, surname: str = "Okonjo") -> QueueEntry:
    entry = queue.open_entry(panels.make_accepted(panel, surname=surname))
    assert entry is not None
    return entry


def make_agenda(panel: panels.Panel, meeting: Meeting, count: int = 3) -> list[AgendaItem]:
    return [agenda.list_entry(panel.coordinating, meeting, entry_for(panel, name)) for name in NAMES[:count]]


def circulate(meeting: Meeting) -> None:
    meeting.state, meeting.circulated_at_utc = "circulated", START - timedelta(days=8)
    db.session.flush()


def order(panel: panels.Panel, meeting: Meeting) -> list[AgendaItem]:
    return agenda.items_of(panel.coordinating, meeting)


def test_case_put_on_an_agenda_does_not_wait_any_more(panel: panels.Panel) -> None:
    meeting, entry = panels.make_meeting(panel), entry_for(panel)

    item = agenda.list_entry(panel.coordinating, meeting, entry)

    assert (entry.state, item.minutes, item.late) == ("listed", meeting.minutes_per_case, False)
    assert db.session.query(Research).count() == 0
    with pytest.raises(Conflict):
        agenda.list_entry(panel.coordinating, panels.make_meeting(panel), entry)


def test_items_follow_each_other_after_the_outstanding_actions(panel: panels.Panel) -> None:
    meeting = panels.make_meeting(panel, starts_at=START)
    first, second, third = make_agenda(panel, meeting)
    agenda.change_item(panel.coordinating, first, minutes=25, presenter_id=None, version=first.version)
    agenda.change_opening(panel.coordinating, meeting, minutes=5, version=meeting.version)

    starts = agenda.starts(meeting, order(panel, meeting))

    after = {first.id: 5, second.id: 30, third.id: 40}
    assert starts == {row: START + timedelta(minutes=minutes) for row, minutes in after.items()}


def test_meeting_that_is_too_full_is_warned_of_and_not_refused(panel: panels.Panel) -> None:
    meeting = panels.make_meeting(panel)
    meeting.minutes = 35
    items = make_agenda(panel, meeting)
    agenda.change_item(panel.coordinating, items[0], minutes=20, presenter_id=None, version=items[0].version)

    load = agenda.load(meeting, order(panel, meeting))

    assert (load.cases, load.total, load.room) == (3, 50, 0)
    assert load.warnings == (
        "The agenda is 15 minutes longer than the meeting.",
        "1 case has more than the 15 minutes that the panel gives a case.",
    )


def test_late_addition_needs_a_reason_and_asks_the_agencies(panel: panels.Panel) -> None:
    meeting, entry = panels.make_meeting(panel), entry_for(panel)
    circulate(meeting)
    with pytest.raises(Invalid):
        agenda.list_entry(panel.coordinating, meeting, entry)

    item = agenda.list_entry(panel.coordinating, meeting, entry, late="A threat to kill last night")

    assert (item.late, item.reason) == (True, "A threat to kill last night")
    asked = {research.agency_id for research in db.session.query(Research).filter_by(item_id=item.id)}
    assert asked == {agency.id for agency in panel.agencies.values()}


def test_case_taken_off_before_circulation_leaves_nothing_behind(panel: panels.Panel) -> None:
    meeting = panels.make_meeting(panel)
    item = make_agenda(panel, meeting, 1)[0]
    entry = db.session.get_one(QueueEntry, item.queue_entry_id)

    agenda.remove(panel.coordinating, item, version=item.version)

    assert (entry.state, db.session.query(AgendaItem).count()) == ("waiting", 0)


def test_case_taken_off_afterwards_keeps_its_reason_and_what_was_returned(panel: panels.Panel) -> None:
    meeting, entry = panels.make_meeting(panel), entry_for(panel)
    circulate(meeting)
    item = agenda.list_entry(panel.coordinating, meeting, entry, late="A threat")
    with pytest.raises(Invalid):
        agenda.remove(panel.coordinating, item, version=item.version)

    agenda.remove(panel.coordinating, item, version=item.version, reason="She has moved away")

    assert order(panel, meeting) == []
    assert [(each.state, each.reason) for each in agenda.taken_off(panel.coordinating, meeting)] == [
        ("removed", "She has moved away")
    ]
    again = agenda.list_entry(panel.coordinating, meeting, entry, late="She is back")
    assert again is item
    assert db.session.query(Research).filter_by(item_id=item.id).count() == len(panel.agencies)


def test_deferred_and_withdrawn_cases_come_off_the_agenda(panel: panels.Panel) -> None:
    meeting = panels.make_meeting(panel)
    first, second, third = make_agenda(panel, meeting)
    entries = [db.session.get_one(QueueEntry, item.queue_entry_id) for item in (first, second)]

    queue.defer(panel.coordinating, entries[0], reason="No referrer", version=entries[0].version)
    queue.withdraw(panel.coordinating, entries[1], reason="Heard elsewhere", version=entries[1].version)

    assert order(panel, meeting) == [third]
    assert [entry.state for entry in entries] == ["waiting", "withdrawn"]


def test_order_may_change_after_circulation(panel: panels.Panel) -> None:
    meeting = panels.make_meeting(panel)
    seen = [item.id for item in make_agenda(panel, meeting)]
    circulate(meeting)

    wanted = agenda.shifted(seen, seen[2], -1)
    agenda.reorder(panel.coordinating, meeting, seen=seen, wanted=wanted)

    assert [item.id for item in order(panel, meeting)] == [seen[0], seen[2], seen[1]]


def test_of_two_who_change_the_order_the_second_is_shown_both(panel: panels.Panel) -> None:
    meeting = panels.make_meeting(panel)
    items = make_agenda(panel, meeting)
    seen = [item.id for item in items]
    first, second, third = (item.case.reference for item in items)
    agenda.reorder(panel.coordinating, meeting, seen=seen, wanted=agenda.shifted(seen, seen[0], 1))

    with pytest.raises(Conflict) as conflict:
        agenda.reorder(panel.chairing, meeting, seen=seen, wanted=agenda.shifted(seen, seen[2], -1))

    assert conflict.value.stored["Order"] == f"1. {second}\n2. {first}\n3. {third}"
    assert conflict.value.submitted["Order"] == f"1. {first}\n2. {third}\n3. {second}"


def test_hidden_case_keeps_its_place_and_is_not_told_of(panel: panels.Panel) -> None:
    """The coordinator is excluded from the second of three: to them there are two, one after the other."""
    meeting = panels.make_meeting(panel, starts_at=START)
    first, hidden, third = make_agenda(panel, meeting)
    cases.exclude(panel.chairing, hidden.case, user_id=panel.coordinator.id, reason="A sister")
    seen = order(panel, meeting)
    assert seen == [first, third]
    assert agenda.load(meeting, seen).cases == 2
    assert agenda.starts(meeting, seen)[third.id] == START + timedelta(minutes=20)

    ids = [item.id for item in seen]
    agenda.reorder(panel.coordinating, meeting, seen=ids, wanted=ids[::-1])

    assert agenda.items_of(panel.chairing, meeting) == [third, hidden, first]


def test_nobody_presents_a_case_that_is_hidden_from_them(panel: panels.Panel) -> None:
    item = make_agenda(panel, panels.make_meeting(panel), 1)[0]
    police = panel.members["police"]
    assert police in agenda.presenters(panel.coordinating, item)

    cases.exclude(panel.coordinating, item.case, agency_id=panel.agencies["police"].id, reason="A party")

    assert police not in agenda.presenters(panel.coordinating, item)
    with pytest.raises(Invalid):
        agenda.change_item(panel.coordinating, item, minutes=10, presenter_id=police.id, version=item.version)


def test_case_waits_for_one_panel(panel: panels.Panel) -> None:
    other = panels.make_panel("community_marac", ("police",))
    makers.give_role(panel.coordinator, "coordinator", "community_marac")

    with pytest.raises(Invalid):
        agenda.list_entry(panel.coordinating, panels.make_meeting(other), entry_for(panel))


def test_agenda_of_a_meeting_that_is_over_stays_as_it_was(panel: panels.Panel) -> None:
    meeting = panels.make_meeting(panel)
    item = make_agenda(panel, meeting, 1)[0]
    meeting.state = "ended"
    db.session.flush()

    with pytest.raises(Invalid):
        agenda.list_entry(panel.coordinating, meeting, entry_for(panel, "Iyer"))
    with pytest.raises(Invalid):
        agenda.remove(panel.coordinating, item, version=item.version, reason="Why not")
