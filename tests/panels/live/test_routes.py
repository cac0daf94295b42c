"""The pages of the live meeting, without a browser and without scripts."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from casework.accounts import sessions
from casework.accounts.models import User
from casework.cases import service as cases
from casework.extensions import db, now
from casework.forms import today
from casework.panels.live import interests, notes
from casework.panels.live import service as live
from casework.panels.models import Action, AgendaItem, Attendance, Decision, Interest, Meeting, Telling
from tests.support import makers, panels
from tests.support.listed import statements

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
TWELVE = (
    *panels.KINDS,
    *("probation", "adult_social_care", "primary_care", "secondary_care", "mental_health"),
    *("substance_misuse", "education", "voluntary_other"),
)


@pytest.fixture
def panel(app: Flask) -> panels.Panel:
    return panels.make_panel()


@pytest.fixture
def meeting(panel: panels.Panel) -> Meeting:
    meeting = panels.make_meeting(panel, state="circulated")
    for surname in ("Okonjo", "Iyer", "Marsh"):
        panels.make_item(panel, meeting, panels.make_accepted(panel, surname=surname))
    return meeting


def items(meeting: Meeting) -> list[AgendaItem]:
    query = select(AgendaItem).where(AgendaItem.meeting_id == meeting.id).order_by(AgendaItem.position)
    return list(db.session.scalars(query))


def opened(client: FlaskClient, panel: panels.Panel, meeting: Meeting) -> str:
    """The chair has opened the meeting; returns where its pages are."""
    makers.sign_in(client, panel.chair)
    at = f"/meetings/{meeting.id}"
    assert client.post(f"{at}/live/open", data={"version": meeting.version}).status_code == 302
    return at


def another(client: FlaskClient, user: User) -> FlaskClient:
    """The browser of somebody else, signed in."""
    other = client.application.test_client()
    makers.sign_in(other, user)
    return other


def words(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def test_chair_goes_from_case_to_case_and_back_to_the_order(
    panel: panels.Panel, meeting: Meeting, client: FlaskClient
) -> None:
    at = opened(client, panel, meeting)
    first, second, third = (item.id for item in items(meeting))

    assert client.post(f"{at}/live/next", data={"after": ""}).location.endswith(str(first))
    page = words(client, f"{at}/live/{first}")
    assert "Case 1 of 3" in page
    assert "10 minutes left" in page

    typed = {
        **{f"version-{part}": 0 for part in notes.PARTS},
        "discussion": "Police: two calls",
        "act": "next",
    }
    assert client.post(f"{at}/live/{first}/notes", data=typed).location.endswith(str(second))
    assert "Police: two calls" in words(client, f"{at}/live/{first}")

    for item in (first, second, third):
        sent = {"outcome": "no_action", "rationale": "No risk is left", "version": 0}
        assert client.post(f"{at}/live/{item}/decision", data=sent).status_code == 302
    end = client.post(f"{at}/live/next", data={"after": str(third)})
    assert end.location.endswith("/live")
    assert words(client, f"{at}/live").count("Decided") == 3


def test_clock_counts_what_was_discussed_and_stops_with_the_next_case(
    panel: panels.Panel, meeting: Meeting, client: FlaskClient
) -> None:
    at = opened(client, panel, meeting)
    first, second, _ = items(meeting)
    live.begin(panel.chairing, first)
    first.began_at_utc = now() - timedelta(minutes=4)
    makers.commit()

    assert "6 minutes left" in words(client, f"{at}/live/{first.id}")
    client.post(f"{at}/live/{second.id}/begin")

    stopped = db.session.get_one(AgendaItem, first.id)
    assert 240 <= stopped.seconds < 300
    assert stopped.began_at_utc is None
    answer = client.get(f"{at}/live/{second.id}/now").get_json()
    assert answer["running"] is True
    assert answer["parts"] == {"discussion": 0, "summary": 0, "views": 0}


def test_action_is_captured_and_an_absent_agency_has_to_accept_it(
    panel: panels.Panel, meeting: Meeting, client: FlaskClient
) -> None:
    at = opened(client, panel, meeting)
    item = items(meeting)[0].id
    police = panel.agencies["police"].id
    sent = {"text": "Patrol at night", "risk": "He comes at night", "due": "week"}

    wrong = client.post(f"{at}/live/{item}/actions", data={**sent, "owner": ""})
    assert wrong.status_code == 422
    assert "Select who does it" in wrong.get_data(as_text=True)
    assert "Patrol at night" in wrong.get_data(as_text=True)
    done = client.post(
        f"{at}/live/{item}/actions", data={**sent, "owner": f"{police}:{panel.members['police'].id}"}
    )

    assert done.location.endswith("#actions")
    assert "They are not here: they have to accept it" in words(client, done.location)
    (action,) = db.session.scalars(select(Action)).all()
    assert (action.acceptance, action.due_on) == ("awaited", today() + timedelta(days=7))


def test_who_tells_the_person_is_agreed_and_said_to_be_done(
    panel: panels.Panel, meeting: Meeting, client: FlaskClient
) -> None:
    at = opened(client, panel, meeting)
    item = items(meeting)[0]
    subject, member = item.case.subject_id, panel.members["domestic_abuse_service"]
    owner = f"{panel.agencies['domestic_abuse_service'].id}:{member.id}"
    sent = {"owner": owner, "what": "The plan", "how": "By phone at work", "due": "tomorrow"}
    harming = next(part.person_id for part in item.case.involvements if part.role == "perpetrator")

    assert client.post(f"{at}/live/{item.id}/telling", data={**sent, "person": harming}).status_code == 422
    assert client.post(f"{at}/live/{item.id}/telling", data={**sent, "person": subject}).status_code == 302
    (telling,) = db.session.scalars(select(Telling)).all()

    client = another(client, member)
    said = {"done_on-day": today().day, "done_on-month": today().month, "done_on-year": today().year}
    done = client.post(f"/tellings/{telling.id}", data={**said, "outcome": "She agrees", "version": 1})
    assert done.status_code == 302
    assert (telling.done_on, telling.outcome) == (today(), "She agrees")
    client = another(client, panel.members["police"])
    refused = client.post(f"/tellings/{telling.id}", data={**said, "outcome": "No", "version": 2})
    assert refused.status_code == 403


def test_clash_without_scripts_shows_both_texts_and_keeps_the_rest(
    panel: panels.Panel, meeting: Meeting, client: FlaskClient
) -> None:
    at = opened(client, panel, meeting)
    item = items(meeting)[0]
    notes.write(panel.coordinating, item, "discussion", "She has moved to Luton", version=0)
    typed = {**{f"version-{part}": 0 for part in notes.PARTS}, "discussion": "He was seen", "summary": "High"}

    answer = client.post(f"{at}/live/{item.id}/notes", data=typed)

    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert "She has moved to Luton" in page
    assert "He was seen" in page
    assert notes.read(item)["summary"].text == "High"
    assert 'name="version-discussion" value="1"' in page


def test_script_that_clashes_is_told_both_texts(
    panel: panels.Panel, meeting: Meeting, client: FlaskClient
) -> None:
    at = opened(client, panel, meeting)
    item = items(meeting)[0]
    notes.write(panel.coordinating, item, "views", "She wants to stay", version=0)

    answer = client.post(f"{at}/live/{item.id}/notes/views", data={"text": "She wants to go", "version": 0})

    told = answer.get_json()
    assert (told["saved"], told["text"], told["version"]) == (False, "She wants to stay", 1)
    saved = client.post(
        f"{at}/live/{item.id}/notes/views", data={"text": "She wants to stay, or go", "version": 1}
    ).get_json()
    assert (saved["saved"], saved["version"]) == (True, 2)


def test_member_comes_in_on_the_day_and_not_before(
    panel: panels.Panel, meeting: Meeting, client: FlaskClient
) -> None:
    at = f"/meetings/{meeting.id}"
    member = another(client, panel.members["police"])

    assert "You can come in on the day" in words(member, f"{at}/room")
    assert member.post(f"{at}/room/confidentiality").status_code == 422
    assert db.session.scalar(select(Attendance.id).where(Attendance.meeting_id == meeting.id)) is None

    meeting.starts_at_utc = now()
    makers.commit()
    assert member.post(f"{at}/room/confidentiality").status_code == 302


def test_member_accepts_declares_and_follows(
    panel: panels.Panel, meeting: Meeting, client: FlaskClient
) -> None:
    at = opened(client, panel, meeting)
    first, second, _ = items(meeting)
    live.begin(panel.chairing, first)
    makers.commit()
    client = another(client, panel.members["police"])

    assert "Okonjo" not in words(client, f"{at}/room")
    client.post(f"{at}/room/confidentiality")
    page = words(client, f"{at}/room")
    assert "Now: case 1 of 3" in page
    before = client.get(f"{at}/room/now").get_json()["stamp"]
    sent = {"item": str(first.id), "nature": "He is my cousin"}
    assert client.post(f"{at}/room/interest", data=sent).status_code == 302

    page = words(client, f"{at}/room")
    assert "The panel is on other business" in page
    assert "Okonjo" not in page
    assert first.case.reference not in page
    hidden = client.get(f"{at}/room/now").get_json()["stamp"]
    assert hidden != before
    live.pause(panel.chairing, meeting)
    makers.commit()
    assert client.get(f"{at}/room/now").get_json()["stamp"] == hidden
    client.post(f"{at}/room/nothing")
    assert second.case.reference in words(client, f"{at}/room")
    for path in (f"/items/{first.id}", f"{at}/live/{first.id}"):
        assert client.get(path).status_code in (403, 404)
    (place,) = db.session.scalars(
        select(Attendance).where(Attendance.user_id == panel.members["police"].id)
    ).all()
    assert place.state == "present"
    assert place.nothing_to_declare_at_utc is not None


def test_chair_in_conflict_is_shown_a_meeting_without_the_case(
    panel: panels.Panel, meeting: Meeting, client: FlaskClient
) -> None:
    at = opened(client, panel, meeting)
    first, second, _ = items(meeting)
    deputy = makers.make_user("chair", panel.programme)
    meeting.deputy_chair_id = deputy.id
    reference = first.case.reference
    sent = {"item": str(first.id), "user": str(panel.chair.id), "nature": "A friend"}
    makers.commit()

    assert client.post(f"{at}/attendance/interest", data=sent).status_code == 302

    for path in (f"{at}/live", f"{at}/attendance", f"{at}/room"):
        assert reference not in words(client, path)
    assert "Case 1 of 2" in words(client, f"{at}/live/{second.id}")
    assert client.post(f"{at}/live/next", data={"after": ""}).location.endswith(str(second.id))
    assert client.get(f"{at}/live/{first.id}").status_code == 404

    client = another(client, deputy)
    assert "Case 1 of 3" in words(client, f"{at}/live/{first.id}")
    decided = {"outcome": "no_action", "rationale": "None", "version": 0}
    assert client.post(f"{at}/live/{first.id}/decision", data=decided).status_code == 302
    assert db.session.scalars(select(Decision.item_id)).all() == [first.id]


def test_nobody_to_chair_is_said_to_the_coordinator_before_the_meeting(
    panel: panels.Panel, meeting: Meeting, client: FlaskClient
) -> None:
    first = items(meeting)[0]
    cases.exclude(panel.coordinating, first.case, user_id=panel.chair.id, reason="A friend")
    assert interests.unled(panel.coordinating, meeting) == [first]
    makers.sign_in(client, panel.coordinator)

    assert f"Nobody can chair {first.case.reference}" in words(client, f"/meetings/{meeting.id}/live")


@ON_SQLITE
def test_following_a_meeting_keeps_no_session_alive(
    panel: panels.Panel, meeting: Meeting, client: FlaskClient
) -> None:
    at = opened(client, panel, meeting)
    long_ago = int((now() - timedelta(minutes=29)).timestamp())
    with client.session_transaction() as session:
        session[sessions.SEEN] = long_ago

    quiet = client.get(f"{at}/live/now", headers={"X-Casework-Quiet": "yes"})
    assert quiet.status_code == 200
    with client.session_transaction() as session:
        assert session[sessions.SEEN] == long_ago
    client.get(f"{at}/live")
    with client.session_transaction() as session:
        assert session[sessions.SEEN] > long_ago


@ON_SQLITE
def test_statements_do_not_grow_with_the_meeting(app: Flask, client: FlaskClient) -> None:
    panel = panels.make_panel(kinds=TWELVE)
    few = panels.make_meeting(panel, state="circulated")
    panels.make_item(panel, few, panels.make_accepted(panel, surname="Few"))
    many = panels.make_meeting(panel, state="circulated")
    for number in range(30):
        panels.make_item(panel, many, panels.make_accepted(panel, surname=f"Many{number}"))
    makers.sign_in(client, panel.chair)
    for meeting in (few, many):
        client.post(f"/meetings/{meeting.id}/live/open", data={"version": meeting.version})

    def counted(meeting: Meeting) -> dict[str, int]:
        at, item = f"/meetings/{meeting.id}", items(meeting)[0].id
        found = {}
        for path in ("/live", "/attendance", "/live/now", "/live/ITEM", "/live/ITEM/now", "/room"):
            with statements() as sent:
                assert client.get(at + path.replace("ITEM", str(item))).status_code == 200
            found[path] = len(sent)
        return found

    small, large = counted(few), counted(many)

    assert small == large
    assert large["/live/ITEM/now"] <= 12
    assert max(large.values()) <= 60


@ON_SQLITE
def test_interest_of_somebody_who_is_not_there_is_refused(
    panel: panels.Panel, meeting: Meeting, client: FlaskClient
) -> None:
    at = opened(client, panel, meeting)
    sent = {"item": str(items(meeting)[0].id), "user": str(uuid.uuid4()), "nature": "A friend"}

    assert client.post(f"{at}/attendance/interest", data=sent).status_code == 422
    assert db.session.scalars(select(Interest)).all() == []


@ON_SQLITE
def test_screen_of_a_case_taken_off_the_agenda_is_gone(
    client: FlaskClient, panel: panels.Panel, meeting: Meeting
) -> None:
    at, item = opened(client, panel, meeting), items(meeting)[0]
    item.state = "removed"
    db.session.commit()

    assert client.get(f"{at}/live/{item.id}").status_code == 404
    assert client.post(f"{at}/live/{item.id}/decision", data={"version": 0}).status_code == 404


@ON_SQLITE
def test_next_case_after_something_that_is_no_case_is_refused_in_words(
    client: FlaskClient, panel: panels.Panel, meeting: Meeting
) -> None:
    answer = client.post(f"{opened(client, panel, meeting)}/live/next", data={"after": "<script>"})

    assert answer.status_code == 422
    assert "Open the page of the meeting again" in answer.get_data(as_text=True)
