"""Notes in parts, each with a version of its own."""

from __future__ import annotations

import pytest
from flask import Flask

from casework.errors import Conflict, Invalid, NotFound
from casework.extensions import db
from casework.panels.live import notes, screen
from casework.panels.models import AgendaItem, Minutes
from tests.support import panels


@pytest.fixture
def panel(app: Flask) -> panels.Panel:
    return panels.make_panel()


@pytest.fixture
def item(panel: panels.Panel) -> AgendaItem:
    return panels.make_item(panel, panels.make_meeting(panel, state="open"), panels.make_accepted(panel))


def test_two_write_different_parts_at_once(panel: panels.Panel, item: AgendaItem) -> None:
    notes.write(panel.chairing, item, "summary", "High and rising", version=0)
    notes.write(panel.coordinating, item, "discussion", "Police: two calls", version=0)

    held = notes.read(item)

    assert (held["summary"].text, held["discussion"].text) == ("High and rising", "Police: two calls")
    assert held["views"].version == 0
    assert notes.versions(item) == {"discussion": 1, "summary": 1, "views": 0}


def test_second_of_two_who_write_one_part_is_shown_both(panel: panels.Panel, item: AgendaItem) -> None:
    notes.write(panel.chairing, item, "discussion", "He was seen on Monday", version=0)

    with pytest.raises(Conflict) as clash:
        notes.write(panel.coordinating, item, "discussion", "She has moved", version=0)

    assert clash.value.stored == {"discussion": "He was seen on Monday"}
    assert clash.value.submitted == {"discussion": "She has moved"}
    assert panel.chair.name in clash.value.message
    assert notes.read(item)["discussion"].text == "He was seen on Monday"


def test_same_words_sent_twice_are_written_once(panel: panels.Panel, item: AgendaItem) -> None:
    first = notes.write(panel.chairing, item, "views", "She wants to stay", version=0)
    again = notes.write(panel.chairing, item, "views", "She wants to stay", version=0)

    assert first.version == again.version == 1


def test_parts_that_do_not_clash_are_kept_when_another_does(panel: panels.Panel, item: AgendaItem) -> None:
    notes.write(panel.chairing, item, "discussion", "Theirs", version=0)
    typed = {"discussion": "Mine", "summary": "Mine too", "views": None}
    versions = {f"version-{part}": 0 for part in notes.PARTS}

    with pytest.raises(Conflict) as clash:
        screen.keep_notes(panel.coordinating, item, {**typed, **versions})

    assert clash.value.submitted == {"Discussion": "Mine"}
    assert notes.read(item)["summary"].text == "Mine too"


def test_nothing_is_written_before_the_meeting_nor_after_its_minutes_are_approved(
    panel: panels.Panel, item: AgendaItem
) -> None:
    with pytest.raises(NotFound):
        notes.write(panel.chairing, item, "gossip", "He said, she said", version=0)
    early = panels.make_item(
        panel, panels.make_meeting(panel, state="circulated"), panels.make_accepted(panel, surname="Iyer")
    )
    with pytest.raises(Invalid):
        notes.write(panel.chairing, early, "summary", "Too early", version=0)

    db.session.add(Minutes(meeting_id=item.meeting_id, number=1, state="approved", digest="0" * 64))
    db.session.flush()

    with pytest.raises(Invalid):
        notes.write(panel.chairing, item, "summary", "Too late", version=0)
