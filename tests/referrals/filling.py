"""Filling in the guided form over the web, page by page, whatever the programme asks."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from casework.extensions import db
from casework.forms import FormSchema
from casework.referrals import intake
from casework.referrals.models import Draft
from casework.referrals.questions import Form

ADA = {
    "forename": "Ada",
    "surname": "Okonjo",
    "date_of_birth-day": "27",
    "date_of_birth-month": "3",
    "date_of_birth-year": "1986",
    "postcode": "NW4 4BG",
}


def required_answers(schema: FormSchema) -> dict[str, Any]:
    """Something right for every question that must be answered."""
    return {
        name: value
        for name, field in schema.load_fields.items()
        if field.metadata.get("required") and field.metadata.get("show_when") is None
        for name, value in _right(name, field).items()
    }


def _right(name: str, field: Any) -> dict[str, Any]:
    kind = type(field).__name__
    if kind in ("Code", "Codes"):
        return {name: str(field.metadata["choices"][0].id)}
    if kind == "YesNo":
        return {name: "yes"}
    if kind == "WholeNumber":
        return {name: "1"}
    if kind == "Date":
        return {f"{name}-day": "5", f"{name}-month": "1", f"{name}-year": "2026"}
    return {name: "Words that say enough"}


def begin(client: FlaskClient, programme: str, **search: str) -> uuid.UUID:
    """Search for the first person; returns the draft's id."""
    response = client.post(f"/referrals/new/{programme}", data={**ADA, **search})
    assert response.status_code == 302, response.get_data(as_text=True)
    found = re.search(r"drafts/([0-9a-f-]{36})/", response.location)
    assert found, response.location
    return uuid.UUID(found[1])


def draft_of(draft_id: uuid.UUID) -> Draft:
    draft = db.session.scalar(select(Draft).where(Draft.id == draft_id))
    assert draft is not None
    return draft


def form_of(actor: Any, draft_id: uuid.UUID) -> Form:
    return intake.form_of(actor, draft_of(draft_id))


def fill_rest(
    client: FlaskClient,
    actor: Any,
    draft_id: uuid.UUID,
    given: Mapping[str, Mapping[str, Any]] | None = None,
    at: str = "",
) -> None:
    """Post every page that has questions but the search; `given` are answers by page, over what is required."""
    at = at or f"/referrals/drafts/{draft_id}"
    add_required_people(client, actor, draft_id, at)
    for page in form_of(actor, draft_id).pages:
        if page.kind in ("who", "people"):
            continue
        form = form_of(actor, draft_id)
        data = {**required_answers(form.schema(page)), **(given or {}).get(page.id, {})}
        version = form.version(page)
        assert client.get(f"{at}/pages/{page.id}").status_code == 200
        response = client.post(f"{at}/pages/{page.id}", data={**data, "version": version})
        assert response.status_code == 302, (page.id, errors_in(response))


def add_required_people(client: FlaskClient, actor: Any, draft_id: uuid.UUID, at: str) -> None:
    """Put somebody into every role that a referral of the programme must have."""
    form = form_of(actor, draft_id)
    here = {slot.role for slot in form.people}
    for role in form.programme.person_roles:
        if role.required and role.id not in here:
            page = client.post(f"{at}/people", data={"role": role.id}).location
            named = {"forename": "Zebedee", "surname": f"Quill {role.label}", "version": 0}
            assert client.post(page, data=named).status_code == 302


def send(client: FlaskClient, draft_id: uuid.UUID) -> TestResponse:
    return client.post(f"/referrals/drafts/{draft_id}/check")


def errors_in(response: TestResponse) -> list[str]:
    """What the error summary says."""
    text = response.get_data(as_text=True)
    summary = text.partition("govuk-error-summary__list")[2].partition("</ul>")[0]
    return [re.sub(r"<[^>]+>", "", item).strip() for item in re.findall(r"<li>(.*?)</li>", summary, re.S)]
