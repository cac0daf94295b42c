"""Papers: what each agency reads, what is kept out of them, who may open them."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from casework.audit.events import Event
from casework.audit.models import AuditEntry
from casework.cases import entries, gate, involved
from casework.cases import service as cases
from casework.errors import NotFound
from casework.extensions import db
from casework.forms import today
from casework.mail.models import MailMessage
from casework.panels.minutes import service as minutes
from casework.panels.models import AgendaItem, Paper
from casework.panels.papers import files as paper_files
from casework.panels.papers import leaving, slices
from casework.panels.papers import service as papers
from casework.panels.papers.slices import ACTIONS, AGENDA, MINUTES, Sheet
from casework.people import service as people
from casework.people.models import Person
from tests.panels import minuting
from tests.panels.minuting import Held
from tests.support import makers, panels

EVERY = (AGENDA, MINUTES, ACTIONS)


@pytest.fixture
def held(app: Flask) -> Held:
    return minuting.make_held("Okonjo", "Iyer")


def issue_all(held: Held, **texts: str) -> None:
    """All three papers, of minutes that say `texts`."""
    for item in held.items.values():
        minuting.act(held, item, "police", f"Flag the address of {item.case.subject.surname}")  # type: ignore[union-attr]
    papers.issue(held.panel.coordinating, held.meeting, AGENDA)
    papers.issue_minutes(held.panel.coordinating, minuting.make_approved(held, **texts))


def read(held: Held, kind: str, paper: str, user: object = None) -> Sheet | None:
    """What a member of the agency of that kind reads; None where they have no such paper."""
    actor = makers.actor_of(user) if user else held.panel.member(kind)  # type: ignore[arg-type]
    listed = next((each.paper for each in papers.own(actor) if each.paper.kind == paper), None)
    if listed is None:
        return None
    papers.open_(actor, listed)
    return papers.read(actor, listed)


def words(sheet: Sheet | None) -> str:
    """All that stands on a paper, as its file has it."""
    assert sheet is not None
    drawn = [
        *sheet.opening,
        *(line for each in sheet.slices for line in (*each.alarm, *each.lines)),
        *sheet.closing,
    ]
    return "\n".join([*(each.title for each in sheet.slices), *(line.words for line in drawn)])


def left_out(sheet: Sheet | None) -> set[str]:
    assert sheet is not None
    return {
        piece.text
        for each in sheet.slices
        for line in (*each.alarm, *each.lines)
        for piece in line.pieces
        if piece.left_out
    }


def person_of(item: AgendaItem, role: str = "subject") -> Person:
    return next(part.person for part in item.case.involvements if part.role == role)


def events(event: Event) -> list[AuditEntry]:
    makers.commit()
    return list(db.session.scalars(select(AuditEntry).where(AuditEntry.event == event)))


# -- each agency's own slice -------------------------------------------------------------------------------


def test_paper_holds_what_the_agency_was_asked_about(held: Held) -> None:
    issue_all(held)

    for paper in EVERY:
        sheet = read(held, "police", paper)
        assert sheet is not None
        assert [each.title.partition(": ")[2] for each in sheet.slices] == ["Ada Okonjo", "Ada Iyer"]


def test_agency_that_was_not_asked_gets_no_paper(app: Flask) -> None:
    held = minuting.make_held("Okonjo", asked=("police",))
    issue_all(held)

    assert {paper.agency_id for paper in db.session.scalars(select(Paper))} == {
        held.panel.agencies["police"].id
    }
    assert papers.own(held.panel.member("housing_council")) == []


def test_excluded_member_finds_no_trace_and_the_deputy_reads_all(held: Held) -> None:
    issue_all(held)
    hidden = held.items["Iyer"]
    cases.exclude(
        held.panel.coordinating, hidden.case, user_id=held.panel.members["police"].id, reason="A cousin"
    )

    for paper in EVERY:
        sheet = read(held, "police", paper)

        assert "Iyer" not in words(sheet)
        assert hidden.case.reference not in words(sheet)
        assert "Ada Iyer" in words(read(held, "police", paper, held.panel.deputies["police"]))


def test_member_from_whom_every_case_is_hidden_has_no_paper(app: Flask) -> None:
    held = minuting.make_held("Okonjo")
    issue_all(held)
    (item,) = held.items.values()
    listed = papers.own(held.panel.member("police"))

    cases.exclude(
        held.panel.coordinating, item.case, agency_id=held.panel.agencies["police"].id, reason="A party"
    )

    assert len(listed) == len(EVERY)
    assert papers.own(held.panel.member("police")) == []
    coordinator = makers.make_user("coordinator", held.panel.programme)
    cases.exclude(held.panel.coordinating, item.case, user_id=coordinator.id, reason="A cousin")
    assert papers.receipts(makers.actor_of(coordinator), held.meeting) == []


def test_reader_who_is_somebody_in_the_case_reads_nothing_of_it(held: Held) -> None:
    issue_all(held)
    harming = person_of(held.items["Okonjo"], "perpetrator")
    held.panel.members["police"].name = harming.name
    db.session.flush()

    for paper in EVERY:
        sheet = read(held, "police", paper)

        assert "Ada Okonjo" not in words(sheet)
        assert "Ada Iyer" in words(sheet)


def test_issuer_is_told_who_gets_nothing_and_it_is_noted(held: Held) -> None:
    item = held.items["Okonjo"]
    entries.add(
        held.panel.coordinating,
        item.case,
        "warning",
        {
            "code": "must_not_be_told",
            "whom": "police of dva_marac",
            "why": "He works there",
            "due_on": today(),
        },
    )

    (preview,) = (
        each
        for each in slices.preview(
            held.panel.coordinating, held.meeting, AGENDA, None, papers.recipients(held.meeting, AGENDA)
        )
        if each.stops
    )
    papers.issue(held.panel.coordinating, held.meeting, AGENDA)

    assert preview.agency.id == held.panel.agencies["police"].id
    assert "He works there" in preview.items[0].blocked[0]
    assert [entry.subject_id for entry in events(Event.PAPER_BLOCKED)] == [item.id]
    assert "Ada Okonjo" not in words(read(held, "police", AGENDA))
    assert "Ada Okonjo" in words(read(held, "housing_council", AGENDA))


# -- what is taken out -------------------------------------------------------------------------------------


def test_unsafe_contact_details_are_left_out_with_the_reason(held: Held) -> None:
    person = person_of(held.items["Okonjo"])
    person.seal(phone="07700 900982", email="ada@example.org", safe_to_call="no")
    people.move_home(
        held.panel.coordinating, person, lines="3 Hidden Mews", postcode="N3 2PX", confidential=True
    )
    said = "Ring +44 7700 900 982, or write to ADA@example.org at 3, Hidden Mews, n3 2px."
    minuting.act(held, held.items["Okonjo"], "police", said)
    issue_all(held, Okonjo=said)

    for paper in EVERY:
        sheet = read(held, "police", paper)

        for secret in ("900 982", "900982", "ADA@", "ada@", "Hidden", "n3 2px"):
            assert secret not in words(sheet)
        if paper != AGENDA:
            assert any("not safe to call" in reason for reason in left_out(sheet))
            assert any("confidential address" in reason for reason in left_out(sheet))


def test_where_two_accuse_each_other_neither_side_s_contacts_are_in_any_paper(held: Held) -> None:
    item = held.items["Okonjo"]
    ada, reuben = person_of(item), person_of(item, "perpetrator")
    for person, role in ((ada, "perpetrator"), (reuben, "subject")):
        involved.add_known(held.panel.coordinating, item.case, person.id, role, relationship_words=None)
    ada.seal(phone="07700 900111", safe_to_call="yes")
    reuben.seal(phone="07700 900222", safe_to_call="yes")
    said = "Ring Ada on 07700 900111 and Reuben on 07700 900222."
    minuting.act(held, item, "police", said)
    issue_all(held, Okonjo=said)

    for paper in (MINUTES, ACTIONS):
        sheet = read(held, "police", paper)

        assert "900111" not in words(sheet)
        assert "900222" not in words(sheet)
        assert any("each side accuses the other" in reason for reason in left_out(sheet))


def test_facts_that_another_agency_returned_are_left_out(held: Held) -> None:
    minuting.answer(held.items["Okonjo"], held, "housing_council")
    issue_all(held, Okonjo=f"{minuting.FACTS} {minuting.TOLD}")

    assert "knife" not in words(read(held, "police", MINUTES))
    assert minuting.TOLD in words(read(held, "police", MINUTES))
    assert "knife" in words(read(held, "housing_council", MINUTES))


def test_line_for_some_agencies_is_left_out_for_the_others(held: Held) -> None:
    issue_all(held, Okonjo="Only for police of dva_marac: the source is an officer.")

    assert "officer" in words(read(held, "police", MINUTES))
    assert "officer" not in words(read(held, "housing_council", MINUTES))
    assert leaving.FOR_OTHERS in left_out(read(held, "housing_council", MINUTES))


def test_issuer_leaves_words_out_for_one_agency_or_all(held: Held) -> None:
    issue_all(held, Okonjo="Her sister's café is on Long Lane.", Iyer="She walks by the canal.")
    police = held.panel.agencies["police"].id

    papers.redact(
        held.panel.coordinating,
        held.items["Okonjo"],
        words="sister's cafe",
        reason="Not theirs",
        agency_id=None,
    )
    one = papers.redact(
        held.panel.coordinating,
        held.items["Iyer"],
        words="by the canal",
        reason="For others",
        agency_id=police,
    )

    assert "[Left out: Not theirs]" in words(read(held, "housing_council", MINUTES))
    assert "[Left out: For others]" in words(read(held, "police", MINUTES))
    assert "by the canal" in words(read(held, "housing_council", MINUTES))
    papers.end_redaction(held.panel.coordinating, one)
    assert "by the canal" in words(read(held, "police", MINUTES))


def test_what_the_gate_still_finds_is_not_given(held: Held) -> None:
    item = held.items["Okonjo"]
    person_of(item).seal(phone="07700 900982", safe_to_call="no")
    reader = leaving.Reader.of(held.panel.agencies["police"])

    passed = leaving.Gateway(item).let_through(reader, [("text", "0 7 7 0 0 and then 9 0 0 9 8 2")])

    assert passed.lines == []
    assert "not safe to call" in passed.blocked[0]
    assert leaving.blocks(item.case, reader, "07700 900982") == list(passed.blocked)


def test_opening_tells_nothing_of_a_case(held: Held) -> None:
    reference = held.items["Okonjo"].case.reference
    drafted = minutes.draft(held.panel.coordinating, held.meeting)
    minutes.write_meeting(
        held.panel.coordinating,
        drafted,
        opening=f"Thanks for {reference}, Ada Okonjo. Room 2 was cold.",
        closing=None,
        version=drafted.version,
    )
    minuting.approve(held, drafted)
    papers.issue_minutes(held.panel.coordinating, drafted)

    said = words(read(held, "police", MINUTES))

    assert "Room 2 was cold" in said
    assert "Thanks for [Left out: " in said


def test_declared_interest_is_in_nobody_s_paper_and_leaves_no_gap(held: Held) -> None:
    minuting.declare(held.items["Okonjo"], "housing_council", held, "A cousin of the victim")
    issue_all(held)

    sheet = read(held, "police", MINUTES)

    assert "cousin" not in words(sheet)
    assert left_out(sheet) == set()


def test_channel_individual_and_guardian_read_nothing(app: Flask) -> None:
    held = minuting.make_held("Marsh", programme="channel")
    issue_all(held)
    individual = person_of(held.items["Marsh"])

    for paper in EVERY:
        assert "Marsh" in words(read(held, "police", paper))
    held.panel.members["police"].email = "member@example.org"
    individual.seal(email="Member@Example.org")
    db.session.flush()
    for paper in EVERY:
        sheet = read(held, "police", paper)
        assert "Marsh" not in words(sheet)
    assert gate.check(held.items["Marsh"].case, gate.Recipient(individual.name), "")


# -- receipts, recall, mail --------------------------------------------------------------------------------


def test_paper_opens_after_its_reader_said_so_and_the_coordinator_sees_who_has(held: Held) -> None:
    issue_all(held)
    member = held.panel.member("police")
    paper = next(each.paper for each in papers.own(member) if each.paper.kind == MINUTES)
    assert papers.read(member, paper) is None

    papers.open_(member, paper)

    assert papers.read(member, paper) is not None
    by_agency = {
        each.paper.agency_id: each
        for each in papers.receipts(held.panel.coordinating, held.meeting)
        if each.paper.kind == MINUTES
    }
    police = by_agency[held.panel.agencies["police"].id]
    housing = by_agency[held.panel.agencies["housing_council"].id]
    assert [reading.user_id for reading in police.read] == [member.id]
    assert held.panel.members["housing_council"] in housing.not_read
    assert [each.read_at_utc is None for each in papers.own(member)] == [True, True, False]


def test_preview_by_the_coordinator_is_no_receipt(held: Held) -> None:
    issue_all(held)
    paper = db.session.scalars(select(Paper).where(Paper.kind == MINUTES)).first()
    assert paper is not None

    sheet = papers.read(held.panel.coordinating, paper)

    assert sheet is not None
    assert sheet.slices
    with pytest.raises(NotFound):
        papers.open_(held.panel.coordinating, paper)


def test_recalled_paper_is_opened_by_nobody_until_it_is_issued_again(held: Held) -> None:
    issue_all(held)
    member = held.panel.member("police")
    paper = next(each.paper for each in papers.own(member) if each.paper.kind == AGENDA)

    papers.recall(held.panel.coordinating, paper)

    assert AGENDA not in {each.paper.kind for each in papers.own(member)}
    papers.issue(held.panel.coordinating, held.meeting, AGENDA)
    assert AGENDA in {each.paper.kind for each in papers.own(member)}


def test_paper_of_corrected_minutes_says_that_it_is_replaced(held: Held) -> None:
    first = minuting.make_approved(held, Okonjo="On Tuesday")
    papers.issue_minutes(held.panel.coordinating, first)
    second = minutes.correct(held.panel.coordinating, first, reason="It was Monday")
    minuting.approve(held, second)
    papers.issue_minutes(held.panel.coordinating, second)

    listed = [each for each in papers.own(held.panel.member("police")) if each.paper.kind == MINUTES]

    assert {each.replaced for each in listed} == {True, False}
    old = next(each.paper for each in listed if each.replaced)
    papers.open_(held.panel.member("police"), old)
    sheet = papers.read(held.panel.member("police"), old)
    assert sheet is not None
    assert sheet.replaced_by == 2


def test_each_reader_gets_one_message_that_names_nobody(held: Held) -> None:
    cases.exclude(
        held.panel.coordinating, held.items["Iyer"].case, user_id=held.panel.members["police"].id, reason="x"
    )
    issue_all(held)

    sent = db.session.scalars(select(MailMessage).where(MailMessage.template == "MINUTES_READY")).all()

    assert len(sent) == len({message.user_id for message in sent}) == 2 * len(panels.KINDS)
    assert all("Okonjo" not in str(message.values) for message in sent)


def test_file_carries_reader_marking_and_gaps(held: Held) -> None:
    person_of(held.items["Okonjo"]).seal(phone="07700 900982", safe_to_call="no")
    issue_all(held, Okonjo="Decision:\nRing 07700 900982.\n- A point\n- Another")
    sheet = read(held, "police", MINUTES)
    assert sheet is not None

    made = paper_files.as_pdf(sheet, "A Member, Police")

    assert made.startswith(b"%PDF-")
    assert any("[Left out: a telephone number" in line.words for each in sheet.slices for line in each.lines)
