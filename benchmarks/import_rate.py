"""How many referrals a second come in: from CSV files to sealed, indexed, counted and audited records on disk.

The compared work is the least that could store as much: the same rows, already made, inserted in one transaction.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from benchmarks.instances import ASB_YEAR, multiply
from casework import create_app
from casework.access.vocabulary import OPERATOR
from casework.config import Settings
from casework.extensions import db
from casework.programmes import shelf
from casework.referrals.importing import service
from casework.referrals.importing.sources import Folder
from casework.setup import initialise

TIMES = 50  # the year's 89 referrals and their 693 entries, so many times over
AIM = 2000


def measure(times: int = TIMES, database_url: str | None = None) -> list[tuple[str, float, str]]:
    """(what was measured, figure, what it is compared with)."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "year"
        multiply(ASB_YEAR, folder, times)
        instance = Path(scratch) / "instance"
        app = create_app(
            Settings(
                instance=instance,
                database_url=database_url or f"sqlite:///{instance / 'casework.sqlite'}",
            )
        )
        with app.app_context():
            initialise(app)
            programme = shelf.programme("asb_support")
            at = {"check": time.perf_counter()}
            summary = service.run(
                OPERATOR,
                programme,
                Folder(folder),
                lambda stage, *_counts: at.setdefault(stage, time.perf_counter()),
            )
            db.session.commit()
            done = time.perf_counter()
            db.session.remove()
            db.engine.dispose()
    referrals, rows = summary.stored["referral"], sum(summary.stored.values())
    seconds = done - at["check"]
    return [
        ("import: referrals a second", referrals / seconds, f"aim {AIM}"),
        ("import: rows stored a second", rows / seconds, f"{rows / referrals:.0f} rows a referral"),
        ("import: reading and checking, share of the time", (at["seal"] - at["check"]) / seconds, "of 1"),
        ("import: sealing, share of the time", (at["store"] - at["seal"]) / seconds, "of 1"),
        (
            "import: storing under the writer's lock, share of the time",
            (done - at["store"]) / seconds,
            "of 1",
        ),
    ]


if __name__ == "__main__":
    for name, figure, compared in measure():
        print(f"{name:<60} {figure:>12,.2f}   ({compared})")
