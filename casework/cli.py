"""The `casework` command. Exit 0: done; 1: a check found something; 2: bad use or bad input, nothing changed."""

from __future__ import annotations

import errno
import functools
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import click
import waitress
from sqlalchemy.exc import DBAPIError

from casework import create_app, web
from casework.access.vocabulary import OPERATOR, Role
from casework.accounts import enrolment
from casework.audit import trail
from casework.audit.events import Event
from casework.config import Settings
from casework.crypto import keyring, vault
from casework.crypto.keyring import KeyringFault
from casework.demonstration import borough
from casework.errors import CaseworkError, Invalid
from casework.extensions import db, now
from casework.jobs import runner
from casework.mail import service as mail_queue
from casework.programmes import loader, shelf
from casework.programmes.definition import Programme
from casework.programmes.faults import ProgrammeFault
from casework.referrals import in_use
from casework.referrals.importing import service as importing
from casework.referrals.importing.faults import Fault, ImportRefused, write_report
from casework.referrals.importing.sources import Folder
from casework.setup import NotReady, check_database, check_programmes, initialise
from casework.statistics import disclosure, exports, periods
from casework.statistics import service as statistics
from casework.web.words import moment_words


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Case management for multi-agency panels."""


def act(command: Callable[..., Any]) -> Callable[..., Any]:
    """Run a command inside the application, on a database that is ready, and commit at its end."""
    return _act(command, check_database)


def act_on_any(command: Callable[..., Any]) -> Callable[..., Any]:
    """As `act`, for a command that makes the database or needs none."""
    return _act(command, lambda _app: None)


def _act(command: Callable[..., Any], check: Callable[[Any], None]) -> Callable[..., Any]:
    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        with in_words(), application(Settings.from_env()) as app:
            check(app)
            command(app, *args, **kwargs)
            db.session.commit()

    return run


@contextmanager
def application(settings: Settings) -> Iterator[Any]:
    """The application inside its context; the database is let go of at the end."""
    app = create_app(settings)
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


@contextmanager
def in_words() -> Iterator[None]:
    """Put every error that can be foreseen into words, and none of what a database or a library says of itself."""
    try:
        yield
    except Invalid as fault:
        lines = [f"{name}: {reason}" for name, reasons in fault.errors.items() for reason in reasons]
        stop(fault.message if not lines else "\n".join(lines))
    except (CaseworkError, KeyringFault, ProgrammeFault) as fault:
        stop(str(fault))
    except DBAPIError:
        stop("The database cannot be used just now: it may be locked, full or out of reach.")
    except OSError as fault:
        if fault.errno == errno.EPIPE:
            raise  # whoever reads our output stopped: click ends quietly
        stop(f"{fault.filename or 'A file'}: {(fault.strerror or 'cannot be used').lower()}.")


def stop(message: str, code: int = 2) -> None:
    click.echo(message, err=True)
    sys.exit(code)


@main.command()
@act_on_any
def init(app: Any) -> None:
    """Make the keyring and the database; safe to repeat."""
    initialise(app)
    click.echo("The instance is ready.")


@main.command()
@act_on_any
def demo(app: Any) -> None:
    """Fill a new instance with the demonstration borough; safe to repeat."""
    initialise(app)
    borough.load()
    db.session.commit()
    for line in borough.lines():
        click.echo(line)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--no-jobs", is_flag=True, help="Leave what is due by the clock to `casework jobs run`.")
def serve(host: str, port: int, no_jobs: bool) -> None:
    """Serve the application, and run what is due by the clock beside it."""
    with in_words(), application(Settings.from_env()) as app:
        web.assets_present(app)
        check_database(app)
        check_programmes()
    click.echo(f"casework serves on http://{host}:{port} (stop with Ctrl-C)")
    # Bodies stay in memory: waitress would spill a large one to a temporary file, in clear.
    settings: Settings = app.extensions["settings"]
    try:
        with nullcontext() if no_jobs else runner.beside(app):
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
    except OSError as fault:
        stop(f"casework cannot serve on {host}:{port}: {(fault.strerror or 'no such address').lower()}.")


@main.group()
def programmes() -> None:
    """The programmes and their files."""


@main.group()
def users() -> None:
    """The people who sign in."""


@users.command("add")
@click.argument("email")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--programme", "programmes", multiple=True, help="Repeat for several.")
@click.option("--agency", help="The name of the agency they act for.")
@click.option(
    "--password-stdin", is_flag=True, help="Read their password from standard input; else make a link."
)
@act
def add_user(
    _app: Any, email: str, role: str, programmes: tuple[str, ...], agency: str | None, password_stdin: bool
) -> None:
    """Add a user with a role; prints the link by which they choose a password."""
    password = _read_password() if password_stdin else None
    enrolled = enrolment.enrol(
        OPERATOR, email, Role(role), programmes=programmes, agency=agency, password=password
    )
    if enrolled.agency_is_new:
        click.echo(
            f"The agency {enrolled.agency.name} is new: an administrator should say of what kind it is."
        )
    click.echo(f"{enrolled.user.email} is added for {enrolled.agency.name}.")
    if enrolled.token is not None:
        click.echo("They choose their password at this page of casework, once:")
        click.echo(f"/invitation/{enrolled.token}")


def _read_password() -> str:
    try:
        return sys.stdin.buffer.readline().decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise Invalid("The password on standard input is not UTF-8.") from None


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


@main.group()
def jobs() -> None:
    """What has to be done by the clock."""


@jobs.command("run")
@click.option("--once", is_flag=True, help="Run what is due and end; else look again every minute.")
@act
def run_jobs(_app: Any, once: bool) -> None:
    """Run what is due. A job that fails is tried again later and stops no other."""
    while True:
        for outcome in runner.run_due(OPERATOR):
            click.echo(outcome.words, err=outcome.count is None)
        if once:
            return
        db.session.remove()
        time.sleep(runner.LOOKED_EVERY_SECONDS)


@main.command("mail")
@act
def show_mail(_app: Any) -> None:
    """How e-mail goes: the server, and how many messages were sent, wait or were not sent, and why."""
    for line in mail_queue.overview():
        click.echo(line)


@programmes.command("check")
@click.argument("file", required=False, type=click.Path(path_type=Path))
def check_programme_files(file: Path | None) -> None:
    """Name every fault of the programme files (or of one), and whatever they drop that records hold."""
    with in_words():
        settings = Settings.from_env()
        folders = [folder for folder in (loader.BUILT_IN, settings.borough_programmes) if folder.is_dir()]
        faults = loader.check((file,) if file else folders)
        if not faults:
            faults = _dropped(settings, file)
    for fault in faults:
        click.echo(str(fault), err=True)
    if faults:
        stop(f"{len(faults)} {'fault' if len(faults) == 1 else 'faults'} found.", code=1)
    click.echo("No faults found.")


def _dropped(settings: Settings, file: Path | None) -> list[loader.Fault]:
    """What faultless files drop of what records hold; nothing where there are no records to ask."""
    if file is not None and file.name == loader.COMMON_FILE:
        return []
    try:
        with application(settings) as app:
            check_database(app)
            return in_use.faults(shelf.every() if file is None else _with(loader.load_file(file)))
    except NotReady as fault:
        if settings.instance.exists():
            click.echo(f"Not compared with what records hold. {fault}", err=True)
        return []
    except ProgrammeFault:
        click.echo("Not compared with what records hold: another file has faults.", err=True)
        return []


def _with(programme: Programme) -> dict[str, Programme]:
    """The programmes served, this one in its place."""
    return {**shelf.every(), programme.id: programme}


@programmes.command("list")
@act_on_any
def list_programmes(app: Any) -> None:
    """The programmes that the application serves."""
    for programme in app.extensions["programmes"].values():
        click.echo(f"{programme.id}\t{programme.version}\t{programme.name}")


@main.command("import")
@click.argument("programme")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write every fault to this file, as CSV.",
)
@act
def import_folder(_app: Any, programme: str, folder: Path, report: Path | None) -> None:
    """Import a folder of CSV files: all of its rows, or none."""
    if programme not in shelf.every():
        stop(f"There is no programme {programme!r}. There are: {', '.join(sorted(shelf.every()))}.")
    with _fault_report(report) as note:
        try:
            summary = importing.run(OPERATOR, shelf.programme(programme), Folder(folder))
        except ImportRefused as refused:
            note(refused.faults)
            raise
        note(())
    db.session.commit()  # before anything is said: what is announced is stored
    for line in summary.lines():
        click.echo(line)
    if summary.not_read:
        click.echo(
            f"Not read, because {programme} takes no such file: {', '.join(summary.not_read)}", err=True
        )


@contextmanager
def _fault_report(path: Path | None) -> Iterator[Callable[[Iterable[Fault]], None]]:
    """What writes faults to the file asked for, opened before anything is imported; nothing where none is."""
    if path is None:
        yield lambda _faults: None
        return
    try:
        file = path.open("w", newline="", encoding="utf-8")
    except OSError as error:
        stop(f"{path}: cannot be written: {(error.strerror or 'it cannot be opened').lower()}.")
    with file:
        yield lambda faults: write_report(faults, file)


@main.command()
@click.argument("name", metavar="GROUP/NAME")
@click.option("--from", "first", required=True, metavar="DATE", help="The first day, like 2017-04-01.")
@click.option("--to", "last", required=True, metavar="DATE", help="The last day, counted too.")
@click.option("--programme", help="Of panels/operations: the panel of this programme alone.")
@click.option("--audience", required=True, help="internal: exact figures, marked as such.")
@click.option("--method", help="How figures are protected; internal ones are not.")
@click.option("--format", "form", required=True, help="json, csv or html.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of the screen.")
@act
def report(
    _app: Any,
    name: str,
    first: str,
    last: str,
    programme: str | None,
    audience: str,
    method: str | None,
    form: str,
    out: Path | None,
) -> None:
    """Count a report, without any key: `casework programmes list` names the groups, and there is panels."""
    exports.check_form(form)
    made = statistics.make_named_report(
        OPERATOR,
        name,
        periods.parse(first, last),
        programme,
        audience=disclosure.audience_named(audience),
        method=method,
    )
    text = exports.write(made, form, exports.Stamp(OPERATOR.name, moment_words(now())))
    if out and not out.parent.is_dir():
        raise Invalid(f"{out}: there is no folder {out.parent}.")
    # Before anything is shown: what cannot be noted in the trail is not made.
    db.session.commit()
    _print(text, out)


def _print(text: str, out: Path | None) -> None:
    """Put text in a file, or on the screen. UTF-8 either way, whatever the terminal says."""
    if out is None:
        click.echo(text.encode(), nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8", newline="")
    except OSError as fault:
        raise Invalid(f"{out}: cannot be written: {fault.strerror}.") from None
