"""Documents and letters: taken in through memory, sealed, handed out only to those who see the case."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import select

from casework.audit.models import AuditEntry
from casework.cases import documents, gate, letters, service
from casework.cases.models import Attachment, Entry
from casework.errors import Invalid
from casework.extensions import db
from casework.people import service as people
from casework.programmes import shelf
from tests.cases.makers import World, add_person, answers, form_of, make_world
from tests.support import makers

PDF = b"%PDF-1.7 the bins were set alight"


@pytest.fixture
def world(app: Flask) -> World:
    return make_world()


def upload(client: FlaskClient, world: World, name: str, content: bytes) -> int:
    body = multipart(form_of(answers("document")), name, content)
    return client.post(
        f"/cases/{world.case.id}/documents/add", data=body, content_type="multipart/form-data; boundary=edge"
    ).status_code


def multipart(fields: dict[str, Any], name: str, content: bytes) -> bytes:
    """A form with a file as a browser sends it; the test client would put a large one into a file."""
    parts = [
        f'--edge\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{fields[key]}\r\n' for key in fields
    ]
    last = f'--edge\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return "".join((*parts, last)).encode() + content + b"\r\n--edge--\r\n"


def document(world: World) -> Entry:
    return documents.add(
        world.worker, world.case, documents.File("a.pdf", "application/pdf", PDF), answers("document")
    )


def test_document_is_sealed_and_opens_again(world: World, client: FlaskClient) -> None:
    makers.sign_in(client, world.users["worker"])

    assert upload(client, world, "C:/scans/bins on fire.pdf", PDF) == 302

    entry = db.session.scalars(select(Entry).where(Entry.kind == "document")).one()
    kept = db.session.scalars(select(Attachment)).one()
    assert PDF not in kept.content
    assert kept.open_content() == PDF
    assert (entry.details or {})["name"] == "bins on fire.pdf"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("", b""),
        ("page.html", b"<script>"),
        ("picture.svg", b"<svg/>"),
        ("run.exe", b"MZ"),
        ("empty.pdf", b""),
        ("page.pdf", b"<html>"),
        ("noise.txt", b"a\0b"),
        ("large.pdf", b"%PDF-" + b"x" * documents.LARGEST_BYTES),
    ],
)
def test_file_that_is_not_kept_is_refused_in_words(
    world: World, client: FlaskClient, name: str, content: bytes
) -> None:
    makers.sign_in(client, world.users["worker"])

    assert upload(client, world, name, content) == 422
    assert db.session.scalars(select(Attachment)).all() == []


def test_upload_never_reaches_a_file(app: Flask) -> None:
    body = multipart({}, "a.txt", b"x" * 2_000_000)
    with app.test_request_context(
        "/", method="POST", data=body, content_type="multipart/form-data; boundary=edge"
    ):
        assert isinstance(request.files["file"].stream, io.BytesIO)


def test_download_is_saved_and_never_shown_and_stands_in_the_trail(world: World, client: FlaskClient) -> None:
    entry = document(world)
    makers.sign_in(client, world.users["worker"])

    answer = client.get(f"/cases/{world.case.id}/entries/{entry.id}/file")

    assert answer.data == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"]
    opened = db.session.scalars(select(AuditEntry).where(AuditEntry.event == "document.opened")).one()
    assert opened.details == {"entry": str(entry.id)}


@pytest.mark.parametrize("who", ["outsider", "colleague"])
def test_document_is_not_found_by_those_who_may_not_see_the_case(
    world: World, client: FlaskClient, who: str
) -> None:
    service.exclude(world.coordinator, world.case, user_id=world.users["colleague"].id, reason="Related")
    entry = document(world)
    makers.sign_in(client, world.users[who])

    assert client.get(f"/cases/{world.case.id}/entries/{entry.id}/file").status_code == 404
    assert client.get(f"/cases/{world.case.id}/entries/{entry.id}").status_code == 404


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_document_lies_nowhere_in_clear(world: World, instance: Path) -> None:
    document(world)
    db.session.commit()

    raw = b"".join(path.read_bytes() for path in instance.iterdir() if path.is_file())

    assert b"set alight" not in raw
    assert b"a.pdf" not in raw


def draft(world: World, letter: str = "welcome", *, to: gate.Recipient | None = None) -> letters.Draft:
    chosen = letters.letter_of(shelf.programme(world.case.programme), letter)
    recipient = to or gate.Recipient("Ada Okonjo", world.subject)
    return letters.Draft(chosen, recipient, letters.fill(world.case, chosen, recipient))


def test_letter_is_filled_with_what_the_case_knows(world: World) -> None:
    made = draft(world, "closing")

    assert "Dear Ada Okonjo" in made.body
    assert world.case.reference in made.body
    assert "Wendy Iqbal" in made.body
    assert made.left_open == ()


def test_letter_without_a_worker_stays_open_and_is_not_kept_so(world: World) -> None:
    world.case.worker_id = None
    db.session.flush()
    db.session.expire(world.case, ["worker"])

    made = draft(world)

    assert made.left_open == ("worker name", "worker contact")
    with pytest.raises(Invalid):
        letters.save(world.worker, world.case, made)


def test_letter_is_kept_as_a_sealed_document(world: World) -> None:
    entry = letters.save(world.worker, world.case, draft(world))

    file = documents.hand_out(world.worker, entry)
    assert file.type == "text/plain"
    assert "Dear Ada Okonjo" in file.content.decode()
    assert "Okonjo" not in file.name


def test_letter_to_somebody_never_told_is_not_kept_and_the_page_says_why(
    world: World, client: FlaskClient
) -> None:
    part = add_person(world, "perpetrator")
    with pytest.raises(Invalid) as refused:
        letters.save(world.worker, world.case, draft(world, to=gate.Recipient("Rex Thorne", part)))
    assert "alleged perpetrator" in refused.value.errors["body"][0]
    home = {"lines": "14 Long Lane", "postcode": "N3 2PX", "confidential": True}
    people.move_home(world.worker, world.subject.person, **home)
    makers.sign_in(client, world.users["worker"])
    sent = {"part": str(world.subject.id), "body": "Come to 14 Long Lane"}

    preview = client.post(f"/cases/{world.case.id}/letters/welcome", data={**sent, "act": "preview"})
    saved = client.post(f"/cases/{world.case.id}/letters/welcome", data=sent)

    assert "confidential address" in preview.get_data(as_text=True)
    assert saved.status_code == 422
    assert db.session.scalars(select(Attachment)).all() == []


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("..\\folder/bins.txt", "bins.txt"),
        ("bins\u202etxt.exe.txt", "binstxt.exe.txt"),
        ("a\r\nSet-Cookie: b.txt", "aSet-Cookie b.txt"),
    ],
)
def test_name_of_a_file_has_no_sign_that_cannot_be_seen(sent: str, kept: str) -> None:
    assert documents.take_in(sent, io.BytesIO(b"Monday")).name == kept


def test_file_whose_name_has_no_ending_is_refused() -> None:
    with pytest.raises(Invalid):
        documents.take_in("txt", io.BytesIO(b"Monday"))
