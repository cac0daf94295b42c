"""Bodies of requests stay in memory: an upload of any size would else lie in a temporary file, in clear."""

from __future__ import annotations

from io import BytesIO
from typing import IO

from flask import Flask, Request


class InMemory(Request):
    """A request whose uploaded files are kept in memory. How large a body may be is limited by the settings."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return BytesIO()


def init(app: Flask) -> None:
    app.request_class = InMemory
