"""Whether a case is a repeat: the rule of its programme, on a database."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from flask import Flask

from casework.cases.models import Case, Involvement
from casework.extensions import db
from casework.forms import today
from casework.panels.queue import repeats
from casework.panels.queue import service as queue
from casework.people.models import Person
from casework.programmes import shelf
from casework.referrals import screening
from casework.referrals.log import Party
from tests.support import makers, panels


@pytest.fixture
def panel(app: Flask) -> panels.Panel:
    return panels.make_panel()


def person(case: Case, role: str) -> Person:
    return next(part.person for part in case.involvements if part.role == role)


def refer_again(
    panel: panels.Panel, before: Case, received_on: date, *, same_perpetrator: bool = True
) -> Case:
    """The same victim again, with the same perpetrator or another; accepted."""
    actor = panel.coordinating
    subject = shelf.programme(panel.programme).subject.id
    harming = (
        Party(role="perpetrator", known=person(before, "perpetrator").id)
        if same_perpetrator
        else makers.make_party(actor, panel.programme, "perpetrator", forename="Gareth", surname="Pike")
    )
    parties = [Party(role=subject, known=person(before, subject).id), harming]
    referral = makers.make_referral(actor, panel.programme, received_on=received_on, parties=parties)
    agency = screening.agencies_for(actor, referral)[0]
    screening.accept(actor, referral, version=referral.version, agency_id=agency.id)
    return referral.case


def test_same_pair_within_the_window_is_a_repeat(panel: panels.Panel) -> None:
    first = panels.make_accepted(panel, received_on=today() - relativedelta(months=12))

    again = refer_again(panel, first, today())

    entry = queue.open_entry(again)
    assert entry is not None
    assert (entry.kind, entry.repeat_of_id) == ("repeat", first.id)


def test_same_pair_a_day_after_the_window_is_a_new_case(panel: panels.Panel) -> None:
    first = panels.make_accepted(panel, received_on=today() - relativedelta(months=12, days=1))

    assert repeats.kind_of(refer_again(panel, first, today())).kind == "new"


def test_same_victim_with_another_perpetrator_is_its_own_kind(panel: panels.Panel) -> None:
    first = panels.make_accepted(panel, received_on=today() - relativedelta(months=20))

    found = repeats.kind_of(refer_again(panel, first, today(), same_perpetrator=False))

    assert (found.kind, found.case) == ("other_perpetrator", first)


def test_earlier_case_is_never_a_repeat_of_a_later_one(panel: panels.Panel) -> None:
    first = panels.make_accepted(panel, received_on=today() - timedelta(days=30))
    refer_again(panel, first, today())

    assert repeats.kind_of(first).kind == "new"


def test_repeat_on_the_subject_needs_no_perpetrator(app: Flask) -> None:
    panel = panels.make_panel("community_marac", ("police",))
    first = panels.make_accepted(panel, received_on=today() - timedelta(days=30))
    again = panels.make_accepted(panel, surname="Adeyemi")
    for part in list(again.involvements):
        db.session.delete(part)
    subject = shelf.programme(panel.programme).subject.id
    db.session.add(Involvement(case_id=again.id, person_id=person(first, subject).id, role=subject))
    db.session.flush()
    db.session.expire(again, ["involvements"])

    assert repeats.kind_of(again) == repeats.Repeat("repeat", first)


def test_last_plan_of_a_repeat_is_that_of_the_case_it_repeats(panel: panels.Panel) -> None:
    first = panels.make_accepted(panel, received_on=today() - timedelta(days=90))
    items = []
    for days in (80, 40):
        starts = datetime.combine(today() - timedelta(days=days), datetime.min.time()).astimezone()
        meeting = panels.make_meeting(panel, state="ended", starts_at=starts)
        items.append(panels.make_item(panel, meeting, first, asked=()))
    for item in items:
        item.state = "heard"
    db.session.flush()

    again = refer_again(panel, first, today())

    assert repeats.last_item(first) == items[1]
    assert repeats.last_item(again) == items[1]
