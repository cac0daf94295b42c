"""What becomes of an action: accepted, ended, verified or sent back, handed over, moved; nothing silently."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from casework.errors import Conflict, Invalid, Refused
from casework.extensions import db
from casework.forms import today
from casework.panels.actions import progress
from casework.panels.models import Action
from tests.panels.actions.test_service import make_item, set_one
from tests.support import makers, panels

EFFECT = {"effect": "helped", "words": "She says he has kept away"}


@pytest.fixture
def panel(app: Flask) -> panels.Panel:
    return panels.make_panel()


def end(
    panel: panels.Panel, action: Action, outcome: str = "done", kind: str = "police", **more: Any
) -> None:
    given = {"words": "Visited, report filed", "done_on": today(), **more}
    progress.end(panel.member(kind), action, outcome=outcome, version=action.version, **given)


def what(panel: panels.Panel, action: Action) -> list[str]:
    return [each.what for each in progress.history(panel.chairing, action)]


@pytest.mark.parametrize(("days", "state"), [(0, "done"), (1, "done"), (2, "done_late")])
def test_done_late_follows_from_the_day(app: Flask, days: int, state: str) -> None:
    with time_machine.travel(datetime(2026, 3, 2, 12, tzinfo=UTC), tick=False) as clock:
        panel = panels.make_panel()
        action = set_one(panel, make_item(panel), due_on=date(2026, 3, 3))
        clock.move_to(datetime(2026, 3, 9, 12, tzinfo=UTC))

        end(panel, action, done_on=date(2026, 3, 2) + timedelta(days=days))

    assert (action.state, action.ended_on) == (state, date(2026, 3, 2) + timedelta(days=days))


@pytest.mark.parametrize(
    ("moment", "state"),
    [
        (datetime(2026, 3, 28, 23, 59, tzinfo=UTC), "done"),  # still the 28th in London
        (datetime(2026, 3, 29, 23, 30, tzinfo=UTC), "done_late"),  # summer time began: it is the 30th there
        (datetime(2026, 10, 24, 23, 30, tzinfo=UTC), "done"),  # half past midnight on the 25th in London
        (datetime(2026, 10, 25, 23, 30, tzinfo=UTC), "done"),  # winter time: it is still the 25th
    ],
)
def test_the_day_is_londons_on_both_sides_of_a_change_of_the_clocks(
    app: Flask, moment: datetime, state: str
) -> None:
    with time_machine.travel(moment - timedelta(days=3), tick=False) as clock:
        panel = panels.make_panel()
        due = date(2026, 3, 29) if moment.month == 3 else date(2026, 10, 25)
        action = set_one(panel, make_item(panel), due_on=due)
        clock.move_to(moment)
        end(panel, action, done_on=today())
        assert action.state == state


def test_an_end_needs_words_and_a_possible_day(panel: panels.Panel) -> None:
    action = set_one(panel, make_item(panel))

    for wrong, field in (
        ({"words": "  "}, "words"),
        ({"done_on": today() + timedelta(days=1)}, "done_on"),
        ({"done_on": today() - timedelta(days=1)}, "done_on"),
        ({"outcome": "superseded"}, "superseded_by"),
        ({"outcome": "done_late"}, "outcome"),
    ):
        with pytest.raises(Invalid) as fault:
            end(panel, action, **wrong)
        assert set(fault.value.errors) == {field}
    assert action.state == "open"


def test_impossible_is_not_the_same_as_not_done_and_another_may_take_its_place(panel: panels.Panel) -> None:
    item = make_item(panel)
    first, second, third = set_one(panel, item), set_one(panel, item), set_one(panel, item)

    end(panel, first, "not_done", words="Nobody was free")
    end(panel, second, "no_longer_possible", words="She has moved to Leeds")
    end(panel, third, "superseded", words="One visit for both", superseded_by=first.id)

    assert [each.state for each in (first, second, third)] == [
        "not_done",
        "no_longer_possible",
        "superseded",
    ]
    assert third.superseded_by_id == first.id


def test_somebody_else_verifies_and_says_what_it_did(panel: panels.Panel) -> None:
    own = set_one(
        panel,
        make_item(panel),
        owner_id=panel.coordinator.id,
        agency_id=makers.make_agency("Host Agency").id,
    )
    progress.end(panel.coordinating, own, outcome="done", words="Rang", done_on=today(), version=own.version)
    with pytest.raises(Refused):
        progress.verify(panel.coordinating, own, **EFFECT, version=own.version)
    with pytest.raises(Refused):
        progress.verify(panel.member("police"), own, **EFFECT, version=own.version)
    with pytest.raises(Invalid):
        progress.verify(panel.chairing, own, effect=None, words=None, version=own.version)

    progress.verify(panel.chairing, own, **EFFECT, version=own.version)

    assert (own.effect, own.verified_on, own.verified_by_id) == ("helped", today(), panel.chair.id)
    progress.rate(panel.chairing, own, effect="made_worse", words="Seen at the repeat", version=own.version)
    assert own.effect == "made_worse"
    assert what(panel, own)[:2] == ["rated", "verified"]


def test_what_does_not_hold_is_sent_back_and_stays_in_the_history(panel: panels.Panel) -> None:
    action = set_one(panel, make_item(panel))
    end(panel, action, words="Visited on Monday")

    progress.send_back(panel.chairing, action, words="The wrong address", version=action.version)

    assert (action.state, action.ended_on, action.result) == ("open", None, None)
    said = {each.what: each.words for each in progress.history(panel.chairing, action)}
    assert said["ended"] == "Visited on Monday"
    assert said["sent_back"] == "The wrong address"


def test_an_agency_that_was_away_accepts_or_refuses_with_its_reason(panel: panels.Panel) -> None:
    item = make_item(panel)
    taken, refused = set_one(panel, item, "housing_council"), set_one(panel, item, "housing_council")
    housing = panel.member("housing_council")

    progress.answer(housing, taken, accepted=True, words=None, version=taken.version)
    with pytest.raises(Invalid):
        progress.answer(housing, refused, accepted=False, words=None, version=refused.version)
    progress.answer(housing, refused, accepted=False, words="Not our tenant", version=refused.version)

    assert (taken.acceptance, refused.acceptance) == ("accepted", "refused")
    with pytest.raises(Refused):
        end(panel, refused, kind="housing_council")
    with pytest.raises(Invalid):
        progress.answer(panel.chairing, refused, accepted=True, words=None, version=refused.version)
    police = panel.agencies["police"].id
    progress.give(
        panel.chairing,
        refused,
        agency_id=police,
        owner_id=panel.members["police"].id,
        owner_name=None,
        reason="A police matter",
        version=refused.version,
    )
    assert (refused.agency_id, refused.acceptance) == (police, "awaited")
    assert what(panel, refused)[:2] == ["given", "refused"]


def test_a_due_date_moves_with_a_reason_and_keeps_the_old_one(panel: panels.Panel) -> None:
    action = set_one(panel, make_item(panel))
    before, later = action.due_on, action.due_on + timedelta(days=10)
    with pytest.raises(Refused):
        progress.move(panel.member("police"), action, due_on=later, reason="Busy", version=action.version)

    progress.move(panel.chairing, action, due_on=later, reason="She is away", version=action.version)

    moved = progress.history(panel.chairing, action)[0]
    assert (action.due_on, moved.due_before, moved.words) == (later, before, "She is away")


def test_an_action_is_handed_over_within_its_agency_only(panel: panels.Panel) -> None:
    action = set_one(panel, make_item(panel))
    deputy, stranger = panel.deputies["police"], panel.members["housing_council"]
    given: dict[str, Any] = {"owner_name": None, "reason": "On leave"}
    with pytest.raises(Invalid):
        progress.hand_over(
            panel.member("police"), action, owner_id=stranger.id, version=action.version, **given
        )

    progress.hand_over(panel.member("police"), action, owner_id=deputy.id, version=action.version, **given)

    assert action.owner_id == deputy.id
    assert deputy.name in (progress.history(panel.chairing, action)[0].words or "")


def test_two_who_end_it_at_once_both_see_both_versions(panel: panels.Panel) -> None:
    action = set_one(panel, make_item(panel))
    seen = action.version
    end(panel, action, words="Visited")
    progress.say(panel.member("police"), action, "The report is at the desk")

    with pytest.raises(Conflict) as fault:
        progress.end(
            panel.chairing, action, outcome="not_done", words="Nobody went", done_on=None, version=seen
        )

    assert fault.value.stored["Words"] == "Visited"
    assert fault.value.submitted["Words"] == "Nobody went"
    db.session.flush()
    assert action.state == "done"
