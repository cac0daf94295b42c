"""Meetings that come again: their rule, the meetings made by it a year ahead, and the changes to all that follow."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from casework.access import policy
from casework.access.vocabulary import Actor, Permission
from casework.audit import trail
from casework.audit.events import Event
from casework.cases.locks import lock
from casework.errors import Conflict, Invalid, NotFound, Refused
from casework.extensions import db, now
from casework.forms import today, write_date
from casework.panels.meetings import cancelling, invitations, recurrence
from casework.panels.meetings import service as meetings
from casework.panels.meetings.service import OFFICERS, Plan
from casework.panels.models import Meeting, Series
from casework.panels.seats import service as seats

AHEAD = timedelta(days=366)  # meetings stand in the list a year ahead


@dataclass(frozen=True)
class Standing:
    """A series as its list shows it: how many meetings are still to come, and the bank holidays left out."""

    series: Series
    rule: str
    time: str
    to_come: int
    next_day: date | None
    left_out: Sequence[date]


def standing(actor: Actor, programme_id: str | None = None) -> list[Standing]:
    """The series that the actor may see and that have not ended, by programme and first day."""
    query = policy.visible(actor, Series).where(Series.ended_on.is_(None)).options(joinedload(Series.chair))
    if programme_id:
        query = query.where(Series.programme == programme_id)
    found = db.session.scalars(query.order_by(Series.programme, Series.first_day, Series.id)).all()
    return [about(series) for series in found]


def about(series: Series) -> Standing:
    """A series as its list shows it."""
    to_come, next_at = db.session.execute(
        select(func.count(), func.min(Meeting.starts_at_utc)).where(
            Meeting.series_id == series.id,
            Meeting.state.in_(meetings.TO_COME),
            Meeting.starts_at_utc >= now(),
        )
    ).one()
    _, left_out = days_of(series, max(today(), series.first_day), series.made_until)
    return Standing(
        series=series,
        rule=recurrence.words(series.rule),
        time=recurrence.clock_words(series.time),
        to_come=to_come,
        next_day=recurrence.day_and_time(next_at)[0] if next_at else None,
        left_out=left_out,
    )


def days_of(series: Series, after: date, until: date) -> tuple[list[date], list[date]]:
    """The days from `after` to `until` on which the series meets, and the bank holidays on which it does not."""
    return recurrence.without_holidays(recurrence.days(series.rule, series.first_day, after, until))


def series_for(actor: Actor, series_id: uuid.UUID) -> Series:
    """The series, if the actor may see it (else NotFound) and runs its panel (else Refused)."""
    series = db.session.scalar(policy.visible(actor, Series).where(Series.id == series_id))
    if series is None:
        raise NotFound
    if not policy.decide(actor, Permission.MEETING_RUN, series):
        raise Refused(permission=str(Permission.MEETING_RUN), subject=series)
    return series


# -- making -----------------------------------------------------------------------------------------------


def plan(
    actor: Actor, programme_id: str, first_day: date, pattern: str, details: Plan
) -> tuple[Series, list[Meeting], list[date]]:
    """Plan a series: the series, its meetings of the year ahead, and the bank holidays left out.

    Raises Invalid for a first day that is past or does not fit the pattern, and for people who may not run it.
    """
    seats.panel_of(actor, programme_id, Permission.MEETING_RUN)
    meetings.check(actor, programme_id, details)
    if recurrence.starts_at(first_day, details.time) < now():
        raise Invalid(errors={"first_day": ["The first meeting must begin in the future"]})
    series = Series(
        programme=programme_id,
        rule=recurrence.rule_for(pattern, first_day),
        first_day=first_day,
        made_until=first_day - timedelta(days=1),
        time=details.time,
        minutes=details.minutes,
        venue=details.venue,
        link=details.link,
        **details.officers,
    )
    db.session.add(series)
    db.session.flush()
    trail.record(actor, Event.SERIES_CHANGED, series, fields=["rule", "first_day"])
    made = extend(actor, series, minutes_per_case=details.minutes_per_case)
    _, left_out = days_of(series, first_day, series.made_until)
    return series, made, left_out


def extend(actor: Actor, series: Series, *, minutes_per_case: int | None = None) -> list[Meeting]:
    """Make the meetings of a series that the year ahead still lacks; those made before are left as they are."""
    lock(series)
    until = today() + AHEAD
    if series.ended_on is not None or until <= series.made_until:
        return []
    days, _ = days_of(series, series.made_until + timedelta(days=1), until)
    details = _details(actor, series, minutes_per_case)
    made = [
        meetings.make(actor, series.programme, details.columns(day), series=series)
        for day in days
        if recurrence.starts_at(day, series.time) >= now()
    ]
    series.made_until = until
    db.session.flush()
    return made


def _details(actor: Actor, series: Series, minutes_per_case: int | None) -> Plan:
    """What the next meetings of a series keep. Who may no longer run them is left out, to be named anew."""
    if minutes_per_case is None:
        latest = select(Meeting.minutes_per_case).where(Meeting.series_id == series.id)
        minutes_per_case = db.session.scalar(latest.order_by(Meeting.starts_at_utc.desc()).limit(1))
    may_run = {user.id for user in meetings.who_may_run(actor, series.programme)}
    officers = {f"{each}_id": getattr(series, f"{each}_id") for each in OFFICERS}
    return Plan(
        time=series.time,
        minutes=series.minutes,
        minutes_per_case=minutes_per_case or seats.rules_of(series.programme).minutes_per_case,
        venue=series.venue,
        link=series.link,
        **{name: user_id if user_id in may_run else None for name, user_id in officers.items()},
    )


def keep_coming(actor: Actor) -> int:
    """A job: see that every series has its meetings of the year ahead. Returns how many it made."""
    going_on = db.session.scalars(select(Series).where(Series.ended_on.is_(None)).order_by(Series.id)).all()
    return sum(len(extend(actor, series)) for series in going_on)


# -- changing ---------------------------------------------------------------------------------------------


def change_following(actor: Actor, meeting: Meeting, day: date, details: Plan, *, version: int) -> int:
    """Change a meeting of a series and all that follow it, and those still to be made; returns how many changed.

    Each keeps its day. Raises Invalid for another day, and Conflict as `meetings.change` does.
    """
    series = meeting.series
    if series is None:
        raise Invalid("This meeting is not one of a series.")
    if day != meetings.day_of(meeting):
        words = "All that follow keep their days: move this meeting only, or end the series and plan another"
        raise Invalid(errors={"day": [words]})
    meetings.hold(meeting, version, meetings.words(actor, meeting.programme, day, details))
    meetings.check(actor, meeting.programme, details)
    lock(series)
    for name, value in {
        "time": details.time,
        "minutes": details.minutes,
        "venue": details.venue,
        "link": details.link,
        **details.officers,
    }.items():
        setattr(series, name, value)
    trail.record(actor, Event.SERIES_CHANGED, series, fields=["details"])
    following = _planned_from(series, meeting.starts_at_utc.date())
    changed = 0
    for each in following:
        fields = meetings.apply(actor, each, details.columns(meetings.day_of(each)))
        invitations.tell_of_change(actor, each, fields)
        changed += bool(fields)
    return changed


def end(actor: Actor, series: Series, *, from_day: date, version: int) -> int:
    """End a series: it makes no more meetings, and those planned from that day on are cancelled; returns how many.

    A meeting whose agenda has been circulated stays: it is cancelled by itself, or held.
    """
    lock(series)
    if series.version != version or series.ended_on is not None:
        stored = {"Ended from": write_date(series.ended_on) if series.ended_on else "It goes on"}
        raise Conflict(stored=stored, submitted={"Ended from": write_date(from_day)})
    if from_day < today():
        raise Invalid(errors={"from_day": ["The day must be today or in the future"]})
    series.ended_on = from_day
    db.session.flush()
    trail.record(actor, Event.SERIES_CHANGED, series, fields=["ended_on"])
    planned = [each for each in _planned_from(series, from_day) if each.state == "planned"]
    for each in planned:
        cancelling.call_off(actor, each, "series_ended")
    return len(planned)


def _planned_from(series: Series, day: date) -> Sequence[Meeting]:
    """The meetings of a series that have not begun, from a day on."""
    query = select(Meeting).where(
        Meeting.series_id == series.id,
        Meeting.state.in_(meetings.TO_COME),
        Meeting.starts_at_utc >= max(now(), recurrence.starts_at(day, "00:00")),
    )
    return db.session.scalars(query.order_by(Meeting.starts_at_utc).with_for_update(of=Meeting)).all()
