"""What agencies answer. Every person is invented."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from sqlalchemy import select

from casework.cases import service as cases
from casework.errors import Conflict, Invalid
from casework.extensions import db, now
from casework.panels.models import Research
from casework.panels.research import listing as research_list
from casework.panels.research import returns
from casework.panels.research import service as research
from casework.panels.research.returns import Answers, Knows
from tests.support import makers, panels


@pytest.fixture
def panel(app: Flask) -> panels.Panel:
    return panels.make_panel()


def make_research(panel: panels.Panel, kind: str = "police") -> Research:
    meeting = panels.make_meeting(panel, state="circulated")
    item = panels.make_item(panel, meeting, panels.make_accepted(panel), asked=())
    return panels.make_research(panel, item, kind)


def answers(asked: Research, *, known: bool | None = True, facts: str | None = None, **more: str) -> Answers:
    people = [each.person.id for each in returns.people(asked)]
    return Answers({people[0]: Knows(known, facts=facts), people[1]: Knows(False)}, **more)


def test_half_done_research_is_kept_and_not_returned(panel: panels.Panel) -> None:
    asked = make_research(panel)

    returns.save(
        panel.member("police"), asked, answers(asked, known=None, proposed="Visit"), version=asked.version
    )

    assert (asked.state, asked.proposed) == ("asked", "Visit")
    with pytest.raises(Invalid):
        returns.give(panel.member("police"), asked, answers(asked, known=None), version=asked.version)


def test_returning_that_nobody_is_known_is_a_nil_return(panel: panels.Panel) -> None:
    asked = make_research(panel)

    returns.give(panel.member("police"), asked, answers(asked, known=False), version=asked.version)

    assert asked.state == "nil"


def test_nil_return_is_one_act_and_is_taken_back_until_the_meeting_opens(panel: panels.Panel) -> None:
    asked = make_research(panel)
    member = panel.member("police")
    returns.give_nil(member, asked, version=asked.version)
    assert asked.state == "nil"
    assert asked.returned_by_id == member.id

    returns.take_back(member, asked, version=asked.version)
    assert (asked.state, asked.returned_at_utc) == ("asked", None)

    returns.give_nil(member, asked, version=asked.version)
    asked.item.meeting.opened_at_utc = now()
    with pytest.raises(Invalid):
        returns.take_back(member, asked, version=asked.version)


def test_nil_return_never_hides_what_was_entered(panel: panels.Panel) -> None:
    asked = make_research(panel)
    returns.save(panel.member("police"), asked, answers(asked, facts="Two calls"), version=asked.version)

    with pytest.raises(Invalid):
        returns.give_nil(panel.member("police"), asked, version=asked.version)


def test_two_colleagues_at_once_lose_nothing(panel: panels.Panel) -> None:
    asked = make_research(panel)
    read_at = asked.version
    returns.save(panel.member("police"), asked, answers(asked, facts="Two calls in May"), version=read_at)
    colleague = makers.actor_of(panel.deputies["police"])

    with pytest.raises(Conflict) as conflict:
        returns.give(colleague, asked, answers(asked, facts="A call in June"), version=read_at)

    name = returns.people(asked)[0].person.name
    assert conflict.value.stored[f"{name}: Facts that bear on risk"] == "Two calls in May"
    assert conflict.value.submitted[f"{name}: Facts that bear on risk"] == "A call in June"


def test_change_after_the_return_keeps_its_history_until_the_item_is_heard(panel: panels.Panel) -> None:
    asked = make_research(panel)
    member = panel.member("police")
    returns.give(member, asked, answers(asked, facts="Two calls"), version=asked.version)

    returns.give(
        member, asked, answers(asked, facts="Three calls"), version=asked.version, reason="A late log"
    )

    name = returns.people(asked)[0].person.name
    kept = returns.history(asked)[0]
    assert kept.before == {f"{name}: Facts that bear on risk": "Two calls"}
    assert kept.after == {f"{name}: Facts that bear on risk": "Three calls"}
    assert kept.reason == "A late log"
    asked.item.state = "heard"
    with pytest.raises(Invalid):
        returns.give(member, asked, answers(asked), version=asked.version)


def test_what_is_typed_is_kept_for_whoever_typed_it_and_makes_no_new_version(panel: panels.Panel) -> None:
    asked = make_research(panel)
    member, colleague = panel.member("police"), makers.actor_of(panel.deputies["police"])
    version = asked.version

    returns.keep_typing(member, asked, {"comment": "Half a sen"}, version=version)

    assert asked.version == version
    assert returns.typing(member, asked) == {"comment": "Half a sen"}
    assert returns.typing(colleague, asked) is None
    returns.save(member, asked, answers(asked, comment="A sentence"), version=version)
    assert returns.typing(member, asked) is None


def test_request_is_handed_to_a_colleague_who_may_know(panel: panels.Panel) -> None:
    asked = make_research(panel)
    member, deputy = panel.member("police"), panel.deputies["police"]
    other = makers.make_user("panel_member", panel.programme, agency=panel.agencies["police"])
    cases.exclude(panel.coordinating, asked.item.case, user_id=other.id, reason="A cousin")

    assert [user.id for user in returns.colleagues(member, asked)] == [deputy.id]
    returns.hand_over(member, asked, deputy.id, version=asked.version)

    assert asked.assigned_to_id == deputy.id
    with pytest.raises(Invalid):
        returns.hand_over(member, asked, other.id, version=asked.version)


def test_list_holds_what_is_out_and_nothing_that_is_hidden(panel: panels.Panel) -> None:
    first, second = make_research(panel), make_research(panel)
    second.due_on = second.due_on.replace(year=second.due_on.year - 1)
    member = panel.member("police")
    returns.give_nil(member, first, version=first.version)

    assert [row.research.id for row in research_list.page_of_mine(member, "due").rows] == [second.id]
    assert research_list.counts(member) == research_list.Counts(due=1, overdue=1, returned=1)

    cases.exclude(panel.coordinating, second.item.case, user_id=member.id, reason="A cousin")

    assert research_list.page_of_mine(member, "due").rows == []
    assert research_list.counts(member) == research_list.Counts(due=0, overdue=0, returned=1)
    assert research_list.counts(panel.member("housing_council")).due == 0


def test_twenty_five_members_save_at_once(app: Flask) -> None:
    panel = panels.make_panel(kinds=("police",))
    item = panels.make_item(
        panel, panels.make_meeting(panel, state="circulated"), panels.make_accepted(panel), asked=()
    )
    everybody = []
    for number in range(25):
        agency = makers.make_agency(f"Agency at once {number}")
        user = makers.make_user("panel_member", panel.programme, agency=agency)
        asked = Research(
            case_id=item.case_id,
            programme=panel.programme,
            item_id=item.id,
            agency_id=agency.id,
            assigned_to_id=user.id,
            due_on=research.due_day(item.meeting, 2),
        )
        db.session.add(asked)
        db.session.flush()
        research.add_findings(asked)
        everybody.append((makers.actor_of(user), asked.id))
    makers.commit()
    faults: list[BaseException] = []
    start = threading.Barrier(25)

    def save(actor: object, row: object) -> None:
        try:
            with app.app_context():
                start.wait(60)
                asked = db.session.get_one(Research, row)
                returns.give(actor, asked, answers(asked, facts="Known"), version=asked.version)  # type: ignore[arg-type]
                db.session.commit()
                db.session.remove()
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=save, args=each) for each in everybody]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not faults
    states = db.session.scalars(select(Research.state).execution_options(populate_existing=True)).all()
    assert states == ["returned"] * 25
