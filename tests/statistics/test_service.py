"""Who may have which figures, and what is behind them."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import insert, select

from casework.access.vocabulary import OPERATOR, Actor, Permission
from casework.accounts.models import Agency, User
from casework.audit.models import AuditEntry
from casework.cases.models import Exclusion
from casework.errors import Invalid, NotFound, Refused
from casework.extensions import db, new_id, now
from casework.programmes import shelf
from casework.statistics import disclosure, exports, periods, service
from casework.statistics.disclosure import Audience
from casework.statistics.service import Place
from tests.statistics import records
from tests.statistics.records import ASB, make_entry, make_referral
from tests.support.makers import actor_of, make_actor, make_agency, make_user

YEAR = periods.part(2017, "year")
IN = date(2018, 1, 10)
VIEWERS = ("coordinator", "chair", "manager", "analyst")
OTHERS = ("referrer", "caseworker", "panel_member", "administrator", "auditor")


def exclude(
    case_id: object, *, user_id: object = None, agency: Agency | None = None, ended: bool = False
) -> None:
    """Set an exclusion on plain columns, with no reason: the reason would need the case's key."""
    row = {
        "id": new_id(),
        "case_id": case_id,
        "user_id": user_id,
        "agency_id": agency.id if agency else None,
        "set_at_utc": now(),
        "ended_at_utc": now() if ended else None,
    }
    db.session.execute(insert(Exclusion), [row])
    db.session.commit()


def committed(actor: Actor) -> Actor:
    db.session.commit()
    return actor


def received(actor: Actor) -> int | None:
    return service.make_report(actor, ASB, "year_end", YEAR).headlines[0].count


def behind(actor: Actor, table: str, row: str, column: str = "year") -> list[str]:
    """The references behind a figure."""
    found = service.cases_behind(actor, ASB, "year_end", YEAR, Place(table, row, column))
    assert found.page.total == len(found.page.rows)
    return [each.reference for each in found.page.rows]


# -- reports ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", VIEWERS)
def test_report_is_of_the_whole_programme_for_whoever_may_have_it(app: Flask, role: str) -> None:
    make_referral(IN, agency_id=committed_agency("Another Agency").id)
    make_referral(IN)

    assert received(committed(make_actor(role))) == 2


def committed_agency(name: str) -> Agency:
    agency = make_agency(name)
    db.session.commit()
    return agency


@pytest.mark.parametrize("role", OTHERS)
def test_report_is_refused_to_other_roles(app: Flask, role: str) -> None:
    with pytest.raises(Refused, match="not open to you"):
        received(make_actor(role))


def test_report_of_another_programme_is_refused(app: Flask) -> None:
    actor = make_actor("manager", "community_marac")

    with pytest.raises(Refused, match="not open to you"):
        received(actor)
    assert [programme.id for programme in service.open_programmes(actor)] == ["community_marac"]


@pytest.mark.parametrize("whole_agency", [True, False])
def test_exclusion_shuts_exact_figures_in_the_words_of_any_refusal(app: Flask, whole_agency: bool) -> None:
    agency = make_agency("Host Agency")
    user = make_user("coordinator", agency=agency)
    actor = committed(make_actor("coordinator")) if whole_agency else committed_actor(user)
    _, case = make_referral(IN)
    exclude(case, agency=agency if whole_agency else None, user_id=None if whole_agency else user.id)

    with pytest.raises(Refused) as by_exclusion:
        received(actor)
    with pytest.raises(Refused) as by_role:
        received(make_actor("referrer"))
    assert str(by_exclusion.value) == str(by_role.value) == service.CLOSED_WORDS
    assert by_exclusion.value.subject is None
    assert service.open_programmes(actor) == ()
    with pytest.raises(Refused, match="not open to you"):
        behind(actor, "referral_source", "housing")
    with pytest.raises(Refused, match="not open to you"):
        service.years_on_record(actor, ASB, IN)
    assert service.make_enquiries(actor, 2017) is None


def committed_actor(user: User) -> Actor:
    db.session.commit()
    return actor_of(user)


def test_exclusion_of_one_changes_no_figure_of_another(app: Flask) -> None:
    excluded, other = (
        make_user("manager", agency=make_agency("A")),
        make_user("manager", agency=make_agency("B")),
    )
    _, case = make_referral(IN)
    make_referral(IN)
    exclude(case, user_id=excluded.id)

    assert received(committed_actor(other)) == 2
    assert received(OPERATOR) == 2


def test_exclusion_that_has_ended_shuts_nothing(app: Flask) -> None:
    user = make_user("manager")
    _, case = make_referral(IN)
    exclude(case, user_id=user.id, ended=True)

    assert received(committed_actor(user)) == 1


def test_exclusion_in_another_programme_shuts_nothing_here(app: Flask) -> None:
    user = make_user("manager")
    _, case = make_referral(IN, programme="community_marac")
    exclude(case, user_id=user.id)

    assert received(committed_actor(user)) == 0


def test_report_is_noted_in_the_trail(app: Flask) -> None:
    actor = committed(make_actor("analyst"))

    service.make_report(actor, ASB, "quarterly", periods.part(2017, "q1"))
    db.session.commit()

    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.event == "report.made")).one()
    assert (entry.actor_id, entry.programme) == (actor.id, ASB)
    assert entry.details == {
        "report": "asb_support/quarterly",
        "first_day": "2017-04-01",
        "last_day": "2017-06-30",
        "audience": "internal",
    }


