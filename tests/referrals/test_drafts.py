"""Referrals half filled in."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select, text

from casework.audit.models import AuditEntry
from casework.crypto.vault import DataKey
from casework.errors import Conflict, NotFound, Refused
from casework.extensions import now
from casework.referrals import drafts
from casework.referrals.models import Draft
from tests.referrals.filling import begin, form_of
from tests.support.makers import ASB, actor_of, commit, make_actor, make_user, sign_in


@pytest.fixture
def coordinator(app, client):
    user = make_user("coordinator")
    sign_in(client, user)
    return user


def page_of(draft_id: uuid.UUID, page: str = "narrative") -> str:
    return f"/referrals/drafts/{draft_id}/pages/{page}"


def test_drafts_page_lists_own_drafts_without_a_name(coordinator, client):
    draft_id = begin(client, ASB)
    text_ = client.get("/referrals/drafts").get_data(as_text=True)
    assert str(draft_id) in text_
    assert "ASB victim support" in text_
    assert "Okonjo" not in text_


def test_draft_of_somebody_else_is_not_found(app, coordinator, client):
    draft_id = begin(client, ASB)
    theirs = app.test_client()
    sign_in(theirs, make_user("coordinator"))
    assert str(draft_id) not in theirs.get("/referrals/drafts").get_data(as_text=True)
    for path in ("", "/pages/narrative", "/people", "/check", "/match/1"):
        assert theirs.get(f"/referrals/drafts/{draft_id}{path}").status_code == 404, path
    for path in ("/discard", "/check", "/pages/narrative/typing", "/people/1/remove"):
        assert theirs.post(f"/referrals/drafts/{draft_id}{path}").status_code == 404, path


def test_what_was_typed_lies_sealed(coordinator, client, session):
    draft_id = begin(client, ASB)
    client.post(page_of(draft_id), data={"narrative": "Noise from the Zebrawood flat", "version": 0})
    stored = session.execute(text("SELECT sealed FROM draft")).scalar_one()
    assert b"Zebrawood" not in bytes(stored)
    assert b"Okonjo" not in bytes(stored)


def test_second_tab_is_shown_both_versions_and_loses_nothing(coordinator, client):
    draft_id = begin(client, ASB)
    client.post(page_of(draft_id), data={"narrative": "Words of the first tab", "version": 0})

    second = client.post(page_of(draft_id), data={"narrative": "Words of the second tab", "version": 0})

    shown = second.get_data(as_text=True)
    assert second.status_code == 409
    assert "Words of the first tab" in shown
    assert "Words of the second tab" in shown
    kept = client.get(page_of(draft_id)).get_data(as_text=True)
    assert "Words of the first tab" in kept
    again = client.post(page_of(draft_id), data={"narrative": "Words of the second tab", "version": 1})
    assert again.status_code == 302


def test_same_words_sent_twice_are_no_conflict(coordinator, client):
    draft_id = begin(client, ASB)
    for _ in range(2):
        sent = client.post(page_of(draft_id), data={"narrative": "The same words", "version": 0})
        assert sent.status_code == 302


def test_search_changed_in_two_tabs_is_a_conflict(coordinator, client):
    draft_id = begin(client, ASB)
    client.post(page_of(draft_id, "who-1"), data={"forename": "Bola", "version": 1})
    second = client.post(page_of(draft_id, "who-1"), data={"forename": "Chidi", "version": 1})
    assert second.status_code == 409


def test_typing_is_kept_and_shown_again(coordinator, client):
    draft_id = begin(client, ASB)
    kept = client.post(page_of(draft_id) + "/typing", data={"narrative": "Half a sent", "version": 0})
    assert kept.status_code == 200
    assert kept.get_json() == {"kept": True}
    assert "Half a sent" in client.get(page_of(draft_id)).get_data(as_text=True)
    saved = client.post(page_of(draft_id), data={"narrative": "A whole sentence", "version": 0})
    assert saved.status_code == 302
    assert "Half a sent" not in client.get(page_of(draft_id)).get_data(as_text=True)


def test_typing_on_an_old_page_is_not_kept(coordinator, client):
    draft_id = begin(client, ASB)
    client.post(page_of(draft_id), data={"narrative": "Saved words", "version": 0})
    late = client.post(
        page_of(draft_id) + "/typing",
        data={"narrative": "Old words", "version": 0},
        headers={"Accept": "application/json"},
    )
    assert late.status_code == 409
    assert "Old words" not in client.get(page_of(draft_id)).get_data(as_text=True)


def test_resuming_leads_to_the_page_left(coordinator, client):
    draft_id = begin(client, ASB)
    client.post(page_of(draft_id, "warnings"), data={"staff_safety": "A large dog", "version": 0})
    assert client.get(f"/referrals/drafts/{draft_id}").location.endswith("/pages/warnings")


def test_unknown_pages_and_people_are_not_found(coordinator, client):
    draft_id = begin(client, ASB)
    for page in ("nothing", "person-9", "section-nothing", "_source", "risk-none"):
        assert client.get(page_of(draft_id, page)).status_code == 404, page
    assert client.get(f"/referrals/drafts/{draft_id}/match/9").status_code == 404


def test_discarded_draft_is_gone_with_its_key(coordinator, client, session):
    draft_id = begin(client, ASB)
    assert client.post(f"/referrals/drafts/{draft_id}/discard").status_code == 302
    assert client.get(page_of(draft_id)).status_code == 404
    assert session.get(DataKey, draft_id).wrapped is None
    events = set(session.scalars(select(AuditEntry.event).where(AuditEntry.subject_id == draft_id)))
    assert {"draft.saved", "draft.discarded"} <= events


def test_answers_about_somebody_taken_off_go_with_them(coordinator, client):
    draft_id = begin(client, ASB)
    client.post(f"/referrals/drafts/{draft_id}/people", data={"role": "child"})
    client.post(page_of(draft_id, "who-2"), data={"forename": "Bola", "version": 0})
    client.post(page_of(draft_id, "person-2"), data={"safe_times": "Never", "version": 0})
    client.post(f"/referrals/drafts/{draft_id}/people/2/remove")
    client.post(f"/referrals/drafts/{draft_id}/people", data={"role": "child"})
    form = form_of(actor_of(coordinator), draft_id)
    assert [slot.key for slot in form.people] == ["1", "2"]
    assert "person-2" not in form.document["pages"]


def test_draft_is_warned_of_to_author_and_coordinator_in_its_last_week(app, session):
    author = make_user("caseworker", name="Quiet Author")
    coordinator, stranger = make_actor("coordinator"), make_actor("coordinator", "channel")
    draft = drafts.start(actor_of(author), ASB)
    commit()
    assert drafts.expiring(actor_of(author)) == []
    with time_machine.travel(now() + timedelta(days=22)):
        own, theirs = drafts.expiring(actor_of(author)), drafts.expiring(coordinator)
        assert [(each.id, each.author, each.own) for each in own] == [(draft.id, "Quiet Author", True)]
        assert [(each.id, each.own) for each in theirs] == [(draft.id, False)]
        assert drafts.expiring(stranger) == []
        assert drafts.purge() == 0


def test_saving_keeps_a_draft_longer(app, session):
    author = make_actor("caseworker")
    draft = drafts.start(author, ASB)
    with time_machine.travel(now() + timedelta(days=22)):
        drafts.save(author, draft, "narrative", {"narrative": "More"}, version=0)
        assert drafts.expiring(author) == []


def test_expired_draft_goes_once_its_author_has_met_the_warning(app, session):
    author = make_user("caseworker")
    drafts.start(actor_of(author), ASB)
    author.last_signed_in_utc = now() + timedelta(days=23)
    commit()
    with time_machine.travel(now() + timedelta(days=29)):
        assert drafts.purge() == 1
    assert session.scalar(select(func.count()).select_from(Draft)) == 0


def test_expired_draft_waits_for_an_author_who_was_away(app, session):
    author = make_user("caseworker")
    drafts.start(actor_of(author), ASB)
    commit()
    with time_machine.travel(now() + timedelta(days=29)):
        assert drafts.purge() == 0
    with time_machine.travel(now() + timedelta(days=57)):
        assert drafts.purge() == 1


def test_draft_sent_meanwhile_cannot_be_saved(app, session):
    author = make_actor("caseworker")
    draft = drafts.start(author, ASB)
    drafts.destroy(draft)
    with pytest.raises(NotFound):
        drafts.save(author, draft, "narrative", {"narrative": "More"}, version=0)


def test_nobody_starts_a_draft_in_a_programme_not_theirs(app):
    with pytest.raises(Refused):
        drafts.start(make_actor("caseworker"), "channel")


def test_save_of_an_old_version_is_a_conflict(app):
    author = make_actor("caseworker")
    draft = drafts.start(author, ASB)
    drafts.save(author, draft, "narrative", {"narrative": "One"}, version=0)
    with pytest.raises(Conflict):
        drafts.save(author, draft, "narrative", {"narrative": "Two"}, version=0)
