"""Who is in the demonstration borough, and loading it: all of it, once, into an instance that holds nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import exists, select

from casework.access.vocabulary import OPERATOR, Role
from casework.accounts import service as accounts
from casework.accounts.models import Agency, User
from casework.audit import trail
from casework.audit.events import Event
from casework.audit.models import AuditEntry
from casework.cases.models import Case
from casework.demonstration import live
from casework.demonstration.records import Borough
from casework.errors import Invalid
from casework.extensions import db
from casework.people.models import Person
from casework.programmes import shelf
from casework.referrals.importing import service as importing
from casework.referrals.importing.sources import Folder
from casework.referrals.models import Draft, Enquiry, Referral

PASSWORD = "lantern gravel otter teacup"  # noqa: S105 (it is printed for everybody to read)
THE_YEAR = Path(__file__).parent / "asb_2017_18"
YEAR_OF = "asb_support"

VICTIM_SUPPORT = "Victim Support"
COUNCIL = "Barnet Council"
SAFETY_TEAM = "Barnet Community Safety Team"
ASB_TEAM = "Barnet ASB team"
POLICE = "Metropolitan Police"
HOUSING = "Barnet Homes"
SCHOOL = "Tamarind Park School"
HEALTH = "Barnet Mental Health Service"
IDVA = "Barnet IDVA Service"
CHILDREN = "Barnet Children's Social Care"
ADULTS = "Barnet Adult Social Care"
SURGERY = "Copthall Surgery"

AGENCIES: Mapping[str, str] = {
    VICTIM_SUPPORT: "victim_support",
    COUNCIL: "other_agency",
    SAFETY_TEAM: "community_safety",
    ASB_TEAM: "community_safety",
    POLICE: "police",
    HOUSING: "housing_council",
    SCHOOL: "education",
    HEALTH: "mental_health",
    IDVA: "domestic_abuse_service",
    CHILDREN: "childrens_social_care",
    ADULTS: "adult_social_care",
    SURGERY: "primary_care",
}

# Which agency somebody acts for, by programme. The coordinator's takes the programme's referrals in.
PANELS = {"community_marac": SAFETY_TEAM, "dva_marac": SAFETY_TEAM, "channel": SAFETY_TEAM}
EVERY = {YEAR_OF: VICTIM_SUPPORT, **PANELS}


def of(agency: str, *programmes: str) -> Mapping[str, str]:
    return dict.fromkeys(programmes or EVERY, agency)


@dataclass(frozen=True)
class Somebody:
    """Somebody who signs in. `where` is the agency they act for in each programme, or in all of casework."""

    role: Role
    name: str
    job: str
    where: Mapping[str, str]
    email: str = ""

    @property
    def address(self) -> str:
        return self.email or f"{self.role.replace('_', '.')}@example.org"


PEOPLE = (
    Somebody(Role.COORDINATOR, "Priya Raman", "Coordinator", EVERY),
    Somebody(Role.CASEWORKER, "Callum Fraser", "Caseworker", EVERY),
    Somebody(
        Role.CASEWORKER,
        "Nadia Okafor",
        "Caseworker",
        of(VICTIM_SUPPORT, YEAR_OF),
        "caseworker2@example.org",
    ),
    Somebody(Role.MANAGER, "Grace Whitfield", "Team manager", EVERY),
    Somebody(Role.CHAIR, "Desmond Clarke", "Head of community safety", of(SAFETY_TEAM)),
    Somebody(
        Role.CHAIR,
        "Ruth Abernathy",
        "Detective inspector",
        of(POLICE, *PANELS),
        "deputy.chair@example.org",
    ),
    Somebody(Role.PANEL_MEMBER, "Martin Oyelaran", "Detective sergeant", of(POLICE)),
    Somebody(
        Role.PANEL_MEMBER, "Yasmin Karim", "Detective constable", of(POLICE, *PANELS), "police2@example.org"
    ),
    Somebody(Role.PANEL_MEMBER, "Folake Adeniran", "IDVA manager", of(IDVA, "dva_marac"), "idva@example.org"),
    Somebody(
        Role.PANEL_MEMBER,
        "Harriet Bloom",
        "Social work manager",
        of(CHILDREN, "dva_marac", "channel"),
        "children@example.org",
    ),
    Somebody(
        Role.PANEL_MEMBER,
        "Samir Patel",
        "Tenancy manager",
        of(HOUSING, "dva_marac", "community_marac"),
        "housing@example.org",
    ),
    Somebody(
        Role.PANEL_MEMBER,
        "Nicola Byrne",
        "Safeguarding nurse",
        of(HEALTH, *PANELS),
        "health@example.org",
    ),
    Somebody(
        Role.PANEL_MEMBER,
        "Ewan Campbell",
        "Safeguarding adults lead",
        of(ADULTS, *PANELS),
        "adults@example.org",
    ),
    Somebody(Role.REFERRER, "Rosa Delgado", "Housing officer", of(HOUSING)),
    Somebody(
        Role.REFERRER,
        "Imogen Achebe",
        "Designated safeguarding lead",
        of(SCHOOL, "channel", "dva_marac"),
        "school@example.org",
    ),
    Somebody(Role.ANALYST, "Mei-Lin Zhou", "Performance analyst", of(COUNCIL)),
    Somebody(Role.ADMINISTRATOR, "Hazel Brandt", "Systems administrator", of(COUNCIL, "")),
    Somebody(Role.AUDITOR, "Idris Fofana", "Information governance officer", of(COUNCIL, "")),
)


def is_loaded() -> bool:
    return bool(db.session.scalar(select(exists().where(AuditEntry.event == Event.DEMONSTRATION_LOADED))))


def load() -> None:
    """Fill an empty instance; does nothing where it was done before. Raises Invalid where there is anything else."""
    if is_loaded():
        return
    _refuse_other_records()
    agencies = {name: accounts.add_agency(OPERATOR, name, kind) for name, kind in AGENCIES.items()}
    users = {somebody.address: _add(somebody, agencies) for somebody in PEOPLE}
    importing.run(OPERATOR, shelf.programme(YEAR_OF), Folder(THE_YEAR))
    live.work(Borough(agencies, users))
    trail.record(OPERATOR, Event.DEMONSTRATION_LOADED)


def _refuse_other_records() -> None:
    for model in (User, Agency, Case, Referral, Person, Draft, Enquiry):
        if db.session.scalar(select(exists().where(model.id.is_not(None)))):
            raise Invalid(
                "This instance holds other records, so the demonstration was not loaded: "
                "name a new folder in CASEWORK_INSTANCE for it."
            )


def _add(somebody: Somebody, agencies: Mapping[str, Agency]) -> User:
    user = accounts.add_user(OPERATOR, somebody.address, somebody.name, job=somebody.job)
    accounts.set_password(OPERATOR, user, PASSWORD)
    for programme, agency in somebody.where.items():
        accounts.give_membership(OPERATOR, user, somebody.role, agencies[agency], programme or None)
    return user


def lines() -> list[str]:
    """Who to sign in as, for the shell."""
    rows = [("Role", "Email", "Name", "For"), *(_line(somebody) for somebody in PEOPLE)]
    widths = [max(len(row[place]) for row in rows) for place in range(3)]
    table = [
        "  ".join([*(f"{word:<{width}}" for word, width in zip(row, widths, strict=False)), row[3]])
        for row in rows
    ]
    return ["Sign in as any of these. The password of each is:", "", f"    {PASSWORD}", "", *table]


def _line(somebody: Somebody) -> tuple[str, str, str, str]:
    agencies = ", ".join(dict.fromkeys(somebody.where.values()))
    programmes = ", ".join(shelf.programme(each).short for each in somebody.where if each)
    return (
        somebody.role.label,
        somebody.address,
        somebody.name,
        f"{agencies} ({programmes or 'all of casework'})",
    )
