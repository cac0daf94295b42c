"""Where every page of panels hangs. Apart from the pages, so that each file of them can be read alone."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("panels", __name__)
