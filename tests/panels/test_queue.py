"""What comes into the queue of a panel, in what order it stands, and what a coordinator does with it."""

from __future__ import annotations

import pytest
from flask import Flask

from casework.extensions import db
from casework.panels import queue
from tests.support import panels


@pytest.fixture
def panel(app: Flask) -> panels.Panel:
    return panels.make_panel()


def test_accepted_case_is_in_the_queue(panel: panels.Panel) -> None:
    case = panels.make_accepted(panel)

    entry = queue.open_entry(case)

    assert entry is not None and (entry.kind, entry.state) == ("new", "waiting")
    assert db.session.is_active
