"""The messages: what their gaps take, and that nothing else gets into one."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from casework.mail.catalogue import FOOTER, IN_SUBJECTS, KINDS, Template, Words
from casework.programmes import shelf
from casework.programmes.loader import BUILT_IN, load_all

BASE = "https://casework.example.org"
AN_ID = uuid.UUID("018f2f00-0000-7000-8000-000000000001")
# Something for each kind of gap.
GOOD: dict[str, Any] = {
    "moment": datetime(2026, 7, 2, 13, 5, tzinfo=UTC),
    "day": date(2026, 3, 27),
    "count": 3,
    "programme": "dva_marac",
    "link": f"/meetings/{AN_ID}",
}


@pytest.fixture(autouse=True)
def pages() -> Iterable[None]:
    """An application with a few addresses and the built-in programmes; no database."""
    app = Flask("pages")
    app.extensions["programmes"] = load_all((BUILT_IN,))
    app.add_url_rule("/", "home")
    app.add_url_rule("/meetings/<uuid:meeting_id>", "meeting")
    app.add_url_rule("/queue/<programme>", "queue")
    app.add_url_rule("/act/<uuid:meeting_id>", "act", methods=["POST"])
    with app.app_context():
        yield


def values_for(words: Words) -> dict[str, Any]:
    return {name: GOOD[kind] for name, kind in words.gaps.items()}


@pytest.mark.parametrize("template", Template, ids=lambda template: template.name)
def test_every_message_can_be_written_and_leads_to_a_page(template: Template) -> None:
    words = template.value

    subject, body = words.write(words.store(values_for(words)), BASE)

    assert "\n" not in subject
    assert len(subject) <= 78
    assert body.count(BASE + GOOD["link"]) == 1
    assert body.endswith(FOOTER)
    assert not {"{", "}"} & set(subject + body)


@pytest.mark.parametrize("template", Template, ids=lambda template: template.name)
def test_no_gap_takes_free_text_and_a_subject_takes_dates_and_programmes_only(template: Template) -> None:
    words = template.value

    assert set(words.gaps.values()) <= set(KINDS)
    assert set(Words(words.subject, "").gaps.values()) <= IN_SUBJECTS


def test_a_message_reads_as_people_write() -> None:
    words = Words(
        "{programme:programme} on {at:moment}", "{actions:count action} by {due:day}: {link:link}; {n:count}"
    )
    values = {"programme": "dva_marac", "at": GOOD["moment"], "due": GOOD["day"], "link": "/"}

    subject, body = words.write(words.store({**values, "actions": 1, "n": 1200}), BASE)

    # 13:05 in UTC is 2:05pm on a London clock in July.
    assert subject == f"{shelf.programme('dva_marac').short} on Thursday 2 July 2026 at 2:05pm"
    assert body.startswith(f"1 action by Friday 27 March 2026: {BASE}/; 1,200\n")
    assert "3 actions" in words.write(words.store({**values, "actions": 3, "n": 0}), BASE)[1]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("moment", "Ada Okonjo"),
        ("moment", datetime(2026, 7, 2, 13, 5)),  # noqa: DTZ001 (a moment without its zone is the point)
        ("moment", date(2026, 7, 2)),
        ("day", "Ada Okonjo"),
        ("day", datetime(2026, 7, 2, tzinfo=UTC)),
        ("count", "Ada Okonjo"),
        ("count", -1),
        ("count", True),
        ("count", 1.5),
        ("programme", "Ada Okonjo"),
        ("programme", SimpleNamespace(id="dva_marac")),
        ("link", "Ada Okonjo"),
        ("link", "/queue/ada-okonjo"),
        ("link", "/meetings/ada-okonjo"),
        ("link", f"/meetings/{AN_ID}?name=ada"),
        ("link", f"/meetings/{AN_ID}#ada"),
        ("link", f"/act/{AN_ID}"),
        ("link", "//elsewhere.example.org/"),
        ("link", "https://elsewhere.example.org/"),
        ("link", "/no-such-page"),
    ],
)
def test_no_gap_takes_what_could_name_somebody(kind: str, value: Any) -> None:
    words = Words("", f"{{gap:{kind}}}")

    with pytest.raises((ValueError, TypeError)) as refused:
        words.store({"gap": value})

    assert "Ada" not in str(refused.value)


def test_a_programmes_own_page_can_be_led_to() -> None:
    assert Words("", "{gap:link}").store({"gap": "/queue/dva_marac"}) == {"gap": "/queue/dva_marac"}


@pytest.mark.parametrize("values", [{}, {"at": GOOD["moment"], "name": "Ada"}])
def test_a_message_takes_its_own_gaps_and_no_others(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="takes"):
        Words("{at:moment}", "").store(values)
