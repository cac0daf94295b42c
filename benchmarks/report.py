"""The year-end report at 100,000 referrals: the whole of it, as JSON, and without any key."""

from __future__ import annotations

import statistics
from datetime import date

from benchmarks import figures
from benchmarks.copies import Change, copy_rows, other_id, other_reference
from benchmarks.figures import Figure
from benchmarks.instances import PROGRAMME, instance
from casework.access.vocabulary import OPERATOR
from casework.cases.models import Case, Entry
from casework.extensions import db
from casework.referrals.models import Answer, Referral
from casework.statistics import exports, service
from casework.statistics.periods import Period

REFERRALS = 100_000
YEARS = 5
ROUNDS = 5
ONE_YEAR = Period(date(2017, 4, 1), date(2018, 3, 31))
FIVE_YEARS = Period(date(2013, 4, 1), date(2018, 3, 31))
AIM = 2.0


def measure(referrals: int = REFERRALS) -> list[Figure]:
    """Seconds of one report, over a fifth of the referrals and over all, beside the same report of one year's 79."""
    with instance(1) as app:
        small = _seconds(ONE_YEAR)
        stored = _copy(referrals)
        app.extensions["settings"].keyring.unlink()
        app.extensions["keyring"].forget()
        one, all_ = _seconds(ONE_YEAR), _seconds(FIVE_YEARS)
        counted = {
            period: service.make_report(OPERATOR, PROGRAMME, "year_end", period).headlines[0].count
            for period in (ONE_YEAR, FIVE_YEARS)
        }
    return [
        Figure("report: seconds, 79 referrals on record", small, "the demonstration year"),
        Figure(
            f"report: seconds, one year of {stored:,} referrals",
            one,
            f"{counted[ONE_YEAR]:,} in it, aim {AIM}",
        ),
        Figure(
            f"report: seconds, five years of {stored:,}", all_, f"{counted[FIVE_YEARS]:,} in them, aim {AIM}"
        ),
    ]


def _seconds(period: Period) -> float:
    def make() -> None:
        report = service.make_report(OPERATOR, PROGRAMME, "year_end", period)
        exports.write(report, "json", exports.Stamp("benchmark", "now"))
        db.session.rollback()

    make()
    return statistics.median(figures.seconds(make) for _ in range(ROUNDS))


# -- many copies of the year -----------------------------------------------------------------------


def _other_year(value: str, turn: int) -> str:
    return f"{int(value[:4]) - turn % YEARS}{value[4:]}"


CHANGES: dict[str, Change] = {
    **dict.fromkeys(("id", "case_id", "referral_id"), other_id),
    **dict.fromkeys(("received_on", "decided_on", "opened_on", "closed_on", "dated", "day"), _other_year),
    "reference": other_reference,
}
"""What differs from copy to copy, by the name of the column: they are spread over five years."""


def _copy(referrals: int) -> int:
    """Copy the year's plain rows until there are so many referrals."""
    return copy_rows(db.engine, (Referral, Case, Answer, Entry), referrals, CHANGES)


if __name__ == "__main__":
    figures.show(measure())
