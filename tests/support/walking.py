"""Walking through the application as one user: every page, file and print to which links and short forms lead."""

from __future__ import annotations

import html
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from pypdf import PdfReader
from werkzeug.test import TestResponse

ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LINK = re.compile(r'href="(/[^"#]*)')


def reached(
    client: FlaskClient, starts: Iterable[str], most: int, *, follow: Callable[[str], bool] = bool
) -> Iterator[tuple[str, str]]:
    """The addresses and texts of all that can be reached from `starts`, of each kind of page so many at `most`."""
    todo, done, been = list(starts), Counter[str](), set[str]()
    while todo:
        path = todo.pop()
        kind = kind_of(path)
        if path.startswith("/static") or path in been or done[kind] == most:
            continue
        been.add(path)
        done[kind] += 1
        response = client.get(path)
        if response.status_code == 302:
            todo.append(response.location)
        if response.status_code != 200:
            continue
        text = text_of(response)
        yield path, text
        todo += filter(follow, map(html.unescape, LINK.findall(text)))


def text_of(response: TestResponse) -> str:
    """What an answer says: of a PDF the words on its pages."""
    if response.mimetype == "application/pdf":
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(response.data)).pages)
    return response.get_data(as_text=True)


def kind_of(path: str) -> str:
    """What a page is one of: lists lead to themselves by every mixture of their filters, and each row to alike."""
    return ID.sub("", urlsplit(path).path)
