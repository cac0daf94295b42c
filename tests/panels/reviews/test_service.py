"""Reviews: made by what happens to a case, due with the clock, and there until they are done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from casework.access.vocabulary import OPERATOR
from casework.cases import closure, moments, stages
from casework.cases import service as cases
from casework.cases.models import Case, Entry, Task
from casework.cases.service import put_in_stage
from casework.errors import Conflict, Invalid, Refused
from casework.extensions import db
from casework.forms import today
from casework.mail.models import MailMessage
from casework.panels.models import Review
from casework.panels.queue import service as queue
from casework.panels.reviews import listing as review_list
from casework.panels.reviews import service as reviews
from casework.programmes import shelf
from tests.support import makers, panels

CHANNEL = "channel"
START = datetime(2026, 3, 2, 12, tzinfo=UTC)
AFTER_EXIT = ["post_exit_6", "post_exit_12"]


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as clock:
        yield clock


def open_ones(case: Case) -> list[tuple[str, date]]:
    query = select(Review).where(Review.case_id == case.id, Review.state == "open")
    return [(each.cycle, each.due_on) for each in db.session.scalars(query.order_by(Review.due_on))]


def the(case: Case, cycle: str) -> Review:
    query = select(Review).where(Review.case_id == case.id, Review.cycle == cycle)
    return db.session.scalars(query.order_by(Review.id.desc())).first()  # type: ignore[return-value]


def leave(case: Case) -> None:
    """Exit, as the operator closes a case that is in support."""
    put_in_stage(OPERATOR, case, shelf.programme(case.programme).stage("support"))
    db.session.flush()
    closure.close(
        OPERATOR,
        case,
        "closed",
        {
            "closed_on": today(),
            "closure_reason": "no_further_concerns",
            "closure_words": "He is at college",
            "version": case.version,
        },
    )


@pytest.mark.parametrize(
    ("day", "months", "due"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 29), 6, date(2028, 2, 29)),
        (date(2026, 12, 15), 12, date(2027, 12, 15)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
    ],
)
def test_months_later_is_the_same_day_or_the_last(day: date, months: int, due: date) -> None:
    assert reviews.months_after(day, months) == due


def test_a_review_comes_with_acceptance_and_again_when_it_is_done(
    app: Flask, clock: time_machine.Traveller
) -> None:
    panel = panels.make_panel(CHANNEL)
    case = panels.make_accepted(panel)
    assert open_ones(case) == [("reassessment", date(2026, 6, 2))]

    clock.move_to(datetime(2026, 6, 10, 12, tzinfo=UTC))
    first = the(case, "reassessment")
    reviews.finish(panel.coordinating, first, outcome="Less angry", back=False, version=first.version)

    assert (first.state, first.done_on, first.outcome) == ("done", date(2026, 6, 10), "Less angry")
    assert open_ones(case) == [("reassessment", date(2026, 9, 10))]


def test_after_exit_two_reviews_exist_and_alarm_until_they_are_done(
    app: Flask, clock: time_machine.Traveller
) -> None:
    panel = panels.make_panel(CHANNEL)
    case = panels.make_accepted(panel)
    unsettled(case)

    leave(case)

    assert open_ones(case) == [("post_exit_6", date(2026, 9, 2)), ("post_exit_12", date(2027, 3, 2))]
    assert the(case, "reassessment").state == "ended"

    def alarms() -> tuple[int, int]:
        """How many reviews the list calls due, and how many messages there were."""
        shown = review_list.page_of(panel.coordinating, review_list.Filter(shown="due")).total
        reviews.keep_up(OPERATOR)
        query = select(MailMessage).where(MailMessage.template == "REVIEWS_DUE")
        return shown, len(db.session.scalars(query).all())

    assert alarms() == (0, 0)
    clock.move_to(datetime(2026, 9, 1, 22, 59, tzinfo=UTC))  # one minute to midnight of summer time
    assert alarms() == (0, 0)
    clock.move_to(datetime(2026, 9, 1, 23, 0, tzinfo=UTC))
    assert alarms() == (1, 1)
    assert alarms() == (1, 1)
    clock.shift(timedelta(days=7))
    assert alarms() == (1, 2)
    six = the(case, "post_exit_6")
    reviews.finish(panel.coordinating, six, outcome="All is well", back=False, version=six.version)
    assert alarms() == (0, 2)
    clock.move_to(datetime(2027, 3, 2, 0, 0, tzinfo=UTC))  # midnight in winter
    assert alarms() == (1, 3)


def unsettled(case: Case) -> None:
    """What the exit asks for first is not this test's matter."""
    for task in db.session.scalars(select(Task).where(Task.case_id == case.id)):
        task.done_at_utc = START
    db.session.add(Entry(case_id=case.id, programme=case.programme, kind="risk", dated=today(), code="paf"))
    db.session.flush()


