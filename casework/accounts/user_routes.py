"""The administration of users: the list, one user, and what is done to them."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import flash, g, redirect, render_template, request, url_for

from casework.access import doors
from casework.access.vocabulary import Actor, Permission, Role
from casework.accounts import invitations, service, sessions, users
from casework.accounts.blueprint import Page, bp, form_page
from casework.accounts.schemas import (
    EndMembership,
    NewMembership,
    NewUser,
    OwnPassword,
    UserDetails,
    UserFilter,
)
from casework.errors import Invalid
from casework.forms import Choice, describe, read
from casework.paging import page_number
from casework.programmes import shelf

if TYPE_CHECKING:
    from casework.accounts.models import Membership, User

NOT_YOURS = "That is not your password, or your account is locked after too many wrong ones"


@bp.get("/administration", endpoint="users")
@doors.requires(Permission.ACCOUNT_MANAGE)
def list_users() -> str:
    schema = UserFilter(
        choices={
            "agency": agency_choices(service.agencies(active=False)),
            "programme": programme_choices(),
            "state": [Choice(state, words) for state, words in users.STATES.items()],
        }
    )
    result = read(schema, {name: value for name, value in request.args.items() if name in schema.fields})
    page = users.page_of_users(
        doors.current_actor(), users.Filter(**(result.values or {})), page_number(request.args.get("page"))
    )
    return render_template(
        "accounts/users.html",
        page=page,
        state_of=users.state_of,
        states=users.STATES,
        has_ended=users.has_ended,
        programmes=shelf.every(),
        fields=describe(schema, result.raw, result.errors),
        errors=result.errors,
        chosen=_chosen(schema),
    )


@bp.route("/administration/users/new", methods=["GET", "POST"])
@doors.requires(Permission.ACCOUNT_MANAGE)
def add_user() -> Page:
    actor = doors.current_actor()
    agencies = service.agencies()

    def add(values: dict[str, Any]) -> Page:
        if Role.ADMINISTRATOR in values["roles"]:
            confirm(actor, values["own_password"])
        user = service.add_user(
            actor, values["email"], values["name"], job=values["job"], phone=values["phone"]
        )
        agency = next(each for each in agencies if each.id == values["agency"])
        for role in values["roles"]:
            for programme in (None,) if Role(role).of_no_programme else values["programmes"]:
                service.give_membership(actor, user, role, agency, programme)
        return show_link(actor, user)

    schema = NewUser(choices={"agency": agency_choices(agencies), "programmes": programme_choices()})
    return form_page(
        schema,
        add,
        "accounts/form.html",
        title="Add a user",
        submit="Add and make a link",
        back=url_for("accounts.users"),
    )


@bp.get("/administration/users/<uuid:user_id>")
@doors.requires(Permission.ACCOUNT_MANAGE)
def show_user(user_id: uuid.UUID) -> str:
    user = users.user_by_id(user_id)
    held, earlier = users.memberships_of(user)
    return render_template(
        "accounts/user.html",
        user=user,
        oneself=user.id == doors.current_actor().id,
        state=users.state_of(user),
        states=users.STATES,
        invited_until=users.invited_until(user),
        held=held,
        earlier=earlier,
        abilities={each.role: users.abilities(Role(each.role)) for each in held},
        reach=users.REACH,
        programmes=shelf.every(),
    )


@bp.route("/administration/users/<uuid:user_id>/change", methods=["GET", "POST"])
@doors.requires(Permission.ACCOUNT_MANAGE)
def change_user(user_id: uuid.UUID) -> Page:
    actor, user = doors.current_actor(), users.user_by_id(user_id)

    def change(values: dict[str, Any]) -> Page:
        users.change_user(actor, user, {**values, "email": values["email"].lower()})
        return to_user(user, "The details are changed.")

    stored = {name: getattr(user, name) for name in ("name", "email", "job", "phone")}
    return user_form(UserDetails(), change, user, "Change details", stored=stored)


@bp.route("/administration/users/<uuid:user_id>/memberships/new", methods=["GET", "POST"])
@doors.requires(Permission.ACCOUNT_MANAGE)
def give_membership(user_id: uuid.UUID) -> Page:
    actor, user = doors.current_actor(), users.user_by_id(user_id)
    agencies = service.agencies()

    def give(values: dict[str, Any]) -> Page:
        if values["role"] == Role.ADMINISTRATOR:
            confirm(actor, values["own_password"])
        service.give_membership(
            actor,
            user,
            values["role"],
            next(each for each in agencies if each.id == values["agency"]),
            values["programme"],
            from_day=values["from_day"],
            ended_on=day_after(values["last_day"]),
        )
        return to_user(user, "The role is given.")

    schema = NewMembership(choices={"agency": agency_choices(agencies), "programme": programme_choices()})
    return user_form(schema, give, user, "Give a role")


@bp.route("/administration/memberships/<uuid:membership_id>/end", methods=["GET", "POST"])
@doors.requires(Permission.ACCOUNT_MANAGE)
def end_membership(membership_id: uuid.UUID) -> Page:
    actor, membership = doors.current_actor(), users.membership_by_id(membership_id)

    def end(values: dict[str, Any]) -> Page:
        service.end_membership(actor, membership, day_after(values["last_day"]))
        return to_user(membership.user, "The end of the role is recorded.")

    return user_form(EndMembership(), end, membership.user, f"End the role {title_of(membership)}")


@bp.post("/administration/users/<uuid:user_id>/link")
@doors.requires(Permission.ACCOUNT_MANAGE)
def invite(user_id: uuid.UUID) -> Page:
    return show_link(doors.current_actor(), users.user_by_id(user_id))


@bp.post("/administration/users/<uuid:user_id>/unlock")
@doors.requires(Permission.ACCOUNT_MANAGE)
def unlock(user_id: uuid.UUID) -> Page:
    user = users.user_by_id(user_id)
    users.unlock(doors.current_actor(), user)
    return to_user(user, "The account is unlocked.")


@bp.post("/administration/users/<uuid:user_id>/sessions/end")
@doors.requires(Permission.ACCOUNT_MANAGE)
def end_sessions(user_id: uuid.UUID) -> Page:
    user = users.user_by_id(user_id)
    users.end_sessions(doors.current_actor(), user)
    return to_user(user, "They are signed out everywhere.")


@bp.route("/administration/users/<uuid:user_id>/deactivate", methods=["GET", "POST"])
@doors.requires(Permission.ACCOUNT_MANAGE)
def deactivate(user_id: uuid.UUID) -> Page:
    actor, user = doors.current_actor(), users.user_by_id(user_id)

    def act(values: dict[str, Any]) -> Page:
        confirm(actor, values["own_password"])
        users.deactivate(actor, user)
        return to_user(user, "The user is deactivated and signed out everywhere.")

    return user_form(OwnPassword(), act, user, "Deactivate this user", kind="deactivate")


@bp.post("/administration/users/<uuid:user_id>/reactivate")
@doors.requires(Permission.ACCOUNT_MANAGE)
def reactivate(user_id: uuid.UUID) -> Page:
    user = users.user_by_id(user_id)
    users.reactivate(doors.current_actor(), user)
    return to_user(user, "The user is active again. Make a link so that they can choose a new password.")


def user_form(schema: Any, act: Any, user: User, title: str, **more: Any) -> Page:
    back = url_for("accounts.show_user", user_id=user.id)
    return form_page(schema, act, "accounts/form.html", title=title, caption=user.name, back=back, **more)


def to_user(user: User, words: str) -> Page:
    flash(words, "success")
    return redirect(url_for("accounts.show_user", user_id=user.id))


def show_link(actor: Actor, user: User) -> Page:
    """The page with the one-time link. In the answer to the post itself: the link may stand nowhere else."""
    token = invitations.invite(actor, user)
    link = url_for("accounts.accept_invitation", token=token, _external=True)
    return render_template(
        "accounts/link.html", user=user, link=link, invited_until=users.invited_until(user)
    )


def confirm(actor: Actor, password: str) -> None:
    """Raise Invalid unless the actor's own password was given; that a wrong one was counted stays."""
    if not sessions.confirm(actor, password):
        g.keep_on_error = True
        raise Invalid(errors={"own_password": [NOT_YOURS]})


def agency_choices(agencies: Any) -> list[Choice]:
    return [Choice(agency.id, agency.name) for agency in agencies]


def programme_choices() -> list[Choice]:
    return [Choice(each.id, each.name) for each in shelf.every().values()]


def title_of(membership: Membership) -> str:
    programme = shelf.every().get(membership.programme or "")
    return f"{membership.role_label.lower()}{f' in {programme.short}' if programme else ''}"


def day_after(last_day: Any) -> Any:
    return last_day + timedelta(days=1) if last_day else None


def _chosen(schema: UserFilter) -> list[tuple[str, str]]:
    """What the list is narrowed to, each with the address without it."""
    kept = {name: value for name, value in request.args.items() if value and name in schema.fields}
    tags = []
    for name in kept:
        labels = {str(choice.id): choice.label for choice in schema.fields[name].metadata["choices"]}
        if kept[name] in labels:
            rest: dict[str, Any] = {other: value for other, value in kept.items() if other != name}
            tags.append((labels[kept[name]], url_for("accounts.users", **rest)))
    return tags
