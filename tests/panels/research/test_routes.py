"""The pages of research, as their readers meet them. Every person is invented."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from casework.cases import service as cases
from casework.extensions import db
from casework.panels.models import AgendaItem, Research
from casework.panels.research import service as research
from tests.cases import makers as cases_of
from tests.support import makers, panels


@pytest.fixture
def panel(app: Flask) -> panels.Panel:
    return panels.make_panel()


@pytest.fixture
def item(panel: panels.Panel) -> AgendaItem:
    case = panels.make_accepted(panel, surname="Okonjo")
    item = panels.make_item(panel, panels.make_meeting(panel, state="circulated"), case, asked=())
    research.ask_all(panel.coordinating, item)
    return item


def asked_of(panel: panels.Panel, kind: str = "police") -> Research:
    return db.session.scalars(
        select(Research).where(Research.agency_id == panel.agencies[kind].id, Research.guest_name == "")
    ).one()


def answered(asked: Research, **more: str) -> dict[str, str]:
    """The form with everybody known or not, as a browser posts it."""
    subject = asked.item.case.subject_id
    form = {"version": str(asked.version)}
    for finding in asked.findings:
        form[f"known_{finding.person_id.hex}"] = "yes" if finding.person_id == subject else "no"
    return {**form, **{name.replace("SUBJECT", subject.hex): value for name, value in more.items()}}  # type: ignore[union-attr]


def text_of(client: FlaskClient, path: str, *, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return response.get_data(as_text=True)


def test_member_says_in_one_click_that_nobody_is_known_and_takes_it_back(
    client: FlaskClient, panel: panels.Panel, item: AgendaItem
) -> None:
    makers.sign_in(client, panel.members["police"])
    page = text_of(client, "/research")
    assert "Okonjo" in page
    asked = asked_of(panel)

    answer = client.post(f"/research/{asked.id}/nil", data={"version": asked.version})

    assert answer.status_code == 302
    assert asked_of(panel).state == "nil"
    assert "Take back" in text_of(client, "/research?state=returned")
    client.post(f"/research/{asked.id}/take-back", data={"version": asked_of(panel).version})
    assert asked_of(panel).state == "asked"


def test_member_returns_what_is_known_and_reads_the_item(
    client: FlaskClient, panel: panels.Panel, item: AgendaItem
) -> None:
    makers.sign_in(client, panel.members["police"])
    asked = asked_of(panel)
    assert "Is Ada Okonjo known to your agency?" in text_of(client, f"/research/{asked.id}")

    answer = client.post(f"/research/{asked.id}", data=answered(asked, facts_SUBJECT="Two calls in May"))

    assert answer.status_code == 302
    assert asked_of(panel).state == "returned"
    assert "Two calls in May" in text_of(client, f"/items/{asked_of(panel).item_id}")
    assert "Save the change" in text_of(client, f"/research/{asked.id}")


def test_half_done_research_is_kept_on_the_server(
    client: FlaskClient, panel: panels.Panel, item: AgendaItem
) -> None:
    makers.sign_in(client, panel.members["police"])
    asked = asked_of(panel)

    client.post(
        f"/research/{asked.id}", data={"version": asked.version, "comment": "Asked the desk", "act": "later"}
    )
    version = asked_of(panel).version
    client.post(f"/research/{asked.id}/typing", data={"version": version, "comment": "Asked the desk ag"})

    assert asked_of(panel).state == "asked"
    page = text_of(client, f"/research/{asked.id}")
    assert "Asked the desk ag" in page
    assert "Begun" in text_of(client, "/research")


def test_unanswered_question_is_named(client: FlaskClient, panel: panels.Panel, item: AgendaItem) -> None:
    makers.sign_in(client, panel.members["police"])
    asked = asked_of(panel)

    answer = client.post(f"/research/{asked.id}", data={"version": asked.version, "comment": "Typed"})

    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "Select whether Ada Okonjo is known" in page
    assert "Typed" in page


def test_second_of_two_colleagues_is_shown_both_versions(
    client: FlaskClient, panel: panels.Panel, item: AgendaItem
) -> None:
    asked = asked_of(panel)
    before = answered(asked, facts_SUBJECT="Two calls")
    makers.sign_in(client, panel.members["police"])
    client.post(f"/research/{asked.id}", data=before)
    makers.sign_in(client, panel.deputies["police"])

    answer = client.post(f"/research/{asked.id}", data={**before, "comment": "From the deputy"})

    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert "Both versions" in page
    assert "From the deputy" in page


def test_coordinator_records_what_was_told_by_telephone(
    client: FlaskClient, panel: panels.Panel, item: AgendaItem
) -> None:
    makers.sign_in(client, panel.coordinator)
    asked = asked_of(panel)

    without = client.post(f"/research/{asked.id}", data=answered(asked))
    assert without.status_code == 422
    answer = client.post(f"/research/{asked.id}", data=answered(asked, told_by="Sergeant Amis, by telephone"))

    assert answer.status_code == 302
    assert answer.location.endswith(f"/meetings/{asked_of(panel).item.meeting_id}/research")
    kept = asked_of(panel)
    assert (kept.state, kept.told_by) == ("returned", "Sergeant Amis, by telephone")
    assert kept.returned_by_id == panel.coordinator.id


def test_coordinator_sees_who_has_not_returned_and_reminds_them(
    client: FlaskClient, panel: panels.Panel, item: AgendaItem
) -> None:
    meeting = item.meeting_id
    makers.sign_in(client, panel.coordinator)
    assert "Remind all who have not returned" in text_of(client, f"/meetings/{meeting}/research")

    client.post(f"/meetings/{meeting}/research/chase", data={"agency": str(panel.agencies["police"].id)})

    assert asked_of(panel).chases == 1
    assert asked_of(panel, "housing_council").chases == 0
    assert "Reminded today" in text_of(client, f"/meetings/{meeting}/research")


def test_member_may_not_see_who_has_returned_nor_answer_for_another_agency(
    client: FlaskClient, panel: panels.Panel, item: AgendaItem
) -> None:
    meeting, other = item.meeting_id, asked_of(panel, "housing_council").id
    makers.sign_in(client, panel.members["police"])

    text_of(client, f"/meetings/{meeting}/research", status=403)
    text_of(client, f"/research/{other}", status=404)


def test_excluded_member_finds_nothing(client: FlaskClient, panel: panels.Panel, item: AgendaItem) -> None:
    asked = asked_of(panel)
    item_id, asked_id = item.id, asked.id
    cases.exclude(panel.coordinating, item.case, user_id=panel.members["police"].id, reason="A cousin")
    makers.sign_in(client, panel.members["police"])

    page = text_of(client, "/research")
    assert "Okonjo" not in page
    assert "To return (0)" in page
    for path in (f"/research/{asked_id}", f"/items/{item_id}", f"/research/{asked_id}/hand-over"):
        text_of(client, path, status=404)


# -- guests -----------------------------------------------------------------------------------------------


def invite(client: FlaskClient, panel: panels.Panel, item: AgendaItem) -> tuple[str, str]:
    """The path of a link and its code, for a school that is asked about the child."""
    school = makers.make_agency("Hendon Primary", "education")
    world = cases_of.World(item.case, panel.coordinating, panel.coordinating, {})
    child = cases_of.add_person(world, "child", "Pip", school="Hendon Primary")
    address, item_id = str(child.person_id), item.id
    makers.sign_in(client, panel.coordinator)
    answer = client.post(
        f"/items/{item_id}/guests",
        data={
            "agency": str(school.id),
            "name": "Mrs Hale, safeguarding lead",
            "people": [address],
            "question": "How has Pip been at school?",
        },
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200, page
    path = re.search(r"/invited/[\w-]+", page)
    code = re.search(r"app-code\">(\d{4} \d{4})<", page)
    assert path is not None
    assert code is not None
    return path[0], code[1]


def test_guest_is_told_nothing_before_code_and_confidentiality_and_then_only_of_their_people(
    app: Flask, panel: panels.Panel, item: AgendaItem
) -> None:
    path, code = invite(app.test_client(), panel, item)
    guest = app.test_client()

    first = text_of(guest, path)
    assert "Enter your code" in first
    assert "Okonjo" not in first + text_of(guest, path)
    assert guest.post(f"{path}/return", data={}).status_code == 404
    assert guest.post(f"{path}/code", data={"code": "1234 5678"}).status_code == 422
    assert guest.post(f"{path}/code", data={"code": code}).status_code == 302
    assert "Pip" not in text_of(guest, path)
    assert guest.post(f"{path}/accept", data={"accepts": "yes"}).status_code == 302

    page = text_of(guest, path)
    assert "How has Pip been at school?" in page
    assert "Ada Okonjo" not in page
    asked = db.session.scalars(select(Research).where(Research.guest_name != "")).one()
    child = asked.findings[0].person_id.hex
    form = {"version": asked.version, f"known_{child}": "yes", f"facts_{child}": "Tired and quiet"}
    assert guest.post(f"{path}/return", data=form).status_code == 302
    assert db.session.scalars(select(Research.state).where(Research.guest_name != "")).one() == "returned"


@pytest.mark.parametrize("how", ["heard", "withdrawn", "excluded", "wrong_codes"])
def test_guests_link_ends(app: Flask, panel: panels.Panel, item: AgendaItem, how: str) -> None:
    coordinator = app.test_client()
    path, code = invite(coordinator, panel, item)
    guest = app.test_client()
    asked = db.session.scalars(select(Research).where(Research.guest_name != "")).one()

    if how == "heard":
        asked.item.state = "heard"
        makers.commit()
    elif how == "withdrawn":
        coordinator.post(f"/research/{asked.id}/guest/withdraw")
    elif how == "excluded":
        cases.exclude(panel.coordinating, asked.item.case, agency_id=asked.agency_id, reason="A party")
    else:
        for _ in range(10):
            guest.post(f"{path}/code", data={"code": "1"})

    text_of(guest, path, status=404)
    assert guest.post(f"{path}/code", data={"code": code}).status_code == 404


def test_new_link_ends_the_old_one(app: Flask, panel: panels.Panel, item: AgendaItem) -> None:
    coordinator = app.test_client()
    path, _ = invite(coordinator, panel, item)
    asked = db.session.scalars(select(Research).where(Research.guest_name != "")).one()

    page = coordinator.post(f"/research/{asked.id}/guest/renew").get_data(as_text=True)

    text_of(app.test_client(), path, status=404)
    new = re.search(r"/invited/[\w-]+", page)
    assert new is not None
    text_of(app.test_client(), new[0])


def test_guest_list_is_for_those_who_run_the_meeting(
    client: FlaskClient, panel: panels.Panel, item: AgendaItem
) -> None:
    makers.sign_in(client, panel.members["police"])

    text_of(client, f"/items/{item.id}/guests", status=403)
