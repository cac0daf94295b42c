"""What must hold when several people act in the same moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from threading import Barrier, Thread

from flask import Flask
from sqlalchemy import select

from casework.access.doors import ANONYMOUS
from casework.access.vocabulary import Role
from casework.accounts import invitations, service, sessions, users
from casework.accounts.models import User
from casework.audit import trail
from casework.audit.events import Event
from casework.audit.models import AuditEntry
from casework.config import Settings
from casework.errors import CaseworkError
from casework.extensions import db
from tests.support.people import make_user, sign_in


def at_once(app: Flask, acts: list[Callable[[], object]]) -> Counter[str]:
    """Do all acts in the same moment, each with a session of its own; how many ended in what."""
    go, ends = Barrier(len(acts)), Counter[str]()

    def run(act: Callable[[], object]) -> None:
        with app.app_context():
            go.wait()
            try:
                act()
                db.session.commit()
                ends["done"] += 1
            except CaseworkError as error:
                db.session.rollback()
                ends[type(error).__name__] += 1

    threads = [Thread(target=run, args=(act,)) for act in acts]
    db.session.commit()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


def test_guesses_made_at_once_are_all_counted(app: Flask, settings: Settings) -> None:
    email = make_user(Role.CASEWORKER).email
    tries = settings.lock_out_after + 4

    def guess() -> None:
        assert sessions.attempt(ANONYMOUS, email, "not the password") is None

    ends = at_once(app, [guess] * tries)

    failures = db.session.scalars(
        select(AuditEntry.details).where(AuditEntry.event == Event.SIGN_IN_FAILED)
    ).all()
    assert ends == {"done": tries}
    assert Counter(each["why"] for each in failures) == {"password": settings.lock_out_after, "locked": 4}
    assert trail.verify().faults == ()


def test_two_administrators_cannot_deactivate_each_other(app: Flask) -> None:
    one, other = (make_user(Role.ADMINISTRATOR).id for _ in range(2))

    def deactivate(actor: object, user: object) -> Callable[[], None]:
        def act() -> None:
            users.deactivate(
                service.actor_of(db.session.get_one(User, actor)), db.session.get_one(User, user)
            )

        return act

    ends = at_once(app, [deactivate(one, other), deactivate(other, one)])

    assert ends == {"done": 1, "Invalid": 1}
    assert service.administrators() == 1


def test_link_sent_twice_at_once_sets_one_password(app: Flask) -> None:
    user = make_user(Role.CASEWORKER, password=None)
    token = invitations.invite(service.actor_of(user), user)
    passwords = ["copper lantern seven owl", "seven owls copper lantern"]

    ends = at_once(app, [partial(invitations.accept, token, each) for each in passwords])

    assert ends == {"done": 1, "NotFound": 1}
    signed_in = [
        app.test_client().post("/sign-in", data={"email": user.email, "password": password}).status_code
        for password in passwords
    ]
    assert sorted(signed_in) == [302, 422]


def test_many_sign_in_at_once(app: Flask) -> None:
    people = [make_user(Role.CASEWORKER) for _ in range(6)]
    known = [(user.id, user.email) for user in people]

    def enter(email: str) -> Callable[[], object]:
        return lambda: sign_in(app.test_client(), service.user_by_email(email))  # type: ignore[arg-type]

    assert at_once(app, [enter(email) for _, email in known]) == {"done": 6}
    assert trail.verify().faults == ()
