"""Work that is under way in the demonstration borough today. Everybody in it is invented.

It is made by the same services as real work. All of it is dated near today, so the published year stays as it was.
"""

from __future__ import annotations

from datetime import date

from casework.cases import entries, kinds, sharing, tasks
from casework.demonstration import meetings
from casework.demonstration.records import (
    ASB,
    CHANNEL,
    COMMUNITY,
    DOMESTIC,
    Borough,
    accept,
    ago,
    refer,
    somebody,
)
from casework.forms import today
from casework.referrals import drafts, enquiries, screening


def work(borough: Borough) -> None:
    meetings.sit(borough)
    _waiting(borough)
    _worked(borough)
    _other_cases(borough)
    _other_programmes(borough)
    _unfinished(borough)
    meetings.hold(borough)


def _waiting(borough: Borough) -> None:
    """Referrals that wait: two to be screened, one for information from its referrer."""
    housing = borough.actor("referrer")
    refer(
        housing,
        ASB,
        ago(1),
        somebody(housing, ASB, "subject", "Oluwaseun", "Adeyemi", date(1991, 8, 23), ward="colindale"),
        source="housing",
        narrative="Groups gather in the stairwell every night, shout at her and kick the door. She is afraid to come home.",
    )
    coordinator = borough.actor("coordinator")
    refer(
        coordinator,
        ASB,
        ago(4),
        somebody(coordinator, ASB, "subject", "Beatrix", "Halloran", date(1948, 2, 29), ward="oakleigh"),
        source="self_referrals",
        route="telephone",
        narrative="A neighbour's building work goes on through the night; her letters have been answered with threats.",
    )
    returned = refer(
        housing,
        ASB,
        ago(9),
        somebody(housing, ASB, "subject", "Tomasz", "Wierzbicki", date(1979, 11, 5), ward="burnt_oak"),
        source="housing",
        narrative="Complaints of noise from the flat above.",
    )
    screening.return_for_information(
        coordinator,
        returned,
        version=returned.version,
        question="Since when has this gone on, and has he told the police? Is it safe to telephone him?",
    )


def _worked(borough: Borough) -> None:
    """A case in full swing, with something overdue and something to chase."""
    coordinator, worker = borough.actor("coordinator"), borough.actor("caseworker")
    referral = refer(
        coordinator,
        ASB,
        ago(24),
        somebody(
            coordinator, ASB, "subject", "Marguerite", "Delacroix-Osei", date(1983, 4, 12), ward="west_hendon",
            phone="020 7946 0712", safe_times="Weekdays after 6pm", safe_to_leave_message="no",
        ),
        somebody(coordinator, ASB, "perpetrator", "Darren", "Pikewell", date(1987, 9, 1)),
        source="metropolitan_police",
        route="secure_email",
        narrative="Verbal abuse and damage to her car by a neighbour since the spring; two reports to the police.",
        answers={"mediation": False, "cs_marac_supported": True},
    )  # fmt: skip
    case = accept(borough, coordinator, referral, "caseworker")
    accused = next(part.person_id for part in case.involvements if part.role == "perpetrator")
    subject = case.subject_id
    for kind, values in (
        ("contact", {"dated": ago(22), "person_id": subject, "code": "telephone", "status": "no_answer"}),
        (
            "contact",
            {
                "dated": ago(21),
                "person_id": subject,
                "code": "telephone",
                "status": "spoke",
                "text": "She would like somebody to come with her to the police. Agreed to meet at the office.",
            },
        ),
        ("agreement", {"dated": ago(21), "code": "agreed", "text": "By telephone"}),
        ("awareness", {"dated": ago(21), "code": "aware"}),
        ("need", {"dated": ago(21), "code": "criminal_damage"}),
        ("need", {"dated": ago(21), "code": "harassment"}),
        (
            "need_identified",
            {
                "dated": ago(20),
                "code": "safety",
                "text": "A light and a camera at the door",
                "status": "open",
            },
        ),
        (
            "support",
            {"dated": ago(14), "code": "advocacy", "text": "With her to the police station", "number": 90},
        ),
        ("incident", {"dated": ago(12), "text": "Wing mirror broken in the night", "code": "police"}),
        (
            "warning",
            {
                "code": kinds.NOT_TOLD,
                "person_id": accused,
                "why": "He has said that he will find out who complained.",
                "due_on": ago(-40),
            },
        ),
        (
            "onward",
            {
                "dated": ago(12),
                "code": "housing_support",
                "whom": "Barnet Homes, tenancy team",
                "text": "Dates of the incidents and that she asks to be moved",
                "basis": "consent",
                "why": "Only the landlord can act on the tenancy; nothing else was shared.",
                "status": "sent",
                "due_on": ago(-2),
            },
        ),
        ("key_date", {"dated": ago(-9), "code": "court", "text": "Hearing for an injunction"}),
    ):
        entries.add(worker, case, kind, values)
    tasks.set_task(worker, case, "other", due_on=ago(3), text="Ask whether the camera was fitted")
    sharing.share(coordinator, case, borough.agencies["Metropolitan Police"].id)


