"""One line for each request: what was asked in our own words, how it went, how long it took.

A line never holds an address (a one-time link is a secret), a form's content, or the message of an exception
(a database's holds the row that it refused).
"""

from __future__ import annotations

import json
import logging
import secrets
import time
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import TextIO, cast

from flask import Flask, Response, g, request, request_started
from flask.logging import wsgi_errors_stream

FACTS = ("method", "endpoint", "status", "ms", "request_id")

log = logging.getLogger("casework.request")


def init(app: Flask) -> None:
    """Lines go to standard error: plain, or JSON when the application's LOG_LINES is "json"."""
    logger = logging.getLogger("casework")
    logger.setLevel(logging.INFO)
    logger.propagate = False  # the server sets the root logger up too: every line would be written twice
    for old in [handler for handler in logger.handlers if isinstance(handler.formatter, Lines)]:
        logger.removeHandler(old)
    # Resolved for each line: the server may have a stream of its own for errors.
    handler = logging.StreamHandler(cast(TextIO, wsgi_errors_stream))
    handler.setFormatter(JsonLines() if app.config.get("LOG_LINES") == "json" else Lines())
    handler.addFilter(hide_address)
    logger.addHandler(handler)
    request_started.connect(_begin, app)
    app.after_request(_end)


def request_id() -> str:
    """Names this request in the log and on its error page; made here, never taken from outside."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(6)
    return str(g.request_id)


def _begin(_app: Flask) -> None:
    g.began = time.perf_counter()


def _end(response: Response) -> Response:
    began = g.get("began", time.perf_counter())
    response.headers["X-Request-Id"] = request_id()
    log.info(
        "request",
        extra={
            "method": request.method,
            "endpoint": request.endpoint or "none",
            "status": response.status_code,
            "ms": round((time.perf_counter() - began) * 1000),
            "request_id": request_id(),
        },
    )
    return response


def hide_address(record: logging.LogRecord) -> bool:
    """Flask's own line about a failed request names its path; ours names the endpoint and the request."""
    if record.exc_info and record.msg.startswith("Exception on "):
        record.msg, record.args = "failed", ()
        record.method, record.endpoint, record.request_id = request.method, request.endpoint, request_id()
    return True


class Lines(logging.Formatter):
    """Plain lines: when, how bad, what, and the facts of a request as name=value."""

    def format(self, record: logging.LogRecord) -> str:
        facts = self.facts(record)
        words = [facts.pop("at"), facts.pop("level"), facts.pop("message")]
        trouble = facts.pop("trouble", "")
        line = " ".join([*map(str, words), *(f"{name}={value}" for name, value in facts.items())])
        return f"{line}\n{trouble}" if trouble else line

    def facts(self, record: logging.LogRecord) -> dict[str, object]:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        facts: dict[str, object] = {"at": at, "level": record.levelname, "message": record.getMessage()}
        facts |= {name: getattr(record, name) for name in FACTS if hasattr(record, name)}
        if record.exc_info:
            facts["trouble"] = describe_exception(record.exc_info[1])
        return facts


class JsonLines(Lines):
    """The same, one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(self.facts(record), ensure_ascii=False)


def describe_exception(error: BaseException | None) -> str:
    """Where it went wrong and what kind of error it was, back to the first cause, without any message."""
    parts: list[str] = []
    while error is not None:
        parts.append(f"{_frames(error.__traceback__)}{type(error).__module__}.{type(error).__qualname__}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\ncaused by\n".join(parts)


def _frames(trace: TracebackType | None) -> str:
    return "".join(
        f"  {frame.filename}:{frame.lineno} {frame.name}\n" for frame in traceback.extract_tb(trace)
    )
