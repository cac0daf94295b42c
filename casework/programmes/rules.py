"""The rules of a programme: stages, clocks, repeats, panels, reviews, keeping, letters, and what is blocked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Condition:
    """Met when the answer to `field` (about `about`) is, or is among, `codes`."""

    about: str
    field: str
    codes: tuple[str, ...]

    def met_by(self, answer: str | Collection[str] | None) -> bool:
        given = {answer} if isinstance(answer, str) else set(answer or ())
        return not given.isdisjoint(self.codes)


@dataclass(frozen=True)
class Move:
    """A way out of a stage. Any one of `roles` may make it; `checks` are keys of CHECKS."""

    to: str
    label: str
    roles: tuple[str, ...]
    reason_required: bool = False
    checks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stage:
    """A stage of a referral (kinds screening and declined) or of a case (kinds open and closed)."""

    id: str
    label: str
    kind: str
    moves: tuple[Move, ...] = ()
    hint: str = ""

    def move(self, to: str) -> Move | None:
        return next((move for move in self.moves if move.to == to), None)


@dataclass(frozen=True)
class Clock:
    """A time limit: `days` (working days or calendar days) after `starts`, met by `stops`.

    `doubt` says that no official source stands behind the number, and is shown beside it.
    """

    id: str
    label: str
    days: int
    working_days: bool
    starts: str
    stops: str
    warn_days: int = 0
    source: str = ""
    doubt: str = ""


@dataclass(frozen=True)
class RepeatRule:
    """When a referral is a repeat: an earlier one within `window_months` of `anchor` (referral or heard).

    `on` is `pair` (the same person protected and the same person harming) or `subject`.
    """

    window_months: int
    anchor: str
    on: str
    source: str = ""
    doubt: str = ""


@dataclass(frozen=True)
class PanelDecision:
    """What follows when a panel decides `id`, a code of its outcomes.

    `heard` says that the case counts as heard; `then` is a key of QUEUE_MOVES. The case moves to the stage `to`,
    with `closure_reason` where that closes it. `onward` asks for the recipient, what is shared and the basis.
    """

    id: str
    heard: bool = True
    then: str = "leave"
    to: str | None = None
    closure_reason: str | None = None
    onward: bool = False


@dataclass(frozen=True)
class PanelRules:
    """How a programme's panel meets. Numbers are defaults that a meeting may change.

    Agencies are codes of the list `agency_type`. `quorum` is groups of agencies, each met by one of them.
    `papers_days` are working days before the meeting, `minutes_days` working days after it. A panel that is
    `relisted_until_closed` hears each open case again; `referrer_must_attend` defers a case nobody presents. Agencies
    flag their files for `flag_months` after the anchor of the repeat rule. `outcomes` names the list of decisions,
    `decisions` what follows each. Cases in `queue_stages` stand in the queue, and with `hear_unscreened` urgent
    referrals that are not decided on yet. Where no clock says by when a case is heard, it is within `wait_days` of
    entering the queue. A meeting begins with `opening_minutes` on outstanding actions. Research is due
    `research_days` working days before the meeting and opens to the others by `research_opens`, a key of
    RESEARCH_OPENS. Agencies of the types in `alert` are told the same day that a referral was accepted. First on an
    item stand the answers to `head_fields` (about the referral) and the entries of the kinds `head_entries`. An
    agency accepts an action set in its absence within `accept_days` working days, or the coordinator is told; one
    overdue by `escalate_days` working days goes to the agency's named senior. The panel of another area acknowledges
    a transfer within `transfer_days` working days. A support plan stalls when nothing of it was delivered for
    `stalls_days`. Somebody who declines support, or withdraws from it, goes back to the panel in the stage
    `refusal_to`; None: what they say of it moves nothing.
    """

    name: str
    frequency: str
    minutes_per_case: int
    minutes_cap: int | None = None
    cases_cap: int | None = None
    papers_days: int | None = None
    minutes_days: int | None = None
    core: tuple[str, ...] = ()
    quorum: tuple[tuple[str, ...], ...] = ()
    relisted_until_closed: bool = False
    referrer_must_attend: bool = False
    flag_months: int | None = None
    outcomes: str = ""
    decisions: tuple[PanelDecision, ...] = ()
    queue_stages: tuple[str, ...] = ()
    hear_unscreened: bool = False
    wait_days: int | None = None
    opening_minutes: int = 10
    research_days: int = 2
    research_opens: str = "meeting"
    alert: tuple[str, ...] = ()
    head_fields: tuple[str, ...] = ()
    head_entries: tuple[str, ...] = ()
    accept_days: int = 2
    escalate_days: int = 5
    transfer_days: int = 3
    stalls_days: int = 28
    refusal_to: str | None = None
    source: str = ""
    doubt: str = ""

    def decision(self, outcome: str) -> PanelDecision:
        """What follows an outcome: no more than that it was heard, where the file says nothing of it."""
        return next((each for each in self.decisions if each.id == outcome), PanelDecision(outcome))


@dataclass(frozen=True)
class PutTo:
    """Another programme to whose panel the cases of this one are put.

    The onward referral has the code `destination`; an entry of the kind activity with the code `activity` counts that
    somebody speaks there for the person.
    """

    programme: str
    destination: str
    activity: str


@dataclass(frozen=True)
class ReviewCycle:
    """A review due `months` after `after` (a word of EVENTS); `repeats` until the case closes."""

    id: str
    label: str
    months: int
    after: str
    repeats: bool = False
    source: str = ""
    doubt: str = ""


@dataclass(frozen=True)
class Retention:
    """How long records are kept after `trigger` (a word of EVENTS) before their disposal is reviewed."""

    years: int
    trigger: str
    source: str = ""
    doubt: str = ""


@dataclass(frozen=True)
class LawfulBasis:
    """A ground for holding and sharing that the programme relies on; `default` is offered first."""

    id: str
    label: str
    default: bool = False
    hint: str = ""
    source: str = ""


@dataclass(frozen=True)
class Letter:
    """A letter template with {placeholders}. `recipient` is a person role, `referrer` or `agency`."""

    id: str
    title: str
    recipient: str
    body: str


@dataclass(frozen=True)
class Block:
    """An act that is stopped, with the reason shown: always, or when a condition is met or a flag stands."""

    act: str
    reason: str
    when: tuple[Condition, ...] = ()
    flags: tuple[str, ...] = ()
    always: bool = False

    def stops(
        self, answers: Mapping[tuple[str, str], str | Collection[str] | None], flags: Collection[str]
    ) -> bool:
        """Whether it applies to a case with these answers, by (about, field id), and these flags."""
        return (
            self.always
            or not set(flags).isdisjoint(self.flags)
            or any(
                condition.met_by(answers.get((condition.about, condition.field))) for condition in self.when
            )
        )


@dataclass(frozen=True)
class ScreeningPoint:
    """A question the coordinator answers before a referral is accepted. None of them rejects by itself."""

    id: str
    label: str
    source: str = ""
