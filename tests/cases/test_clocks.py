"""Working days, bank holidays, and the tasks that clocks set."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from casework.access.vocabulary import OPERATOR
from casework.cases import clocks
from casework.cases.models import Case, Task
from casework.programmes.definition import Clock
from tests.support.makers import make_referral

# As gov.uk published them.
PUBLISHED = {
    2011: "01-03 04-22 04-25 04-29 05-02 05-30 08-29 12-26 12-27",
    2012: "01-02 04-06 04-09 05-07 06-04 06-05 08-27 12-25 12-26",
    2018: "01-01 03-30 04-02 05-07 05-28 08-27 12-25 12-26",
    2020: "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28",
    2021: "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28",
    2022: "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27",
    2023: "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26",
    2025: "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26",
    2026: "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
}


@pytest.mark.parametrize("year", PUBLISHED)
def test_bank_holidays_are_those_of_england(year):
    assert sorted(f"{day:%m-%d}" for day in clocks.holidays(year)) == PUBLISHED[year].split()


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        (date(2026, 3, 2), 1, date(2026, 3, 3)),
        (date(2026, 3, 6), 1, date(2026, 3, 9)),  # a Friday
        (date(2026, 3, 7), 1, date(2026, 3, 9)),  # a Saturday
        (date(2026, 4, 2), 2, date(2026, 4, 8)),  # before Easter
        (date(2026, 12, 24), 1, date(2026, 12, 29)),
        (date(2026, 3, 2), 0, date(2026, 3, 2)),
    ],
)
def test_working_days_leave_out_weekends_and_holidays(start, days, due):
    assert clocks.after_working_days(start, days) == due


def test_calendar_days_leave_out_nothing():
    clock = Clock("any", "Any", 5, working_days=False, starts="received", stops="screened")
    assert clocks.due_on(clock, date(2026, 4, 2)) == date(2026, 4, 7)


def test_clock_sets_one_task_and_ends_it(app, session):
    referral = make_referral()
    case = session.get(Case, referral.case_id)
    assert clocks.start(OPERATOR, case, "received") == []  # it runs since the referral came
    clocks.stop(OPERATOR, case, "screened")
    tasks = session.scalars(select(Task).where(Task.case_id == case.id, Task.kind == "screening")).all()
    assert [task.done_at_utc is not None for task in tasks] == [True]
    assert [task.kind for task in clocks.start(OPERATOR, case, "received")] == ["screening"]
