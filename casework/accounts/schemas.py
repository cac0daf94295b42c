"""What the pages of accounts ask."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, validates_schema

from casework import forms
from casework.access.vocabulary import Role
from casework.accounts.passwords import ADVICE
from casework.forms import Choice, FormSchema

ROLE_HINTS = {
    Role.REFERRER: "Logs referrals for their agency and follows them",
    Role.CASEWORKER: "Works the cases of their agency",
    Role.COORDINATOR: "Screens referrals and oversees every case of the programme",
    Role.CHAIR: "Chairs the panel and sees every case of the programme",
    Role.PANEL_MEMBER: "Sees the cases in which their agency takes part",
    Role.MANAGER: "Manages their agency’s workers and cases",
    Role.ANALYST: "Sees figures only",
    Role.ADMINISTRATOR: "Manages users and agencies, and sees no case",
    Role.AUDITOR: "Reads the audit trail, and sees no case",
}
ROLES = tuple(Choice(role.value, role.label, ROLE_HINTS[role]) for role in Role)
PROGRAMME_ROLES = tuple(role.value for role in Role if not role.of_no_programme)
OWN_PASSWORD = "Your own password"  # noqa: S105 (a label)
LAST_DAY_HINT = "Leave blank if there is none yet"


class SignIn(FormSchema):
    email = forms.email("Email address", required="Enter your email address", autocomplete="username")
    password = forms.password("Password", required="Enter your password")


class ChoosePassword(FormSchema):
    """An invited user's own choice, twice, because nobody can read it back to them."""

    harmless = FormSchema.harmless | {"email"}  # the page carries it for password managers

    password = forms.password(
        "Password", required="Enter a password", autocomplete="new-password", hint=ADVICE
    )
    again = forms.password(
        "The same password again", required="Enter the same password again", autocomplete="new-password"
    )

    @validates_schema
    def _are_alike(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if data["password"] != data["again"]:
            raise ValidationError({"again": ["The two passwords are not the same"]})


class UserDetails(FormSchema):
    """Who a user is."""

    name = forms.text("Full name", max_length=120, required="Enter their full name")
    email = forms.email(
        "Work email address", required="Enter their work email address", hint="They sign in with it"
    )
    job = forms.text("Job", max_length=120)
    phone = forms.phone("Telephone number")


class NewUser(UserDetails):
    """A user, with what they are: each chosen role in each chosen programme, for one agency."""

    agency = forms.code("Agency", required="Select the agency they work for", widget="select")
    roles = forms.codes("Roles", ROLES, required="Select at least one role")
    programmes = forms.codes(
        "Programmes", required="Select at least one programme", show_when=("roles", PROGRAMME_ROLES)
    )
    own_password = forms.password(
        OWN_PASSWORD,
        required="Enter your own password",
        hint="Asked again because an administrator can give anybody access",
        show_when=("roles", (Role.ADMINISTRATOR.value,)),
    )


class NewMembership(FormSchema):
    role = forms.code("Role", ROLES, required="Select a role", widget="radios")
    agency = forms.code("Agency", required="Select an agency", widget="select")
    programme = forms.code(
        "Programme", required="Select a programme", widget="select", show_when=("role", PROGRAMME_ROLES)
    )
    from_day = forms.date_("First day", future=True, hint="Leave blank for today")
    last_day = forms.date_("Last day", future=True, hint=LAST_DAY_HINT)
    own_password = forms.password(
        OWN_PASSWORD,
        required="Enter your own password",
        hint="Asked again because an administrator can give anybody access",
        show_when=("role", (Role.ADMINISTRATOR.value,)),
    )


class EndMembership(FormSchema):
    last_day = forms.date_("Last day", future=True, hint="Leave blank to end it now")


class OwnPassword(FormSchema):
    """Asked before somebody's access is taken away."""

    own_password = forms.password(OWN_PASSWORD, required="Enter your own password")


class AgencyDetails(FormSchema):
    name = forms.text(
        "Name of the agency", max_length=120, required="Enter the name of the agency", says="the name"
    )
    kind = forms.code("Type of agency", required="Select the type of agency", widget="select")


class UserFilter(FormSchema):
    """What narrows the list of users; every question may stay blank."""

    agency = forms.code("Agency", widget="select")
    role = forms.code("Role", ROLES, widget="select")
    programme = forms.code("Programme", widget="select")
    state = forms.code("State", widget="select")
