"""One save (a sealed document, its tokens, counted answers, the audit entry) against a bare durable commit of one row."""

from __future__ import annotations

import itertools
from datetime import date

from sqlalchemy import Column, Integer, MetaData, Table, Text, insert, select

from benchmarks.figures import Figure, median_of_pairs
from benchmarks.instances import instance
from casework.access.vocabulary import OPERATOR
from casework.cases.models import Case
from casework.extensions import db
from casework.people import service as people
from casework.people.models import Person
from casework.referrals.answers import recompute_ages

ROUNDS = 200


def measure() -> list[Figure]:
    with instance(2):
        bare = Table("bare", MetaData(), Column("id", Integer, primary_key=True), Column("words", Text))
        with db.engine.begin() as connection:
            bare.create(connection)
        subject = db.session.scalars(select(Case.subject_id).limit(1)).one()
        years = itertools.cycle(range(1940, 2000))

        def save() -> None:
            person = db.session.get_one(Person, subject)
            born = date(next(years), 5, 17)
            assert people.amend(OPERATOR, person, surname=f"Invented{born.year}", date_of_birth=born)
            db.session.commit()
            db.session.remove()

        def commit() -> None:
            with db.engine.begin() as connection:
                connection.execute(insert(bare).values(words="x" * 256))

        assert recompute_ages in people.when_age_corrected
        db.session.remove()
        one, other = median_of_pairs(save, commit, ROUNDS)
    return [
        Figure("one save, a second", 1 / one, "sealed document, tokens, answers, audit"),
        Figure("one save / bare durable commit, of its rate", other / one, "aim at least 0.50"),
    ]
