"""What follows from a decision, by the rules of each programme as its file has them."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from casework.access import policy
from casework.access.vocabulary import Permission
from casework.cases import entries, stages
from casework.cases.models import Case, Entry, Task
from casework.errors import Conflict, Invalid
from casework.extensions import db, now
from casework.forms import today
from casework.panels.actions import service as actions
from casework.panels.live import decisions, reconsidering
from casework.panels.live import service as live
from casework.panels.live.decisions import Onward, Words
from casework.panels.live.reconsidering import Answer
from casework.panels.minutes import drafting
from casework.panels.models import AgendaItem, Decision, Meeting, QueueEntry
from casework.panels.queue import service as queue
from casework.people.models import Person
from casework.programmes import shelf
from casework.referrals.models import Referral
from tests.support import makers, panels

DVA, CHANNEL, COMMUNITY = "dva_marac", "channel", "community_marac"
WHY = "The risk is high and shared"


def heard_at(programme: str, *, stage: str | None = None) -> tuple[panels.Panel, AgendaItem]:
    """A case on the agenda of an open meeting, waiting for the panel; in a further stage if one is named."""
    panel = panels.make_panel(programme)
    case = panels.make_accepted(panel)
    for each in filter(None, ("panel" if programme == CHANNEL else None, stage)):
        if case.stage != each:
            stages.move(panel.coordinating, case, each, reason="As agreed", version=case.version)
    meeting = panels.make_meeting(panel, state="open")
    item = panels.make_item(panel, meeting, case, asked=())
    entry = queue.open_entry(case)
    if entry is not None:
        item.queue_entry_id = entry.id
        queue.listed(panel.coordinating, entry)
    live.begin(panel.chairing, item)
    return panel, item


def decide(panel: panels.Panel, item: AgendaItem, outcome: str, **more: object) -> Decision:
    return decisions.decide(panel.coordinating, item, Words(outcome, WHY), **more)  # type: ignore[arg-type]


def open_entries(case: Case) -> list[QueueEntry]:
    query = select(QueueEntry).where(QueueEntry.case_id == case.id, QueueEntry.state.in_(queue.OPEN))
    return list(db.session.scalars(query))


def tasks_of(case: Case) -> list[str]:
    query = select(Task).where(
        Task.case_id == case.id, Task.kind == decisions.FOLLOW_UP, Task.done_at_utc.is_(None)
    )
    return [task.text or "" for task in db.session.scalars(query)]


# programme, decision, whether it was heard, the stage after it, and as what it waits for the panel again
FOLLOWS = (
    (DVA, "actions_set", True, "heard", None),
    (DVA, "no_action", True, "heard", None),
    (DVA, "withdrawn", False, "closed", None),
    (DVA, "transferred", False, "closed", None),
    (DVA, "deferred", False, "listed", "waiting"),
    (COMMUNITY, "plan_set", True, "plan", "waiting"),
    (COMMUNITY, "close", True, "closed", None),
    (COMMUNITY, "deferred", False, "listed", "waiting"),
    (CHANNEL, "not_adopt", True, "closed", None),
    (CHANNEL, "more_information", True, "gathering", "waiting"),
)


@pytest.mark.parametrize(("programme", "outcome", "heard", "stage", "waits"), FOLLOWS)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_decision_has_the_effects_that_its_programme_names(
    app: Flask, programme: str, outcome: str, heard: bool, stage: str, waits: str | None
) -> None:
    panel, item = heard_at(programme)

    decision = decide(panel, item, outcome)

    assert decision.heard is heard
    assert item.state == ("heard" if heard else "not_heard")
    assert item.case.heard_on == (today() if heard else None)
    assert item.case.stage == stage
    assert [entry.state for entry in open_entries(item.case)] == ([waits] if waits else [])
    assert tasks_of(item.case) == []


def test_decision_stands_and_a_task_says_what_is_missing(app: Flask) -> None:
    panel, item = heard_at(CHANNEL)

    decision = decide(panel, item, "adopt")

    assert decision.outcome == "adopt"
    assert item.case.stage == "panel"
    assert item.case.heard_on == today()
    (task,) = tasks_of(item.case)
    assert "“Adopt”" in task
    assert "a risk assessment is recorded" in task


def test_decision_to_refer_elsewhere_records_what_is_shared_with_whom_and_why(app: Flask) -> None:
    panel, item = heard_at(DVA)

    with pytest.raises(Invalid) as refusal:
        decide(panel, item, "referred_on")
    assert {"onward_destination", "onward_text", "onward_basis", "onward_why"} <= refusal.value.errors.keys()
    destination = shelf.programme(DVA).codes_on("destination", today())[0].id
    basis = shelf.programme(DVA).codes_on("sharing_basis", today())[0].id
    decide(
        panel,
        item,
        "referred_on",
        onward=Onward(
            destination, "MAPPA coordinator", "Her name and the threats", basis, "He is managed there"
        ),
    )

    entry = db.session.scalars(
        select(Entry).where(Entry.case_id == item.case_id, Entry.kind == "onward")
    ).one()
    assert (entry.whom, entry.text, entry.status) == ("MAPPA coordinator", "Her name and the threats", "sent")
    minuted = drafting.of_item(item).text
    assert "Referred to: MAPPA coordinator." in minuted
    assert "What is shared: Her name and the threats." in minuted
    assert f"Basis: {shelf.programme(DVA).list('sharing_basis').label(basis)}." in minuted


def test_gate_stops_an_onward_referral_to_whoever_must_not_know(app: Flask) -> None:
    panel, item = heard_at(DVA)
    harming = next(part.person for part in item.case.involvements if part.role == "perpetrator")
    destination = shelf.programme(DVA).codes_on("destination", today())[0].id
    basis = shelf.programme(DVA).codes_on("sharing_basis", today())[0].id

    with pytest.raises(Invalid) as refusal:
        decide(
            panel,
            item,
            "referred_on",
            onward=Onward(destination, harming.name, "Her new address", basis, "He asked"),
        )

    assert "onward_whom" in refusal.value.errors


def test_another_panel_gets_what_was_shared_and_the_sender_cannot_follow_it(app: Flask) -> None:
    panel, item = heard_at(DVA)
    theirs = makers.make_actor("coordinator", COMMUNITY)
    destination = shelf.programme(DVA).codes_on("destination", today())[0].id
    basis = shelf.programme(DVA).codes_on("sharing_basis", today())[0].id

    decide(
        panel,
        item,
        "referred_on",
        onward=Onward(
            destination, None, "Noise and threats on the stairs", basis, "They can act", programme=COMMUNITY
        ),
    )

    (arrived,) = db.session.scalars(policy.visible(theirs, Referral))
    assert arrived.narrative == "Noise and threats on the stairs"
    assert arrived.case.subject is not None
    assert arrived.case.subject.name == item.case.subject.name  # type: ignore[union-attr]
    assert arrived.case.subject_id != item.case.subject_id
    for model in (Referral, Case, Person):
        seen = {row.id for row in db.session.scalars(policy.visible(panel.coordinating, model))}
        assert not seen & {arrived.id, arrived.case_id, arrived.case.subject_id}
    assert arrived.referring_agency_id is None
    assert not policy.decide(panel.coordinating, Permission.CASE_VIEW, arrived.case)


def test_decision_needs_its_reasons(app: Flask) -> None:
    panel, item = heard_at(DVA)

    with pytest.raises(Invalid) as refusal:
        decisions.decide(panel.chairing, item, Words("actions_set", " "))

    assert "rationale" in refusal.value.errors
    assert decisions.of_item(item) is None


def test_correction_keeps_what_was_decided_before(app: Flask) -> None:
    panel, item = heard_at(DVA)
    decision = decide(panel, item, "no_action")

    with pytest.raises(Invalid):
        decide(panel, item, "actions_set", version=decision.version)
    decide(panel, item, "actions_set", version=decision.version, reason="Misheard")

    (change,) = entries.amendments(panel.chairing, decision)
    assert change.reason == "Misheard"
    assert change.before == {"Decision": "Heard: no action needed"}
    assert change.after == {"Decision": "Heard: actions set"}


def test_second_of_two_who_decide_at_once_is_shown_both(app: Flask) -> None:
    panel, item = heard_at(DVA)
    decide(panel, item, "no_action")

    with pytest.raises(Conflict) as clash:
        decide(panel, item, "actions_set")

    assert clash.value.stored["Decision"] == "Heard: no action needed"
    assert clash.value.submitted["Decision"] == "Heard: actions set"


def test_repeat_is_decided_once_the_last_plan_was_answered(app: Flask) -> None:
    panel, item = heard_at(DVA)
    before = panels.make_meeting(panel, state="ended", starts_at=now() - timedelta(days=90))
    earlier = panels.make_item(panel, before, panels.make_accepted(panel, surname="Okonjo-Before"), asked=())
    plan = [_action(panel, earlier, text) for text in ("Fit a lock", "See the GP")]
    item.earlier_id = earlier.id
    db.session.flush()

    with pytest.raises(Invalid) as refusal:
        decide(panel, item, "actions_set")
    assert "2 actions not answered" in refusal.value.errors["outcome"][0]
    with pytest.raises(Invalid):
        reconsidering.answer(panel.chairing, item, {plan[0]: Answer("keep")})
    reconsidering.answer(
        panel.chairing,
        item,
        {plan[0]: Answer("keep", "It was never fitted"), plan[1]: Answer("drop", "Done")},
    )

    decide(panel, item, "actions_set")
    kept = reconsidering.rows(panel.chairing, item)[0].answer
    assert kept is not None
    assert (kept.answer, kept.why) == ("keep", "It was never fitted")


def _action(panel: panels.Panel, item: AgendaItem, text: str) -> uuid.UUID:
    return actions.set_action(
        panel.chairing,
        item,
        text=text,
        risk="He comes at night",
        agency_id=panel.agencies["police"].id,
        owner_id=panel.members["police"].id,
        due_on=today(),
    ).id


def test_case_not_reached_waits_again_when_the_meeting_ends(app: Flask) -> None:
    panel, item = heard_at(DVA)
    meeting: Meeting = item.meeting

    live.end_meeting(panel.chairing, meeting, meeting.version)

    assert item.state == "not_heard"
    assert [entry.state for entry in open_entries(item.case)] == ["waiting"]
    assert item.seconds >= 0
    assert item.began_at_utc is None
