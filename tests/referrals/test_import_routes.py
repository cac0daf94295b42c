"""The import from a page: files in, faults or a preview, confirm, and the referrals are there."""

from __future__ import annotations

import csv
import io
import threading
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from casework.accounts.models import User
from casework.crypto.vault import DataKey
from casework.errors import Invalid
from casework.extensions import db, now
from casework.referrals.importing import uploads
from casework.referrals.importing.models import DONE, FAILED, IMPORTING, READY, REFUSED, ImportBatch
from casework.referrals.models import Referral
from tests.referrals.importing.folders import SMALL, YEAR, copy, many, put
from tests.support import makers
from tests.support.browsers import axe, leave

WAIT_SECONDS = 30


@pytest.fixture
def coordinator(app: Flask) -> User:
    user = makers.make_user("coordinator", agency=makers.make_agency("Borough ASB Team"))
    db.session.commit()
    return user


@pytest.fixture
def signed_in(client: FlaskClient, coordinator: User) -> FlaskClient:
    makers.sign_in(client, coordinator)
    return client


def upload(client: FlaskClient, folder: Path, *names: str) -> TestResponse:
    """Choose the files of a folder (or some of them) on the page and send it."""
    chosen = [path for path in folder.iterdir() if not names or path.name in names]
    return send(client, {path.name: path.read_bytes() for path in chosen})


def send(client: FlaskClient, files: dict[str, bytes]) -> TestResponse:
    # What a file is called at home does not matter. Encoded here, because the client would use a temporary file.
    boundary, body = encode_multipart(
        {name: FileStorage(io.BytesIO(content), f"at home {name}") for name, content in files.items()}
    )
    return client.post(
        "/import/asb_support", data=body, content_type=f"multipart/form-data; boundary={boundary}"
    )


def settled(address: str) -> ImportBatch:
    """The upload once nothing works on it any more."""
    for worker in threading.enumerate():
        if worker.name.startswith("import-"):
            worker.join(WAIT_SECONDS)
    db.session.rollback()
    return db.session.get_one(ImportBatch, uuid.UUID(address.rpartition("/")[2]), populate_existing=True)


def referrals() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Referral)) or 0


def test_only_programme_is_chosen_for_the_coordinator(signed_in: FlaskClient) -> None:
    answer = signed_in.get("/import")

    assert (answer.status_code, answer.location) == (302, "/import/asb_support")


def test_coordinator_of_several_programmes_chooses_one(client: FlaskClient, coordinator: User) -> None:
    makers.give_role(coordinator, "coordinator", "dva_marac")
    makers.give_role(coordinator, "coordinator", "channel")
    makers.sign_in(client, coordinator)

    page = client.get("/import").get_data(as_text=True)

    assert "/import/asb_support" in page
    assert "/import/dva_marac" in page
    assert "/import/channel" not in page  # takes no imports


