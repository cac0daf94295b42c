"""What comes into the queue of a panel and leaves it, and what a coordinator does with what waits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from casework.cases import closure, stages
from casework.cases import service as cases
from casework.cases.models import Case, Task
from casework.errors import Conflict, Invalid, Refused
from casework.extensions import db
from casework.forms import today
from casework.panels.agenda import service as agenda
from casework.panels.models import AgendaItem, QueueEntry, Research
from casework.panels.queue import service as queue
from casework.panels.queue import waiting
from casework.programmes import shelf
from casework.referrals import screening
from casework.referrals.models import Referral
from tests.support import listed, makers, panels
from tests.support.panels import DVA


@pytest.fixture
def panel(app: Flask) -> panels.Panel:
    return panels.make_panel()


def entry_of(case: Case) -> QueueEntry:
    entry = queue.open_entry(case)
    assert entry is not None
    return entry


def ready(panel: panels.Panel, part: str = waiting.READY) -> list[str]:
    page, _ = waiting.page_of_queue(panel.coordinating, panel.programme, part)
    return [row.reference for row in page.rows]


def unscreened(panel: panels.Panel) -> Referral:
    actor = panel.coordinating
    harming = makers.make_party(actor, panel.programme, "perpetrator", forename="Gareth", surname="Pike")
    return makers.make_referral(actor, panel.programme, surname="Iyer", others=[harming])


def test_accepted_case_comes_into_the_queue_by_itself(panel: panels.Panel) -> None:
    entry = entry_of(panels.make_accepted(panel))

    assert (entry.kind, entry.state, entry.due_on) == ("new", "waiting", today() + timedelta(days=28))


def test_case_waits_for_its_panel_only_in_the_stages_that_the_programme_names(app: Flask) -> None:
    panel = panels.make_panel("channel", ("police",))
    case = panels.make_accepted(panel)
    assert queue.open_entry(case) is None

    stages.move(panel.coordinating, case, "panel", reason=None, version=case.version)

    clock = next(clock for clock in shelf.programme("channel").clocks.values() if clock.stops == "heard")
    running = next(task.due_on for task in db.session.query(Task).filter_by(kind=clock.id))
    assert entry_of(case).due_on == running


def test_closed_case_leaves_the_queue_and_the_agenda_not_yet_sent(panel: panels.Panel) -> None:
    case, meeting = panels.make_accepted(panel), panels.make_meeting(panel)
    entry = entry_of(case)
    agenda.list_entry(panel.coordinating, meeting, entry)

    values = {
        "closed_on": today(),
        "closure_reason": "not_heard",
        "closure_words": "Moved",
        "version": case.version,
    }
    closure.close(panel.coordinating, case, "closed", values)

    assert entry.state == "withdrawn"
    assert db.session.query(AgendaItem).count() == 0


def test_heard_case_is_listed_again_where_the_panel_says_so(app: Flask) -> None:
    panel = panels.make_panel("community_marac", ("police",))
    case = panels.make_accepted(panel)
    case.heard_on = today()
    queue.leave(panel.coordinating, case, "heard")

    stages.move(panel.coordinating, case, "plan", reason=None, version=case.version)

    assert entry_of(case).kind == "relisted"


def test_second_entry_only_makes_the_first_more_pressing(panel: panels.Panel) -> None:
    case = panels.make_accepted(panel)
    entry = entry_of(case)

    again = queue.enter(panel.coordinating, case, "review", due_on=today() + timedelta(days=3), urgent=True)

    assert again is entry
    assert (entry.kind, entry.urgent, entry.due_on) == ("new", True, today() + timedelta(days=3))


def test_assessment_of_high_risk_moves_a_case_up(panel: panels.Panel) -> None:
    first, second = panels.make_accepted(panel), panels.make_accepted(panel, surname="Iyer")
    assert ready(panel) == [first.reference, second.reference]

    second.urgent, second.risk_band, second.risk_score = True, "high", 17
    queue.follow(panel.coordinating, second, "assessed", today())

    assert ready(panel) == [second.reference, first.reference]


def test_urgent_referral_not_decided_on_is_put_in_by_hand(panel: panels.Panel) -> None:
    referral = unscreened(panel)
    referral.case.urgent = True
    db.session.flush()
    assert [row.id for row in waiting.unscreened(panel.coordinating, DVA)] == [referral.case_id]

    queue.enter_by_hand(panel.coordinating, referral.case, reason="A threat to kill", urgent=True)

    assert waiting.unscreened(panel.coordinating, DVA) == []
    assert ready(panel) == [referral.case.reference]


def test_declined_referral_leaves_the_queue(panel: panels.Panel) -> None:
    referral = unscreened(panel)
    entry = queue.enter_by_hand(panel.coordinating, referral.case, reason="A threat", urgent=True)

    screening.decline(
        panel.coordinating, referral, version=referral.version, reason="duplicate", words="We have it"
    )

    assert entry.state == "withdrawn"


def test_panel_that_hears_only_what_is_accepted_says_so(app: Flask) -> None:
    panel = panels.make_panel("channel", ("police",))
    referral = makers.make_referral(panel.coordinating, "channel")

    with pytest.raises(Invalid):
        queue.enter_by_hand(panel.coordinating, referral.case, reason="Now", urgent=True)


def test_what_is_held_or_deferred_waits_elsewhere_until_it_is_released(panel: panels.Panel) -> None:
    actor, entry = panel.coordinating, entry_of(panels.make_accepted(panel))
    reference = entry.case.reference

    queue.hold(actor, entry, reason="No Dash yet", version=entry.version)
    assert (ready(panel), ready(panel, waiting.HELD)) == ([], [reference])
    queue.release(actor, entry, version=entry.version)
    assert ready(panel) == [reference]
    until = today() + timedelta(days=10)
    queue.defer(actor, entry, reason="She asks for time", version=entry.version, until=until)

    assert (ready(panel), ready(panel, waiting.LATER)) == ([], [reference])
    assert waiting.ready(actor, DVA, until - timedelta(days=1), 9) == []
    assert [row.reference for row in waiting.ready(actor, DVA, until, 9)] == [reference]
    assert (entry.deferrals, entry.due_on) == (1, today() + timedelta(days=28))
    assert [told.reason for told in queue.story(entry)] == ["She asks for time", "", "No Dash yet", ""]


def test_what_is_brought_forward_stands_before_all_but_the_urgent(panel: panels.Panel) -> None:
    first, second, third = (
        panels.make_accepted(panel, surname=name) for name in ("Okonjo", "Iyer", "Rahman")
    )
    queue.enter(panel.coordinating, third, "new", urgent=True)
    entry = entry_of(second)

    queue.bring_forward(panel.coordinating, entry, reason="He is released on Friday", version=entry.version)

    assert ready(panel) == [third.reference, second.reference, first.reference]
    row = waiting.row_of(panel.coordinating, entry)
    assert row.reason.words == "Brought forward: He is released on Friday"


def test_of_two_who_change_one_place_the_second_is_shown_both(panel: panels.Panel) -> None:
    actor, entry = panel.coordinating, entry_of(panels.make_accepted(panel))
    version = entry.version
    queue.hold(actor, entry, reason="No Dash yet", version=version)

    with pytest.raises(Conflict) as conflict:
        queue.withdraw(actor, entry, reason="Heard elsewhere", version=version)

    assert conflict.value.stored["State"] == "On hold"
    assert conflict.value.stored["Reason"] == "No Dash yet"
    assert conflict.value.submitted["Reason"] == "Heard elsewhere"
    assert entry.state == "held"


def test_queue_is_for_those_who_run_the_panel(panel: panels.Panel) -> None:
    entry = entry_of(panels.make_accepted(panel))

    with pytest.raises(Refused):
        queue.hold(panel.member("police"), entry, reason="No", version=entry.version)


def test_excluded_coordinator_sees_no_trace_and_the_deputy_does(panel: panels.Panel) -> None:
    hidden, shown = panels.make_accepted(panel), panels.make_accepted(panel, surname="Iyer")
    deputy = makers.make_user("coordinator", DVA)
    cases.exclude(panel.chairing, hidden, user_id=panel.coordinator.id, reason="A sister")

    page, counts = waiting.page_of_queue(panel.coordinating, DVA, waiting.READY)
    assert ([row.reference for row in page.rows], counts[waiting.READY]) == ([shown.reference], 1)
    page, counts = waiting.page_of_queue(makers.actor_of(deputy), DVA, waiting.READY)
    assert counts[waiting.READY] == page.total == 2


def test_repeat_of_a_hidden_case_is_no_repeat_to_whom_it_is_hidden_from(panel: panels.Panel) -> None:
    hidden = panels.make_accepted(panel)
    again = panels.make_accepted(panel, surname="Iyer")
    entry = entry_of(again)
    entry.kind, entry.repeat_of_id = "repeat", hidden.id
    db.session.flush()
    assert "Repeat" in " ".join(reason.words for reason in waiting.row_of(panel.chairing, entry).reasons)

    cases.exclude(panel.chairing, hidden, user_id=panel.coordinator.id, reason="A sister")

    row = waiting.row_of(panel.coordinating, entry)
    assert row.kind == "new"
    assert "Repeat" not in " ".join(reason.words for reason in row.reasons)


def test_joined_referral_takes_what_the_panel_holds_of_it_along(panel: panels.Panel) -> None:
    """It was put on an agenda before anybody saw that the case was there already."""
    actor, known, referral = panel.coordinating, panels.make_accepted(panel), unscreened(panel)
    entry = queue.enter_by_hand(actor, referral.case, reason="A threat to kill", urgent=True)
    meeting = panels.make_meeting(panel)
    item = agenda.list_entry(actor, meeting, entry)
    research = panels.make_research(panel, item, "police")
    research.comment = "Seen on Monday"
    db.session.flush()
    victim = shelf.programme(DVA).subject.id
    people = {part.role: part.person_id for part in referral.case.involvements}
    kept = {part.role: part.person_id for part in known.involvements}

    screening.join(actor, referral, known.id, version=referral.version, same={people[victim]: kept[victim]})

    db.session.expire_all()
    assert entry_of(known).id == entry.id
    assert (entry_of(known).state, entry_of(known).urgent, item.case_id) == ("listed", True, known.id)
    moved = db.session.get_one(Research, research.id)
    assert (moved.case_id, moved.comment) == (known.id, "Seen on Monday")
    assert kept[victim] in {finding.person_id for finding in moved.findings}


def test_further_referral_of_a_heard_case_brings_it_before_the_panel_again(panel: panels.Panel) -> None:
    actor, known, referral = panel.coordinating, panels.make_accepted(panel), unscreened(panel)
    queue.leave(actor, known, "heard")
    known.heard_on = today()
    db.session.flush()

    screening.join(actor, referral, known.id, version=referral.version, why="Another incident")

    assert (entry_of(known).kind, entry_of(known).state) == ("repeat", "waiting")


def test_page_of_a_queue_costs_the_same_however_long_it_is(panel: panels.Panel) -> None:
    def statements() -> int:
        db.session.expire_all()
        with listed.statements() as sent:
            waiting.page_of_queue(panel.coordinating, DVA, waiting.READY)
        return len(sent)

    panels.make_accepted(panel)
    db.session.commit()
    few = statements()
    for name in ("Iyer", "Rahman", "Kowalczyk"):
        panels.make_accepted(panel, surname=name)
    db.session.commit()

    assert statements() == few
