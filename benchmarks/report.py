"""The year-end report at 100,000 referrals: the whole of it, as JSON, and without any key."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from sqlalchemy import Connection

from benchmarks import figures
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
BATCH = 200  # copies of the year inserted at a time
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


def _copy(referrals: int) -> int:
    """Copy the year's plain rows until there are so many referrals, spread over five years.

    As the database holds them, by its own driver: what they hold sealed keeps its size and could not be opened,
    which nothing here asks.
    """
    with db.engine.begin() as connection:
        tables = [_Copied(connection, model.__tablename__) for model in (Case, Referral, Answer, Entry)]
        year = len(tables[1].rows)
        copies = referrals // year
        for start in range(1, copies, BATCH):
            for table in tables:
                rows = [
                    row for turn in range(start, min(start + BATCH, copies)) for row in table.copied(turn)
                ]
                connection.exec_driver_sql(table.insertion, rows)
        connection.exec_driver_sql("ANALYZE")
    return copies * year


class _Copied:
    """A table's rows, and how one more copy of them differs: other ids, references and one of five years."""

    def __init__(self, connection: Connection, table: str) -> None:
        result = connection.exec_driver_sql(f"SELECT * FROM {table}")  # noqa: S608 (a table of ours)
        names = list(result.keys())
        self.rows = [tuple(row) for row in result]
        self.insertion = f"INSERT INTO {table} VALUES ({', '.join('?' for _ in names)})"  # noqa: S608
        self._changes = {
            place: change for place, name in enumerate(names) if (change := CHANGES.get(name)) is not None
        }

    def copied(self, turn: int) -> Iterator[tuple[Any, ...]]:
        for row in self.rows:
            copy = list(row)
            for place, change in self._changes.items():
                if copy[place] is not None:
                    copy[place] = change(copy[place], turn)
            yield tuple(copy)


def _other_id(value: bytes, turn: int) -> bytes:
    return value[:-4] + turn.to_bytes(4, "big")


def _other_reference(value: str, turn: int) -> str:
    return f"{value}-{turn}"


def _other_year(value: str, turn: int) -> str:
    return f"{int(value[:4]) - turn % YEARS}{value[4:]}"


CHANGES: dict[str, Callable[[Any, int], Any]] = {
    **dict.fromkeys(("id", "case_id", "referral_id"), _other_id),
    **dict.fromkeys(("received_on", "decided_on", "opened_on", "closed_on", "dated", "day"), _other_year),
    "reference": _other_reference,
}
"""What differs from copy to copy, by the name of the column."""


if __name__ == "__main__":
    figures.show(measure())
