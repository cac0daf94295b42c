"""Sealed documents: taken in through memory only, and handed out as files that a browser saves and never
runs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO

from sqlalchemy import select

from casework.access.vocabulary import Actor
from casework.audit import trail
from casework.audit.events import Event
from casework.cases import entries
from casework.cases.kind import Values
from casework.cases.models import Attachment, Case, Entry
from casework.errors import Invalid, NotFound
from casework.extensions import db

LARGEST_BYTES = 10 * 1024 * 1024
UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")  # some of them would turn a name's end around: fdp.exe reads exe.pdf
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

# What may be kept, by the end of the file's name: its type, and the bytes that such a file begins with (none:
# text).
TYPES: Mapping[str, tuple[str, tuple[bytes, ...]]] = {
    "pdf": ("application/pdf", (b"%PDF-",)),
    "png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    "jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", (ZIP,)),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (ZIP,)),
    "odt": ("application/vnd.oasis.opendocument.text", (ZIP,)),
    "ods": ("application/vnd.oasis.opendocument.spreadsheet", (ZIP,)),
    "doc": ("application/msword", (OLE,)),
    "xls": ("application/vnd.ms-excel", (OLE,)),
    "msg": ("application/vnd.ms-outlook", (OLE,)),
    "txt": ("text/plain", ()),
    "csv": ("text/csv", ()),
    "eml": ("message/rfc822", ()),
}
ACCEPTED = ",".join(f".{ending}" for ending in TYPES)


@dataclass(frozen=True)
class File:
    """A document as it is handed out."""

    name: str
    type: str
    content: bytes


def take_in(name: str | None, stream: IO[bytes] | None) -> File:
    """Read an uploaded file. Raises Invalid, in words, for what is not kept."""
    name = tidy_name(name or "")
    if not name or stream is None:
        raise _fault("Choose a file")
    content = stream.read(LARGEST_BYTES + 1)
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if ending not in TYPES:
        raise _fault("The file must be a PDF, picture, Word, Excel, OpenDocument, e-mail or text file")
    if not content:
        raise _fault("The file is empty")
    if len(content) > LARGEST_BYTES:
        raise _fault(f"The file must be smaller than {LARGEST_BYTES // 1024 // 1024} MB")
    type_, beginnings = TYPES[ending]
    if not (content.startswith(beginnings) if beginnings else b"\0" not in content):
        raise _fault(f"The file is called .{ending} and is something else. Save it anew and try again")
    return File(name, type_, content)


def add(actor: Actor, case: Case, file: File, values: Values) -> Entry:
    """Seal a document under the case's key."""
    entry = entries.add(actor, case, "document", values)
    entry.details = {"name": file.name, "type": file.type, "size": len(file.content)}
    attachment = Attachment(case_id=case.id, entry_id=entry.id)
    attachment.seal_content(file.content)
    db.session.add(attachment)
    db.session.flush()
    return entry


def hand_out(actor: Actor, entry: Entry) -> File:
    """Open a document that the actor came to through the door of its entry. That it was opened is noted."""
    attachment = db.session.scalar(select(Attachment).where(Attachment.entry_id == entry.id))
    if attachment is None or entry.ended_at_utc is not None:
        raise NotFound("There is no such document.")
    trail.record(actor, Event.DOCUMENT_OPENED, entry.case, entry=str(entry.id))
    details = entry.details or {}
    return File(
        details.get("name") or "document",
        details.get("type") or "application/octet-stream",
        attachment.open_content(),
    )


def tidy_name(name: str) -> str:
    """A file's name without its folders and without what a header or a file system could trip over."""
    last = re.split(r"[\\/]", name)[-1]
    plain = "".join(sign for sign in last if unicodedata.category(sign) not in UNSEEN)
    return re.sub(r"[<>:\"|?*]", "", plain).strip(" .")[-120:]


def _fault(words: str) -> Invalid:
    return Invalid(errors={"file": [words]})