def test_every_report_of_every_programme_can_be_made_and_drawn(app: Flask) -> None:
    for programme in shelf.every().values():
        make_referral(IN, programme=programme.id)
        for definition in programme.reports:
            report = service.make_report(OPERATOR, programme.id, definition.id, YEAR)
            assert [table.id for table in report.tables] == [table.id for table in definition.tables]
            for form in exports.WRITERS:
                assert exports.write(report, form, exports.Stamp("Somebody", "today"))


def test_unknown_report_and_programme_are_not_found(app: Flask) -> None:
    for programme, report in ((ASB, "monthly"), ("asb", "year_end")):
        with pytest.raises(NotFound):
            service.make_report(OPERATOR, programme, report, YEAR)


def test_report_for_another_audience_is_refused(app: Flask) -> None:
    with pytest.raises(Invalid, match="not available yet"):
        service.make_report(OPERATOR, ASB, "year_end", YEAR, audience=Audience.PUBLIC)


def test_years_offered_are_those_on_record_and_this_one(app: Flask) -> None:
    make_referral(date(2015, 5, 1))
    make_referral(IN)

    assert service.years_on_record(OPERATOR, ASB, date(2020, 6, 1)) == ((2020, 2017, 2016, 2015), 2017)
    assert service.years_on_record(OPERATOR, ASB, date(2016, 6, 1)) == ((2016, 2015), 2016)
    assert service.years_on_record(OPERATOR, "channel", date(2020, 6, 1)) == ((2020,), 2020)


def test_enquiries_of_open_programmes_are_counted(app: Flask) -> None:
    records.make_enquiry(IN)
    records.make_enquiry(IN, programme="channel")

    table = service.make_enquiries(committed(make_actor("analyst")), 2017)

    assert isinstance(table, disclosure.SafeTable)
    assert [row.id for row in table.rows] == [ASB]
    assert table.cell(ASB, "q4").count == 1


# -- the cases behind a figure ---------------------------------------------------------------------


@pytest.fixture
def coordinator(app: Flask) -> Actor:
    return committed(make_actor("coordinator"))


def test_every_figure_of_the_year_has_as_many_records_behind_it(app: Flask, coordinator: Actor) -> None:
    records.import_year(app)
    report = service.make_report(coordinator, ASB, "year_end", YEAR)

    for table in report.tables:
        for cell in table.cells:
            place = Place(table.id, cell.row, cell.column)
            found = service.cases_behind(coordinator, ASB, "year_end", YEAR, place)
            assert found.page.total == cell.count, place


def test_records_behind_a_figure_are_in_the_order_of_their_days(app: Flask, coordinator: Actor) -> None:
    days = [date(2018, 2, 1), date(2017, 5, 1), date(2017, 12, 24)]
    for day in days:
        make_referral(day)

    page = service.cases_behind(
        coordinator, ASB, "year_end", YEAR, Place("referral_source", "housing", "year")
    ).page

    assert [each.day for each in page.rows] == sorted(days)


def test_list_behind_a_figure_holds_only_what_the_actor_may_see(app: Flask) -> None:
    mine, other = make_agency("Mine"), make_agency("Another")
    manager = committed(make_actor("manager", agency=mine))
    make_referral(IN, agency_id=mine.id)
    make_referral(IN, agency_id=other.id)

    assert received(manager) == 2
    assert len(behind(manager, "referral_source", "housing")) == 1


@pytest.mark.parametrize("role", ["analyst", "chair"])
def test_figures_alone_are_open_to_those_who_may_not_see_cases_behind(app: Flask, role: str) -> None:
    actor = committed(make_actor(role))

    assert not actor.has(Permission.REPORT_DRILL, ASB)
    with pytest.raises(Refused, match="cases behind figures"):
        behind(actor, "referral_source", "housing")


def test_what_was_not_recorded_has_records_behind_it_too(app: Flask, coordinator: Actor) -> None:
    make_referral(IN, source=None)
    make_referral(
        IN, source="a_code_of_long_ago", answers={("subject", "age"): 40, ("subject", "gender"): "male"}
    )
    make_referral(IN, answers={("subject", "gender"): "not_known"})

    assert len(behind(coordinator, "referral_source", "unknown")) == 2
    assert len(behind(coordinator, "gender", "not_known")) == 2
    assert len(behind(coordinator, "age_band", "not_given")) == 2
    assert len(behind(coordinator, "age_band", "36_45")) == 1


def test_struck_out_entries_are_not_behind_a_figure(app: Flask, coordinator: Actor) -> None:
    _, case = make_referral(IN)
    make_entry(case, "onward", IN, "marac")
    make_entry(case, "onward", IN, "marac", ended_at=now())

    assert len(behind(coordinator, "onward_referral", "marac")) == 1


@pytest.mark.parametrize(
    "place", [Place("ward", "x", "year"), Place("gender", "x", "year"), Place("gender", "male", "month")]
)
def test_figure_that_is_not_in_the_report_is_not_found(app: Flask, coordinator: Actor, place: Place) -> None:
    with pytest.raises(NotFound):
        service.cases_behind(coordinator, ASB, "year_end", YEAR, place)
