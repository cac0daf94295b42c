"""Flags: from when to when, who is told, who answers, and what leaves as a file."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from casework import extensions
from casework.access.vocabulary import OPERATOR
from casework.cases import closure, moments
from casework.cases import service as cases
from casework.cases.models import Case
from casework.errors import Refused
from casework.extensions import db
from casework.forms import today
from casework.mail.models import MailMessage
from casework.panels.flags import listing as flag_list
from casework.panels.flags import service as flags
from casework.panels.models import Finding, Flag, FlagNotice, Research
from casework.referrals.log import Party
from tests.support import makers, panels

CORE = {"police", "domestic_abuse_service", "childrens_social_care", "housing_council"}


@pytest.fixture
def panel(app: Flask) -> panels.Panel:
    return panels.make_panel(kinds=(*panels.KINDS, "fire"))  # fire is no core agency of a MARAC


def kinds_told(panel: panels.Panel, flag: Flag, kind: str = "set") -> set[str]:
    names = {agency.id: name for name, agency in panel.agencies.items()}
    found = db.session.scalars(
        select(FlagNotice).where(FlagNotice.flag_id == flag.id, FlagNotice.kind == kind)
    )
    return {names[notice.agency_id] for notice in found}


def notice_of(panel: panels.Panel, flag: Flag, kind: str, what: str = "set") -> FlagNotice:
    return db.session.scalars(
        select(FlagNotice).where(
            FlagNotice.flag_id == flag.id,
            FlagNotice.kind == what,
            FlagNotice.agency_id == panel.agencies[kind].id,
        )
    ).one()


def flag_of(case: Case) -> Flag:
    flag = flags.standing(case)
    assert flag is not None
    return flag


def move_clock(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    at: datetime = extensions.now() + by
    for module in (extensions, flags):
        monkeypatch.setattr(module, "now", lambda: at)
    monkeypatch.setattr(flags, "today", lambda: at.date())


def test_a_flag_runs_for_the_months_of_the_rule_from_the_day_the_referral_was_received(
    panel: panels.Panel,
) -> None:
    received = today() - timedelta(days=9)
    flag = flag_of(panels.make_accepted(panel, received_on=received))

    assert flag.from_day == received
    assert flag.ends_on in (
        received.replace(year=received.year + 1) if (received.month, received.day) != (2, 29) else None,
        date(received.year + 1, 2, 28),
    )


def test_until_agencies_have_answered_the_core_ones_are_told_then_those_that_know(
    panel: panels.Panel,
) -> None:
    case = panels.make_accepted(panel)
    assert kinds_told(panel, flag_of(case)) == CORE

    db.session.expire(case, ["involvements"])
    item = panels.make_item(panel, panels.make_meeting(panel, state="open"), case)
    asked = select(Research).where(
        Research.item_id == item.id, Research.agency_id == panel.agencies["fire"].id
    )
    returned = db.session.scalars(asked).one()
    for finding in db.session.scalars(select(Finding).where(Finding.research_id == returned.id)):
        finding.known = True
    db.session.flush()
    moments.happened(panel.coordinating, case, "heard")

    assert kinds_told(panel, flag_of(case)) == {*CORE, "fire"}


def test_an_agency_from_which_the_case_is_hidden_is_told_nothing(panel: panels.Panel) -> None:
    case = panels.make_accepted(panel)
    police = notice_of(panel, flag_of(case), "police")
    cases.exclude(panel.coordinating, case, agency_id=panel.agencies["police"].id, reason="A party")

    assert flag_list.page_of(panel.member("police"), flag_list.FLAGGED).total == 0
    flags.write_to_readers(OPERATOR)
    written = set(db.session.scalars(select(MailMessage.user_id)))
    assert panel.members["police"].id not in written
    assert police.mailed_on is None
    assert "police of dva_marac" not in {
        name for row in flag_list.page_of(panel.coordinating, flag_list.AWAITED).rows for name in row.awaited
    }
    flags.end(OPERATOR, flag_of(case), "lapsed")
    assert "police" not in kinds_told(panel, db.session.scalars(select(Flag)).one(), "ended")


def test_a_repeat_begins_a_new_flag_in_place_of_the_old_one(panel: panels.Panel) -> None:
    case = panels.make_accepted(panel, received_on=today() - timedelta(days=40))
    first = flag_of(case)
    db.session.expire(case, ["involvements"])
    parties = [Party(role=part.role, known=part.person_id) for part in case.involvements]
    again = makers.make_referral(panel.coordinating, panels.DVA, received_on=today(), parties=parties)
    db.session.expire(again.case, ["involvements"])
    moments.happened(panel.coordinating, again.case, "accepted")

    assert (first.ended_on, first.end_reason) == (today(), "repeat")
    assert flag_of(again.case).from_day == today()
    assert kinds_told(panel, flag_of(again.case)) == CORE
    assert kinds_told(panel, first, "ended") == set()


def test_on_its_day_a_flag_ends_and_each_agency_is_asked_to_take_it_off(
    panel: panels.Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    flag = flag_of(panels.make_accepted(panel))
    flags.keep_up(OPERATOR)
    assert flag.ended_on is None
    first = len(db.session.scalars(select(MailMessage)).all())
    assert flags.keep_up(OPERATOR) == 0

    move_clock(monkeypatch, flag.ends_on - today())
    flags.keep_up(OPERATOR)

    assert flag.end_reason == "lapsed"
    assert kinds_told(panel, flag, "ended") == CORE
    mails = db.session.scalars(select(MailMessage)).all()
    assert {mail.template for mail in mails[first:]} <= {"FLAGS_SET", "FLAGS_EXPIRING"}
    assert sum(mail.template == "FLAGS_EXPIRING" for mail in mails) == len(CORE)
    member = panel.member("police")
    assert flag_list.page_of(member, flag_list.FLAGGED).total == 0
    [row] = flag_list.page_of(member, flag_list.TO_FREE).rows
    assert row.why == "Its time is over"
    assert flag_list.to_do(member) == (0, 1)
    flags.acknowledge(member, notice_of(panel, flag, "police", "ended"))
    assert flag_list.page_of(member, flag_list.TO_FREE).total == 0


def test_an_agency_answers_for_itself_alone(panel: panels.Panel) -> None:
    flag = flag_of(panels.make_accepted(panel))
    police = notice_of(panel, flag, "police")

    with pytest.raises(Refused):
        flags.acknowledge(panel.member("housing_council"), police)
    flags.acknowledge(panel.member("police"), police)

    assert flag_list.to_do(panel.member("housing_council")) == (1, 0)
    assert police.acknowledged_by_id == panel.members["police"].id
    [row] = flag_list.page_of(panel.coordinating, flag_list.AWAITED).rows
    assert len(row.awaited) == len(CORE) - 1
    assert panel.agencies["police"].name not in row.awaited


def test_a_case_closed_without_being_heard_is_flagged_no_longer(panel: panels.Panel) -> None:
    case = panels.make_accepted(panel)
    flag = flag_of(case)
    values = {
        "closed_on": today(),
        "closure_reason": "not_heard",
        "closure_words": "It does not meet the criteria",
        "version": case.version,
    }
    closure.close(OPERATOR, case, "closed", values)

    assert flag.end_reason == "closed"


def test_the_file_holds_references_and_dates_and_no_name(panel: panels.Panel, client: FlaskClient) -> None:
    case = panels.make_accepted(panel, surname="Featherstonehaugh")
    reference = case.reference
    makers.sign_in(client, panel.members["police"])

    page = client.get("/flags").get_data(as_text=True)
    answer = client.get("/flags/file.csv")

    assert "Featherstonehaugh" in page
    lines = answer.get_data(as_text=True).splitlines()
    assert lines[0] == "programme,reference,flagged_from,flagged_until,told_on,acknowledged_on"
    assert reference in lines[1]
    assert "Featherstonehaugh" not in answer.get_data(as_text=True)
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_text_that_a_spreadsheet_would_run_stays_text() -> None:
    assert [flag_list.harmless(cell) for cell in ("=1+1", " @x", "-2", "DV-1")] == [
        "'=1+1",
        "' @x",
        "'-2",
        "DV-1",
    ]


def test_a_flag_is_acknowledged_in_one_click(panel: panels.Panel, client: FlaskClient) -> None:
    notice = notice_of(panel, flag_of(panels.make_accepted(panel)), "police").id
    makers.sign_in(client, panel.members["police"])

    assert client.post(f"/flags/notices/{notice}/acknowledge").status_code == 302
    assert db.session.get_one(FlagNotice, notice).acknowledged_at_utc is not None
    makers.sign_in(other := client.application.test_client(), panel.members["housing_council"])
    assert other.post(f"/flags/notices/{notice}/acknowledge").status_code == 404