def test_reopening_ends_what_was_to_follow_and_closing_again_makes_it_anew(
    app: Flask, clock: time_machine.Traveller
) -> None:
    panel = panels.make_panel(CHANNEL)
    case = panels.make_accepted(panel)
    unsettled(case)
    leave(case)

    stages.move(panel.chairing, case, "panel", reason="He was stopped again", version=case.version)

    assert open_ones(case) == [("reassessment", date(2026, 6, 2))]
    assert {the(case, each).outcome for each in AFTER_EXIT} == {reviews.REOPENED}
    leave(case)
    assert [cycle for cycle, _ in open_ones(case)] == AFTER_EXIT
    assert len(reviews.of_case(panel.chairing, case)) == 6


def test_a_review_needs_words_somebody_who_may_and_the_latest_version(app: Flask) -> None:
    panel = panels.make_panel(CHANNEL)
    case = panels.make_accepted(panel)
    review = the(case, "reassessment")
    with pytest.raises(Invalid):
        reviews.finish(panel.chairing, review, outcome=" ", back=False, version=review.version)
    with pytest.raises(Refused):
        reviews.finish(panel.member("police"), review, outcome="Fine", back=False, version=review.version)

    seen = review.version
    reviews.finish(panel.chairing, review, outcome="Still angry", back=True, version=seen)

    assert (entry := queue.open_entry(case)) is not None
    assert entry.kind in ("new", "review")
    with pytest.raises(Conflict) as fault:
        reviews.finish(panel.coordinating, review, outcome="Fine", back=False, version=seen)
    assert (fault.value.stored["Outcome"], fault.value.submitted["Outcome"]) == ("Still angry", "Fine")


def test_a_due_review_puts_the_case_into_the_queue_where_cases_are_heard_again(
    app: Flask, clock: time_machine.Traveller
) -> None:
    panel = panels.make_panel("community_marac")
    case = panels.make_accepted(panel)
    queue.leave(OPERATOR, case, "heard")
    reviews.keep_up(OPERATOR)
    assert queue.open_entry(case) is None

    clock.move_to(datetime(2026, 4, 2, 12, tzinfo=UTC))
    reviews.keep_up(OPERATOR)

    entry = queue.open_entry(case)
    assert entry is not None
    assert (entry.kind, entry.due_on) == ("review", date(2026, 4, 2))
    queue.leave(OPERATOR, case, "heard")
    reviews.keep_up(OPERATOR)
    assert queue.open_entry(case) is None


def test_the_latest_referral_counts_and_a_declined_one_leaves_nothing(
    app: Flask, clock: time_machine.Traveller
) -> None:
    panel = panels.make_panel()
    case = panels.make_accepted(panel)
    assert open_ones(case) == [("twelve_months", date(2027, 3, 2))]

    clock.move_to(datetime(2026, 7, 6, 12, tzinfo=UTC))
    moments.happened(panel.coordinating, case, "received")
    assert open_ones(case) == [("twelve_months", date(2027, 7, 6))]

    put_in_stage(OPERATOR, case, shelf.programme(case.programme).stage("declined"))
    db.session.flush()
    reviews.keep_up(OPERATOR)
    assert open_ones(case) == []


def test_reviews_of_a_hidden_case_are_in_no_list(app: Flask) -> None:
    panel = panels.make_panel(CHANNEL)
    case = panels.make_accepted(panel)
    meeting = panels.make_meeting(panel, starts_at=datetime.now(UTC) + timedelta(days=200))
    every = review_list.Filter(shown="open")
    assert review_list.page_of(panel.chairing, every).total == 1
    assert len(reviews.outstanding(panel.chairing, meeting)) == 1

    cases.exclude(panel.coordinating, case, user_id=panel.chair.id, reason="A neighbour")

    chair = makers.actor_of(panel.chair)
    assert review_list.page_of(chair, every).total == 0
    assert reviews.outstanding(chair, meeting) == []