@pytest.mark.parametrize(
    "role", ["caseworker", "referrer", "manager", "chair", "panel_member", "analyst", "auditor"]
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nobody_else_may_import(app: Flask, client: FlaskClient, role: str) -> None:
    makers.sign_in(client, makers.make_user(role))

    assert client.get("/import/asb_support").status_code == 403
    assert upload(client, SMALL).status_code == 403


def test_coordinator_of_another_programme_may_not(app: Flask, client: FlaskClient) -> None:
    makers.sign_in(client, makers.make_user("coordinator", "dva_marac"))

    assert upload(client, SMALL).status_code == 403
    assert client.get("/import/nowhere").status_code == 404


def test_good_files_are_previewed_and_come_in_when_confirmed(
    signed_in: FlaskClient, coordinator: User
) -> None:
    sent = upload(signed_in, SMALL)
    assert settled(sent.location).state == READY
    assert referrals() == 0
    page = signed_in.get(sent.location).get_data(as_text=True)
    assert "Import 4 referrals" in page
    assert "3 rows" in page

    confirmed = signed_in.post(f"{sent.location}/confirm")

    assert settled(confirmed.location).state == DONE
    assert referrals() == 4
    assert set(db.session.scalars(select(Referral.decided_by_id))) == {coordinator.id}
    assert "4 referrals imported" in signed_in.get(sent.location).get_data(as_text=True)


def test_faults_are_listed_and_can_be_downloaded(signed_in: FlaskClient, tmp_path: Path) -> None:
    folder = copy(SMALL, tmp_path / "folder", put("referrals.csv", 2, "source", "Pirate radio"))
    put("support.csv", 1, "date", "2017-13-01")(folder)

    sent = upload(signed_in, folder)

    assert settled(sent.location).state == REFUSED
    page = signed_in.get(sent.location).get_data(as_text=True)
    assert "Nothing was imported" in page
    assert "is not a code of the list" in page
    report = signed_in.get(f"{sent.location}/faults")
    assert report.headers["Content-Disposition"].startswith("attachment")
    told = list(csv.reader(io.StringIO(report.get_data(as_text=True))))
    assert [line[:3] for line in told] == [
        ["file", "line", "column"],
        ["referrals.csv", "4", "source"],
        ["support.csv", "2", "date"],
    ]


def test_required_file_must_be_chosen(signed_in: FlaskClient) -> None:
    answer = upload(signed_in, SMALL, "support.csv")

    assert answer.status_code == 422
    assert "Select referrals.csv" in answer.get_data(as_text=True)


def test_what_was_uploaded_lies_sealed_and_is_gone_when_it_is_no_longer_needed(
    signed_in: FlaskClient,
) -> None:
    sent = upload(signed_in, SMALL)
    batch = settled(sent.location)
    key_id = batch.id
    assert batch.content is not None
    assert b"Quennerstedt" not in batch.content
    assert batch.open_files()["referrals.csv"] == (SMALL / "referrals.csv").read_bytes()

    signed_in.post(f"{sent.location}/confirm")

    assert settled(sent.location).content is None
    key = db.session.get_one(DataKey, key_id)
    assert (key.wrapped, key.destroyed_at_utc is None) == (None, False)


def test_files_can_be_dropped(signed_in: FlaskClient) -> None:
    sent = upload(signed_in, SMALL)
    settled(sent.location)

    answer = signed_in.post(f"{sent.location}/discard")

    assert answer.status_code == 302
    assert db.session.scalar(select(func.count()).select_from(ImportBatch)) == 0
    assert signed_in.get(sent.location).status_code == 404


def test_next_upload_drops_the_one_before(signed_in: FlaskClient) -> None:
    settled(upload(signed_in, SMALL).location)

    settled(upload(signed_in, SMALL).location)

    assert db.session.scalar(select(func.count()).select_from(ImportBatch)) == 1
    assert db.session.scalar(select(func.count()).where(DataKey.wrapped.is_not(None))) == 1


def test_upload_is_its_authors_alone(app: Flask, signed_in: FlaskClient) -> None:
    sent = upload(signed_in, SMALL)
    settled(sent.location)
    other = app.test_client()
    makers.sign_in(other, makers.make_user("coordinator"))

    assert other.get(sent.location).status_code == 404
    assert other.get(f"{sent.location}/faults").status_code == 404
    assert other.post(f"{sent.location}/confirm").status_code == 404
    assert other.post(f"{sent.location}/discard").status_code == 404


def test_upload_confirmed_twice_comes_in_once(signed_in: FlaskClient) -> None:
    sent = upload(signed_in, SMALL)
    settled(sent.location)
    signed_in.post(f"{sent.location}/confirm")

    again = signed_in.post(f"{sent.location}/confirm", follow_redirects=True)

    assert "not ready to be imported" in again.get_data(as_text=True)
    settled(sent.location)
    assert referrals() == 4


def test_page_renews_itself_while_work_goes_on(signed_in: FlaskClient) -> None:
    sent = upload(signed_in, SMALL)
    batch = settled(sent.location)
    batch.state, batch.stage, batch.done, batch.told_at_utc = IMPORTING, "seal", 2, now()
    db.session.commit()

    page = signed_in.get(sent.location)

    assert page.headers["Refresh"] == str(3)
    assert "Referrals sealed: 2 of 4" in page.get_data(as_text=True)


def test_worker_that_fell_silent_can_be_called_again(signed_in: FlaskClient) -> None:
    sent = upload(signed_in, SMALL)
    batch = settled(sent.location)
    batch.state, batch.told_at_utc = IMPORTING, now() - uploads.SILENT_FOR - timedelta(seconds=1)
    db.session.commit()
    page = signed_in.get(sent.location)
    assert "The import stopped" in page.get_data(as_text=True)
    assert "Refresh" not in page.headers

    signed_in.post(f"{sent.location}/confirm")

    assert settled(sent.location).state == DONE
    assert referrals() == 4


def test_role_taken_away_meanwhile_stops_the_import(signed_in: FlaskClient, coordinator: User) -> None:
    sent = upload(signed_in, SMALL)
    batch = settled(sent.location)
    coordinator = db.session.get_one(User, coordinator.id)
    coordinator.memberships[0].ended_on = now().date()
    db.session.commit()

    uploads.confirm(batch)
    db.session.commit()

    assert settled(sent.location).state == FAILED
    assert referrals() == 0


def test_work_under_way_cannot_be_dropped(app: Flask, coordinator: User) -> None:
    batch = ImportBatch(programme="asb_support", by_id=coordinator.id, sizes={}, state=IMPORTING)
    db.session.add(batch)
    db.session.flush()

    with pytest.raises(Invalid, match="being worked on"):
        uploads.discard(batch)


def test_upload_that_is_rolled_back_starts_no_worker(app: Flask, coordinator: User) -> None:
    actor = makers.actor_of(coordinator)
    before = threading.active_count()

    uploads.take(actor, uploads.programme_for(actor, "asb_support"), {"referrals.csv": b"x"})
    db.session.rollback()

    assert threading.active_count() == before


def test_large_upload_is_checked_and_stored_in_the_background(signed_in: FlaskClient, tmp_path: Path) -> None:
    sent = upload(signed_in, many(tmp_path / "many", 12))
    assert settled(sent.location).total == 12 * 89

    signed_in.post(f"{sent.location}/confirm")

    assert settled(sent.location).state == DONE
    assert referrals() == 12 * 89


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_upload_reaches_a_temporary_file(signed_in: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise AssertionError("a temporary file was asked for")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)  # what a spooled file turns into

    sent = send(signed_in, {"referrals.csv": (SMALL / "referrals.csv").read_bytes() + b"x" * 2_000_000})

    assert settled(sent.location).state == REFUSED


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("java_script", [True, False])
def test_import_in_a_browser(coordinator: User, new_page: Any, java_script: bool) -> None:
    email = coordinator.email
    db.session.rollback()  # a transaction left open would keep the server from writing
    page: Page = new_page(java_script_enabled=java_script)
    page.goto("/sign-in")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(makers.PASSWORD)
    leave(page.get_by_role("button", name="Sign in"))

    page.goto("/import")
    assert axe_of(page, java_script) == []
    leave(page.get_by_role("button", name="Check the files"))
    assert page.get_by_role("link", name="Select referrals.csv").is_visible()
    assert axe_of(page, java_script) == []

    page.locator("[name='referrals.csv']").set_input_files(YEAR / "support.csv")
    leave(page.get_by_role("button", name="Check the files"))
    page.get_by_role("heading", name="The files cannot be imported").wait_for()
    assert axe_of(page, java_script) == []

    page.get_by_text("Choose the files again", exact=True).click()
    for path in YEAR.iterdir():
        page.locator(f"[name='{path.name}']").set_input_files(path)
    leave(page.get_by_role("button", name="Check the files"))
    page.get_by_role("heading", name="Check what will come in").wait_for()
    assert axe_of(page, java_script) == []

    leave(page.get_by_role("button", name="Import 89 referrals"))
    page.get_by_role("heading", name="Import complete").wait_for()
    assert axe_of(page, java_script) == []


def axe_of(page: Page, java_script: bool) -> list[str]:
    """axe needs scripts; without them the pages are the same."""
    return axe(page) if java_script else []
