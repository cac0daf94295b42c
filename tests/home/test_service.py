"""My work: what is whose, what is due, and the counts that lead to lists."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from casework.access.vocabulary import OPERATOR, Actor
from casework.accounts import service as accounts
from casework.audit.models import AuditEntry
from casework.cases import service as cases
from casework.cases import tasks
from casework.cases.listing import MINE, UNALLOCATED, Filter, page_of_cases
from casework.cases.models import Task
from casework.crypto import vault
from casework.extensions import db, now
from casework.forms import today
from casework.home import service as home
from casework.home.service import SHOWN
from casework.referrals import drafts, screening
from tests.cases import makers as case_makers
from tests.cases.makers import World, make_world
from tests.support import makers
from tests.support.listed import make_case, statements


def words_of(some: home.Some | None) -> list[str]:
    assert some is not None
    return [due.words for due in some.rows]


def finish_all(world: World) -> None:
    """No task is left of those that screening set."""
    for task in db.session.scalars(select(Task).where(Task.done_at_utc.is_(None))):
        tasks.finish_task(world.worker, task)
    db.session.flush()


def set_task(world: World, text: str, days: int, to: Actor | None = None) -> Task:
    due = today() + timedelta(days=days)
    return cases.set_task(
        OPERATOR, world.case, "other", due_on=due, text=text, assigned_to_id=to.id if to else None
    )


# -- tasks -----------------------------------------------------------------------------------------


def test_my_tasks_are_mine_the_longest_overdue_first(app: Flask) -> None:
    world = make_world()
    finish_all(world)
    set_task(world, "Second", -1)
    set_task(world, "Third", 4)
    set_task(world, "First", -9)
    set_task(world, "Somebody else's", -20, to=world.coordinator)

    some = home.my_tasks(world.worker)

    assert words_of(some) == ["First", "Second", "Third"]
    assert some.rows[0].name == "Ada Okonjo"
    assert some.rows[0].id == world.case.id
    assert some.rows[0].due_on == today() - timedelta(days=9)


def test_a_task_that_is_done_is_gone(app: Flask) -> None:
    world = make_world()
    finish_all(world)
    task = set_task(world, "Ring back", 0)

    tasks.finish_task(world.worker, task)
    db.session.flush()

    assert words_of(home.my_tasks(world.worker)) == []


def test_a_task_without_words_is_named_by_its_kind(app: Flask) -> None:
    world = make_world()
    finish_all(world)
    cases.set_task(OPERATOR, world.case, "agreement", due_on=today())

    assert words_of(home.my_tasks(world.worker)) == [tasks.words_of("agreement")]


def test_a_task_of_nobody_is_for_those_who_allocate(app: Flask) -> None:
    makers.make_referral()
    unheld = db.session.scalars(select(Task)).all()
    assert unheld

    coordinator, worker = makers.make_actor("coordinator"), makers.make_actor("caseworker")

    assert home.my_tasks(coordinator).total == len(unheld)
    assert home.my_tasks(worker).total == 0


def test_only_the_most_pressing_are_shown_and_all_are_counted(app: Flask) -> None:
    world = make_world()
    finish_all(world)
    for days in range(SHOWN + 3):
        set_task(world, f"Task {days}", days)

    some = home.my_tasks(world.worker)

    assert (len(some.rows), some.total) == (SHOWN, SHOWN + 3)


def test_tasks_of_a_case_that_is_hidden_from_me_are_not_shown(app: Flask) -> None:
    world = make_world()
    assert home.my_tasks(world.worker).total

    cases.exclude(OPERATOR, world.case, user_id=world.worker.id, reason="A cousin")

    assert home.my_tasks(world.worker).total == 0
    assert home.coming_up(world.worker).total == 0
    assert home.my_load(world.worker).open == 0


def test_whoever_covers_me_is_shown_my_work_for_those_days(app: Flask) -> None:
    world = make_world()
    colleague = world.users["colleague"]
    manager = makers.make_actor("manager")
    mine = home.my_tasks(world.worker).total
    before = home.my_tasks(makers.actor_of(colleague)).total

    cover = accounts.arrange_cover(
        manager, world.users["worker"], colleague, makers.ASB, today(), today() + timedelta(days=2)
    )

    covering = makers.actor_of(colleague)
    assert (before, home.my_tasks(covering).total) == (0, mine)
    assert home.my_load(covering).open == 1
    accounts.end_cover(manager, cover.id)
    assert home.my_tasks(makers.actor_of(colleague)).total == 0


# -- coming up -------------------------------------------------------------------------------------


def test_key_dates_next_tries_and_reviews_of_the_next_days_come_up(app: Flask) -> None:
    world = make_world()
    day = today()
    case_makers.add(world, "key_date", dated=day + timedelta(days=3))
    case_makers.add(world, "key_date", dated=day + timedelta(days=60))
    case_makers.add(world, "key_date", dated=day - timedelta(days=3))
    case_makers.add(world, "warning", due_on=day + timedelta(days=5))
    case_makers.add(world, "contact", due_on=day + timedelta(days=1))

    some = home.coming_up(world.worker)

    assert words_of(some) == ["Try to make contact again", "Key date", "Review a warning"]
    assert [(due.due_on - day).days for due in some.rows] == [1, 3, 5]
    assert home.coming_up(makers.actor_of(world.users["colleague"])).total == 0


def test_a_referral_to_chase_is_one_thing_to_do_and_not_two(app: Flask) -> None:
    world = make_world()
    case_makers.add(world, "onward", due_on=today() + timedelta(days=2))

    chases = [words for words in words_of(home.my_tasks(world.worker)) if "Chase" in words]
    assert chases == ["Chase the referral to Barnet Homes duty desk"]
    assert home.coming_up(world.worker).total == 0


# -- counts and the lists they lead to -------------------------------------------------------------


def test_each_count_is_the_total_of_the_list_it_leads_to(app: Flask) -> None:
    manager = makers.make_user("manager")
    long_ago = today() - timedelta(days=90)
    make_case(worker_id=manager.id)
    make_case(worker_id=manager.id, urgent=True, last_contact_on=today())
    make_case(worker_id=manager.id, last_contact_on=long_ago, opened_on=long_ago)
    make_case(worker_id=manager.id, stage="closed")
    make_case(worker_id=makers.make_user("caseworker").id)
    make_case()
    make_case(stage="received")
    make_case(agency_id=makers.make_agency("Another").id)
    actor = makers.actor_of(manager)

    load = home.my_load(actor)

    def total(**wanted: str) -> int:
        return page_of_cases(actor, Filter(**wanted)).total  # type: ignore[arg-type]

    assert (load.open, load.urgent, load.unallocated) == (3, 1, 1)
    assert load.open == total(worker=MINE)
    assert load.urgent == total(worker=MINE, urgent="yes")
    assert load.quiet == total(worker=MINE, quiet="yes")
    assert load.unallocated == total(worker=UNALLOCATED)


# -- questions and drafts --------------------------------------------------------------------------


def test_a_question_is_put_to_the_agency_that_referred_under_the_name_they_gave(app: Flask) -> None:
    school = makers.make_agency("A school")
    coordinator = makers.make_actor("coordinator")
    referral = makers.make_referral(coordinator, forename="Adah", referring_agency_id=school.id)
    screening.return_for_information(
        coordinator, referral, version=referral.version, question="Which flat is it?"
    )
    assert referral.case.subject is not None
    referral.case.subject.forename = "Ada"
    makers.commit()

    some = home.questions(makers.make_actor("referrer", agency=school))

    (due,) = some.rows
    assert (due.name, due.id, due.reference) == ("Adah Okonjo", referral.id, referral.reference)
    assert some.total == 1
    assert home.questions(makers.make_actor("referrer", agency=makers.make_agency("A clinic"))).total == 0


def test_my_drafts_are_mine_and_what_expires_is_told_to_the_coordinator_too(app: Flask) -> None:
    author, coordinator = makers.make_actor("caseworker"), makers.make_actor("coordinator")
    draft = drafts.start(author, makers.ASB)

    assert [each.id for each in home.my_work(author).drafts] == [draft.id]
    assert home.my_work(author).expiring == ()
    draft.expires_at_utc = now() + timedelta(days=2)
    makers.commit()

    (mine,) = home.my_work(author).expiring
    (theirs,) = home.my_work(coordinator).expiring
    assert (mine.own, theirs.own) == (True, False)
    assert home.my_work(coordinator).drafts == ()


# -- cost, trail -----------------------------------------------------------------------------------


def test_the_number_of_statements_does_not_grow_with_the_work(app: Flask) -> None:
    actor = makers.make_actor("caseworker")
    counts = []
    for _ in range(2):
        for name in ("Ada Okonjo", "Bola Iyer", "Cai Quill"):
            case = make_case(name=name, worker_id=actor.id)
            vault.make_key(case.id)
            cases.set_task(OPERATOR, case, "other", due_on=today(), text=f"See {name}")
        makers.commit()
        db.session.remove()
        with statements() as sent:
            assert home.my_work(actor).tasks
        counts.append(len([each for each in sent if each.startswith("SELECT")]))

    assert counts[0] == counts[1]
    assert counts[0] <= 12


def test_that_my_work_was_seen_is_in_the_trail_without_a_name(app: Flask) -> None:
    world = make_world()
    finish_all(world)
    set_task(world, "Ring Ada Okonjo", 0)
    makers.commit()

    home.my_work(world.worker)
    makers.commit()

    (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.event == "list.viewed"))
    assert (entry.actor_id, entry.details) == (world.worker.id, {"list": "home", "rows": 1})