def _other_cases(borough: Borough) -> None:
    """A case nobody has spoken to yet, and one that nobody holds."""
    coordinator = borough.actor("coordinator")
    new = refer(
        coordinator,
        ASB,
        ago(11),
        somebody(coordinator, ASB, "subject", "Kwabena", "Ansah-Lister", date(2001, 1, 30), ward="mill_hill"),
        source="barnet_asb_team",
        route="agency_referral_form",
        narrative="Racist remarks and rubbish thrown over the fence.",
    )
    accept(borough, coordinator, new, "caseworker2")
    held_by_nobody = refer(
        coordinator,
        ASB,
        ago(6),
        somebody(coordinator, ASB, "subject", "Ingeborg", "Sandström", date(1962, 7, 19), ward="hendon"),
        source="environmental_health",
        route="secure_email",
        narrative="Music through the night from a house let by the room.",
    )
    accept(borough, coordinator, held_by_nobody, None)


def _other_programmes(borough: Borough) -> None:
    """One referral in each of the panels' programmes, so that each can be tried."""
    coordinator, school = borough.actor("coordinator"), borough.actor("school")
    listed = refer(
        coordinator,
        DOMESTIC,
        ago(5),
        somebody(
            coordinator, DOMESTIC, "subject", "Yevheniia", "Marchenko", date(1990, 12, 2), ward="edgware"
        ),
        somebody(coordinator, DOMESTIC, "perpetrator", "Stuart", "Lockridge", date(1986, 6, 14)),
        source="police",
        route="secure_email",
        narrative="Threats to kill after the separation; he waits outside her place of work.",
        answers={"referral_criteria": ["visible_high_risk"]},
    )
    case = accept(borough, coordinator, listed, "caseworker")
    sharing.share(coordinator, case, borough.agencies["Metropolitan Police"].id)
    complex_case = refer(
        coordinator,
        COMMUNITY,
        ago(8),
        somebody(
            coordinator, COMMUNITY, "subject", "Leopold", "Nwachukwu", date(1955, 3, 8), ward="underhill"
        ),
        source="housing_council",
        narrative="His flat has been taken over by people who deal from it. He is afraid of them and has stopped eating.",
        answers={"cuckooing": "yes"},
    )
    case = accept(borough, coordinator, complex_case, "caseworker")
    sharing.share(coordinator, case, borough.agencies["Metropolitan Police"].id)
    refer(
        school,
        CHANNEL,
        ago(2),
        somebody(school, CHANNEL, "subject", "Rafferty", "Quillane", date(today().year - 15, 1, 16)),
        source="school",
        narrative="He praises attacks in class and has drawn up a list of names; his form tutor is worried for him.",
    )


def _unfinished(borough: Borough) -> None:
    """A referral half filled in, and advice about nobody in particular."""
    worker = borough.actor("caseworker")
    draft = drafts.start(worker, ASB)
    drafts.save(
        worker, draft, "narrative", {"narrative": "Called while driving: to be filled in."}, version=0
    )
    enquiries.log(
        worker,
        ASB,
        received_on=ago(1),
        topics=["whether_to_refer"],
        advice="A landlord asked whether a tenant may refer herself. She may, by telephone.",
    )
