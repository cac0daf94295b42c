"""The `casework` command. Exit 0: done; 1: a check found something; 2: bad use or bad input, nothing changed."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import waitress

from casework import create_app
from casework.access.vocabulary import OPERATOR
from casework.audit import trail
from casework.audit.events import Event
from casework.config import Settings
from casework.crypto import keyring, vault
from casework.crypto.keyring import KeyringFault
from casework.errors import CaseworkError, Invalid
from casework.extensions import db
from casework.programmes import loader
from casework.programmes.faults import ProgrammeFault
from casework.setup import initialise


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Case management for multi-agency panels."""


def act(command: Callable[..., Any]) -> Callable[..., Any]:
    """Run a command inside the application; commit at its end, and put every error on purpose into one line."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            settings = Settings.from_env()
            app = create_app(settings)
            with app.app_context():
                command(app, *args, **kwargs)
                db.session.commit()
        except Invalid as fault:
            lines = [f"{name}: {reason}" for name, reasons in fault.errors.items() for reason in reasons]
            stop(fault.message if not lines else "\n".join(lines))
        except (CaseworkError, KeyringFault, ProgrammeFault) as fault:
            stop(str(fault))

    return run


def stop(message: str, code: int = 2) -> None:
    click.echo(message, err=True)
    sys.exit(code)


@main.command()
@act
def init(app: Any) -> None:
    """Make the keyring and the database; safe to repeat."""
    initialise(app)
    click.echo("The instance is ready.")


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
def serve(host: str, port: int) -> None:
    """Serve the application."""
    try:
        app = create_app(Settings.from_env())
    except (CaseworkError, ProgrammeFault) as fault:
        stop(str(fault))
    click.echo(f"casework serves on http://{host}:{port} (stop with Ctrl-C)")
    # Bodies stay in memory: waitress would spill a large one to a temporary file, in clear.
    settings: Settings = app.extensions["settings"]
    waitress.serve(
        app,
        host=host,
        port=port,
        threads=8,
        ident=None,
        inbuf_overflow=settings.max_upload_bytes + 1024 * 1024,
        outbuf_overflow=64 * 1024 * 1024,
        max_request_body_size=settings.max_upload_bytes + 1024 * 1024,
    )


@main.group()
def programmes() -> None:
    """The programmes and their files."""


@main.group()
def audit() -> None:
    """The audit trail."""


@audit.command("verify")
@act
def verify_audit(_app: Any) -> None:
    """Check that no entry was changed, removed or put in another order."""
    verdict = trail.verify()
    for fault in verdict.faults:
        click.echo(fault, err=True)
    if verdict.faults:
        stop(
            f"The audit trail does not hold: {len(verdict.faults)} faults in {verdict.entries} entries.",
            code=1,
        )
    click.echo(f"The audit trail holds: {verdict.entries} entries.")


@main.group()
def keys() -> None:
    """The keyring."""


@keys.command("rotate")
@act
def rotate_keys(app: Any) -> None:
    """Make a new master key and wrap every data key under it."""
    settings: Settings = app.extensions["settings"]
    ring = vault.keyring().with_new_master()
    # The file first: a data key wrapped under a master key that was never written would be lost.
    keyring.save(ring, settings.keyring)
    app.extensions["keyring"].forget()
    rewrapped = vault.rewrap_all()
    trail.record(OPERATOR, Event.KEYS_ROTATED, version=ring.newest, rewrapped=rewrapped)
    click.echo(f"Master key {ring.newest} is in use; {rewrapped} data keys were wrapped under it.")


@programmes.command("check")
@click.argument("file", required=False, type=click.Path(path_type=Path))
def check_programmes(file: Path | None) -> None:
    """Name every fault of the programme files (or of one)."""
    folder = Settings.from_env().borough_programmes
    faults = loader.check((file,) if file else (loader.BUILT_IN, folder))
    for fault in faults:
        click.echo(str(fault), err=True)
    if faults:
        stop(f"{len(faults)} faults found.", code=1)
    click.echo("No faults found.")


@programmes.command("list")
@act
def list_programmes(app: Any) -> None:
    """The programmes that the application serves."""
    for programme in app.extensions["programmes"].values():
        click.echo(f"{programme.id}\t{programme.version}\t{programme.name}")
