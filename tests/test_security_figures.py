"""The figures of docs/security.md, counted from the demonstration year and from what it leaves in the database."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from datetime import date
from itertools import combinations
from pathlib import Path
from statistics import median

import pytest
from flask import Flask
from sqlalchemy import text

from casework.extensions import db
from tests.statistics.records import YEAR_FILES, import_year

ROOT = Path(__file__).parents[1]
BANDS = (17, 25, 35, 45, 55, 65)  # the last age of each band but the oldest, as the year's report has them


def said(sentence: str) -> list[int]:
    """The numbers of the one sentence of docs/security.md that is like this, each of them written `#` here."""
    words = re.sub(r"\s+", " ", (ROOT / "docs/security.md").read_text(encoding="utf-8"))
    pattern = re.escape(re.sub(r"\s+", " ", sentence)).replace(r"\#", "([0-9,]+)")
    (found,) = re.findall(pattern, words)
    return [int(number.replace(",", "")) for number in ([found] if isinstance(found, str) else found)]


def band_of(row: dict[str, str]) -> int | None:
    """The band of somebody's age in completed years on the day of receipt; None where no birth is given."""
    if not row["date_of_birth"]:
        return None
    born, on = date.fromisoformat(row["date_of_birth"]), date.fromisoformat(row["date_received"])
    age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return sum(age > last for last in BANDS)


def test_how_many_referrals_are_the_only_one_of_their_kind() -> None:
    with (YEAR_FILES / "referrals.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    kinds = Counter((row["ward"], row["gender"], row["ethnicity"], band_of(row)) for row in rows)
    alone = sum(count for count in kinds.values() if count == 1)

    stated = said(
        "Of the # referrals of the demonstration year, # are the only one with their ward, gender, ethnicity and age band"
    )

    assert stated == [len(rows), alone]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_the_blind_index_of_the_year_tells_a_thief(app: Flask) -> None:
    import_year(app)
    holders: dict[bytes, set[bytes]] = defaultdict(set)
    tokens: dict[bytes, set[bytes]] = defaultdict(set)
    for token, person in db.session.execute(text("SELECT token, person_id FROM blind_token")):
        holders[token].add(person)
        tokens[person].add(token)
    shared = {token: people for token, people in holders.items() if len(people) > 1}
    together = Counter(pair for people in shared.values() for pair in combinations(sorted(people), 2))

    assert said("In the demonstration year # people have # rows of # tokens;") == [
        len(tokens),
        sum(map(len, tokens.values())),
        len(holders),
    ]
    each = sorted(map(len, tokens.values()))
    assert said("a person has # to # of them, and half have # or fewer.") == [
        each[0],
        each[-1],
        int(median(each)),
    ]
    assert said("# tokens belong to more than one person, the commonest to # people;") == [
        len(shared),
        max(map(len, holders.values())),
    ]
    assert said("# people share a token with somebody else, and # pairs share three or more.") == [
        len({person for people in shared.values() for person in people}),
        sum(count >= 3 for count in together.values()),
    ]
