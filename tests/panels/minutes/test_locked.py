"""Approved minutes against everybody who is signed in, and against the database behind the application's back."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import text

from casework.accounts.models import User
from casework.cli import main
from casework.config import Settings
from casework.extensions import db
from casework.panels.minutes import locking
from casework.panels.minutes import service as minutes
from casework.panels.models import Minutes, MinutesPart
from tests.panels import minuting
from tests.panels.minuting import Held
from tests.support import makers

# What a form asks besides the version that was read: a route takes nothing that it has not asked for.
ASKED = {
    "panels.minutes_meeting": ("opening", "closing"),
    "panels.minutes_part": ("text", "restricted"),
    "panels.approve_minutes": ("sure", "seen"),
    "panels.correct_minutes": ("reason",),
    "panels.redact": ("words", "reason"),
    "panels.issue_papers": ("kind",),
    "panels.write_note": ("text",),
    "panels.decide": ("outcome", "options", "rationale", "dissent", "reason"),
}
WITHOUT_VERSION = ("panels.approve_minutes", "panels.correct_minutes", "panels.redact", "panels.issue_papers")
CHOSEN = {"sure": "yes", "outcome": "no_action", "kind": "minutes"}


def requests(app: Flask, versions: Iterable[int], **ids: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every route to which something of the meeting, its items, its minutes or their parts can be sent, and what."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        names, takes = rule.arguments, "POST" in (rule.methods or ())
        if rule.endpoint.startswith("panels.") and takes and names and names <= ids.keys():
            address = adapter.build(rule.endpoint, {name: ids[name] for name in names}, method="POST")
            said = {name: CHOSEN.get(name, "Otherwise") for name in ASKED.get(rule.endpoint, ())}
            if rule.endpoint in WITHOUT_VERSION:
                yield address, said
            else:
                yield from ((address, {**said, "version": version}) for version in versions)


def words_of(version: uuid.UUID) -> list[Any]:
    held = db.session.get_one(Minutes, version)
    return [held.opening, held.closing, held.digest, *((part.text, part.restricted) for part in held.parts)]


def all_sent(app: Flask, held: Held, written: Minutes, users: Iterable[User]) -> list[Any]:
    """What the minutes say once these have sent everything that can be sent about them."""
    ids = {
        "meeting_id": held.meeting.id,
        "item_id": held.items["Okonjo"].id,
        "minutes_id": written.id,
        "part_id": written.parts[0].id,
        "part": "summary",
    }
    versions = {row.version for row in (held.meeting, written, written.parts[0])}
    todo, which = list(requests(app, versions, **ids)), written.id
    makers.commit()
    for user in users:
        client = app.test_client()
        makers.sign_in(client, user)
        for address, data in todo:
            assert client.post(address, data=data).status_code < 500, address
    return words_of(which)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_role_changes_locked_minutes_by_any_route(app: Flask) -> None:
    held = minuting.make_held("Okonjo", "Iyer")
    approved = minuting.make_approved(held)
    before, panel = words_of(approved.id), held.panel
    others = ("administrator", "auditor", "manager", "caseworker")
    users = [panel.coordinator, panel.chair, panel.members["police"]]
    users += [makers.make_user(role, panel.programme) for role in others]

    assert all_sent(app, held, approved, users) == before
    assert list(locking.faults()) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_same_requests_change_a_draft(app: Flask) -> None:
    held = minuting.make_held("Okonjo", "Iyer")
    drafted = minutes.draft(held.panel.coordinating, held.meeting)

    after = all_sent(app, held, drafted, [held.panel.coordinator])

    assert after[:2] == ["Otherwise", "Otherwise"]
    assert ("Otherwise", "Otherwise") in after


def test_row_changed_past_the_triggers_makes_verify_exit_1(app: Flask, settings: Settings) -> None:
    held = minuting.make_held("Okonjo")
    minuting.make_approved(held)
    meeting = held.meeting.id
    makers.commit()
    around = {"CASEWORK_INSTANCE": str(settings.instance), "CASEWORK_DATABASE_URL": settings.database_url}
    assert CliRunner().invoke(main, ["audit", "verify"], env=around).exit_code == 0

    locking.unguard(db.session.connection())
    db.session.execute(text(f"UPDATE {MinutesPart.__tablename__} SET sealed = NULL"))
    db.session.commit()

    found = CliRunner().invoke(main, ["audit", "verify"], env=around)
    assert found.exit_code == 1
    assert f"the minutes of meeting {meeting} were changed after they were approved" in found.stderr
