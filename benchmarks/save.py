"""One save (a sealed document, its tokens, counted answers, the audit entry) against a bare durable commit of one row."""

from __future__ import annotations

import itertools
from datetime import date

from sqlalchemy import Column, Integer, MetaData, Table, Text, insert, select

from benchmarks.figures import Figure, median_of_pairs
from benchmarks.instances import PROGRAMME, instance
from casework.access.vocabulary import OPERATOR
from casework.cases.models import Case
from casework.crypto.sealed import sealed_fields
from casework.extensions import db
from casework.people import service as people
from casework.people.models import Person
from casework.referrals import answers
from casework.referrals.models import Referral

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
            person.seal(surname="Invented-Surname", date_of_birth=date(next(years), 5, 17))
            people.index(person)
            answers.recompute_ages(OPERATOR, person)
            db.session.commit()
            db.session.remove()

        def commit() -> None:
            with db.engine.begin() as connection:
                connection.execute(insert(bare).values(words="x" * 256))

        assert "surname" in sealed_fields(Person)
        assert db.session.scalar(select(Referral.id).where(Referral.programme == PROGRAMME).limit(1))
        one, other = median_of_pairs(save, commit, ROUNDS)
    return [
        Figure("one save, a second", 1 / one, "sealed document, tokens, answers, audit"),
        Figure("one save / bare durable commit, of its rate", other / one, "aim at least 0.50"),
    ]
