"""Whether the names in a programme file point anywhere, and its rules hold together.

Each check is a generator of (key path, reason) over the document as far as it could be read, so that one
fault does not hide the next. What a file's values may look like is checked before, in `grammar`.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from casework.programmes.definition import (
    ACTS,
    COUNTABLE_KINDS,
    PLACEHOLDERS,
    REFERRAL,
    REQUIRED_LISTS,
    CodeList,
)
from casework.programmes.lists import Pair, list_faults, repeated

RESERVED_IDS = ("training", "board", "panels")
"""Groups of reports that belong to no programme."""

RESERVED_FIELDS = ("age",)
"""Held for every counted role without being asked as a field."""

RESERVED_ROLES = (REFERRAL, "referrer", "agency")


@dataclass(frozen=True)
class Context:
    """A document with what its names may point to."""

    document: Mapping[str, Any]
    shared: Mapping[str, CodeList]
    lists: Mapping[str, CodeList]
    fields: Mapping[str, Mapping[str, Any]]
    shared_tools: Mapping[str, list[Mapping[str, Any]]]
    shared_letters: Mapping[str, list[Mapping[str, Any]]]

    def many(self, key: str) -> list[dict[str, Any]]:
        return list(self.document.get(key) or [])

    def used(self, key: str) -> list[str]:
        """The ids of the shared tools or letters that the programme takes."""
        return list((self.document.get("use") or {}).get(key) or [])

    @property
    def tools(self) -> list[Mapping[str, Any]]:
        """The programme's risk tools, the shared ones first."""
        shared = [tool for tool_id in self.used("risk_tool") for tool in self.shared_tools.get(tool_id, [])]
        return [*shared, *self.many("risk_tool")]

    @property
    def letters(self) -> list[Mapping[str, Any]]:
        """The programme's letters, the shared ones first."""
        shared = [
            letter for letter_id in self.used("letter") for letter in self.shared_letters.get(letter_id, [])
        ]
        return [*shared, *self.many("letter")]

    @property
    def roles(self) -> set[str]:
        return {role["id"] for role in self.many("person_role") if "id" in role}

    @property
    def abouts(self) -> set[str]:
        return {REFERRAL, *self.roles}

    @property
    def asked(self) -> set[tuple[str, str]]:
        """The (about, field id) pairs that some section asks."""
        return {
            (section.get("about", ""), field_id)
            for section in self.many("section")
            for field_id in section.get("fields_", [])
        }

    def list_of(self, field_id: str) -> CodeList | None:
        """The list a field's answers are codes of."""
        field = self.fields.get(field_id, {})
        return self.lists.get("yes_no" if field.get("kind") == "yes_no" else field.get("list", ""))


def reference_faults(context: Context) -> list[Pair]:
    """Every fault of meaning in a programme."""
    checks = (
        _itself,
        _lists,
        _roles,
        _fields,
        _sections,
        _stages,
        _reachable,
        _tools,
        _clocks,
        _rules,
        _letters,
        _blocks,
    )
    return [pair for check in checks for pair in check(context)]


def _itself(context: Context) -> Iterator[Pair]:
    if context.document.get("id") in RESERVED_IDS:
        yield "id", f"{context.document['id']!r} is kept for reports that belong to no programme"
    pattern = context.document.get("reference_pattern", "{number}")
    try:
        if pattern.format(year=2018, number=1) == pattern.format(year=2018, number=2):
            yield "reference_pattern", "needs {number}, or two referrals have one reference"
    except (KeyError, ValueError, IndexError, AttributeError):
        yield "reference_pattern", "may hold {year} and {number}, as in 'ASB-{year}-{number:04d}'"


def _lists(context: Context) -> Iterator[Pair]:
    yield from list_faults(context.document.get("list", {}), context.shared, context.lists)
    for list_id in dict.fromkeys(REQUIRED_LISTS):
        if list_id not in context.lists:
            yield f"list.{list_id}", "missing: every programme has this list"


def _roles(context: Context) -> Iterator[Pair]:
    roles = context.many("person_role")
    yield from repeated(roles, "person_role")
    if "person_role" in context.document and not roles:
        yield "person_role", "a programme has at least one person role"
    for index, role in enumerate(roles):
        if role.get("id") in RESERVED_ROLES:
            yield f"person_role[{index}].id", f"{role['id']!r} means something else"


def _fields(context: Context) -> Iterator[Pair]:
    fields = context.many("field")
    yield from field_faults(fields, context.lists, context.fields)
    asked = {field_id for _, field_id in context.asked}
    for index, field in enumerate(fields):
        if field.get("id") and field["id"] not in asked:
            yield f"field[{index}].id", f"{field['id']!r} is asked in no section"


def field_faults(
    fields: list[dict[str, Any]],
    lists: Mapping[str, CodeList],
    known: Mapping[str, Mapping[str, Any]],
) -> Iterator[Pair]:
    """What is wrong with questions in themselves, wherever they are asked."""
    yield from repeated(fields, "field")
    for index, field in enumerate(fields):
        path, kind, list_id = f"field[{index}]", field.get("kind", ""), field.get("list")
        coded = kind in ("code", "codes")
        if field.get("id") in RESERVED_FIELDS:
            yield f"{path}.id", f"{field['id']!r} means something else"
        if coded and not list_id:
            yield f"{path}.list", f"missing: a field of kind {kind!r} names its list"
        if kind and not coded and list_id:
            yield f"{path}.list", f"a field of kind {kind!r} has no list"
        if list_id and list_id not in lists:
            yield f"{path}.list", f"there is no list {list_id!r}"
        if kind and field.get("counted") and kind not in COUNTABLE_KINDS:
            yield (
                f"{path}.counted",
                f"a field of kind {kind!r} is sealed: only {', '.join(COUNTABLE_KINDS)} count",
            )
        if "show_when" in field:
            yield from _condition(field["show_when"], f"{path}.show_when", lists, known)


def _condition(
    condition: Mapping[str, Any],
    path: str,
    lists: Mapping[str, CodeList],
    fields: Mapping[str, Mapping[str, Any]],
) -> Iterator[Pair]:
    """A condition names a coded field, and codes of that field's list."""
    field_id = condition.get("field")
    if field_id is None:
        return
    field = fields.get(field_id)
    if field is None:
        yield f"{path}.field", f"there is no field {field_id!r}"
        return
    codes = lists.get("yes_no" if field.get("kind") == "yes_no" else field.get("list", ""))
    if codes is None:
        yield f"{path}.field", f"the field {field_id!r} has no codes to choose from"
        return
    yield from unknown_codes(condition.get("codes", []), codes, f"{path}.codes")


def unknown_codes(code_ids: Iterable[str], codes: CodeList, path: str) -> Iterator[Pair]:
    for index, code_id in enumerate(code_ids):
        yield from unknown_code(code_id, codes, f"{path}[{index}]")


def unknown_code(code_id: str, codes: CodeList, path: str) -> Iterator[Pair]:
    if code_id not in codes:
        yield path, f"the list {codes.id!r} has no code {code_id!r}"


def _sections(context: Context) -> Iterator[Pair]:
    sections = context.many("section")
    yield from repeated(sections, "section")
    seen: set[tuple[Any, Any]] = set()
    for index, section in enumerate(sections):
        path, about, field_ids = f"section[{index}]", section.get("about"), section.get("fields_", [])
        if about is not None and about not in context.abouts:
            yield f"{path}.about", f"there is no person role {about!r} (or 'referral')"
        for place, field_id in enumerate(field_ids):
            here = f"{path}.fields[{place}]"
            if field_id not in context.fields:
                yield here, f"there is no field {field_id!r}"
            elif (about, field_id) in seen:
                yield here, f"{field_id!r} is already asked about {about!r}"
            else:
                yield from _shown_by(context, about, field_id, here)
            seen.add((about, field_id))
        for place, field_id in enumerate(section.get("required", [])):
            if field_id not in field_ids:
                yield f"{path}.required[{place}]", f"{field_id!r} is not among the section's fields"


def _shown_by(context: Context, about: str | None, field_id: str, path: str) -> Iterator[Pair]:
    """A field shown by another field's answer is asked about the same thing as that field."""
    condition = context.fields[field_id].get("show_when") or {}
    shower = condition.get("field")
    if shower in context.fields and (about, shower) not in context.asked:
        yield path, f"is shown by {shower!r}, which is not asked about {about!r}"


def _stages(context: Context) -> Iterator[Pair]:
    stages = context.many("stage")
    yield from repeated(stages, "stage")
    for kind in ("screening", "open", "closed", "declined"):
        if not any(stage.get("kind") == kind for stage in stages):
            yield "stage", f"no stage is of the kind {kind!r}"
    if stages and stages[0].get("kind", "screening") != "screening":
        yield "stage[0].kind", "the first stage, where referrals arrive, is of the kind 'screening'"
    known = {stage.get("id") for stage in stages}
    for index, stage in enumerate(stages):
        moves = stage.get("moves", [])
        yield from repeated(moves, f"stage[{index}].moves", "to")
        if not moves and stage.get("kind") in ("screening", "open"):
            yield f"stage[{index}].moves", "nothing could ever leave this stage"
        for place, move in enumerate(moves):
            if "to" in move and move["to"] not in known:
                yield f"stage[{index}].moves[{place}].to", f"there is no stage {move['to']!r}"


def _reachable(context: Context) -> Iterator[Pair]:
    """Every stage can be reached from the first by moves."""
    stages = [stage for stage in context.many("stage") if "id" in stage]
    ways = {stage["id"]: [move.get("to") for move in stage.get("moves", [])] for stage in stages}
    reached: set[str] = set()
    ahead = [stage["id"] for stage in stages[:1]]
    while ahead:
        stage_id = ahead.pop()
        if stage_id in ways and stage_id not in reached:
            reached.add(stage_id)
            ahead.extend(ways[stage_id])
    for index, stage in enumerate(context.many("stage")):
        if "id" in stage and stage["id"] not in reached:
            yield f"stage[{index}].id", f"no move leads to {stage['id']!r}"


def _tools(context: Context) -> Iterator[Pair]:
    yield from tool_faults(context.many("risk_tool"))
    for index, tool in enumerate(context.many("risk_tool")):
        if "about" in tool and tool["about"] not in context.abouts:
            yield f"risk_tool[{index}].about", f"there is no person role {tool['about']!r} (or 'referral')"
    own = {(tool.get("id"), tool.get("version")) for tool in context.many("risk_tool")}
    for index, tool_id in enumerate(context.used("risk_tool")):
        path = f"use.risk_tool[{index}]"
        if tool_id not in context.shared_tools:
            yield path, f"there is no shared risk tool {tool_id!r}"
        for shared in context.shared_tools.get(tool_id, []):
            if shared.get("about") not in context.abouts:
                yield path, f"is about {shared.get('about')!r}, which is no person role here"
            if (tool_id, shared.get("version")) in own:
                yield path, f"version {shared.get('version')!r} is defined here too"


def tool_faults(tools: Sequence[Mapping[str, Any]]) -> Iterator[Pair]:
    """What is wrong with risk tools in themselves."""
    seen: set[tuple[Any, Any]] = set()
    for index, tool in enumerate(tools):
        path = f"risk_tool[{index}]"
        key = (tool.get("id"), tool.get("version"))
        if None not in key and key in seen:
            yield f"{path}.version", f"version {key[1]!r} of {key[0]!r} is already there"
        seen.add(key)
        for part in ("answers", "items", "bands", "clusters"):
            yield from repeated(tool.get(part, []), f"{path}.{part}")
        yield from _bands(tool, path)
        items = {item.get("id") for item in tool.get("items", [])}
        for place, cluster in enumerate(tool.get("clusters", [])):
            for step, item_id in enumerate(cluster.get("items", [])):
                if item_id not in items:
                    yield f"{path}.clusters[{place}].items[{step}]", f"there is no item {item_id!r}"


def _bands(tool: Mapping[str, Any], path: str) -> Iterator[Pair]:
    """Bands begin at 0, rise, and can be reached: every score is in exactly one."""
    scores = [answer.get("score", 0) for answer in tool.get("answers", [])]
    highest = max(scores, default=0) * sum(item.get("weight", 1) for item in tool.get("items", []))
    previous: int | None = None
    for index, band in enumerate(tool.get("bands", [])):
        least = band.get("least")
        if least is None:
            continue
        here = f"{path}.bands[{index}].least"
        if index == 0 and least != 0:
            yield here, f"the first band begins at 0, or scores under {least} have no band"
        if previous is not None and least <= previous:
            yield here, f"{least} overlaps the band before, which begins at {previous}"
        if scores and least > highest:
            yield here, f"no score reaches {least}: the highest is {highest}"
        previous = least


def _clocks(context: Context) -> Iterator[Pair]:
    for clock_id, clock in context.document.get("clock", {}).items():
        if clock.get("starts") is not None and clock.get("starts") == clock.get("stops"):
            yield f"clock.{clock_id}.stops", "is what starts the clock"
        if clock.get("warn_days", 0) > clock.get("days", clock.get("warn_days", 0)):
            yield f"clock.{clock_id}.warn_days", "warns before the clock starts"


def _rules(context: Context) -> Iterator[Pair]:
    sides = {role.get("side") for role in context.many("person_role")}
    if (context.document.get("repeat") or {}).get("on") == "pair" and not {"protected", "harming"} <= sides:
        yield "repeat.on", "a pair needs a person role on the side 'protected' and one on the side 'harming'"
    panel = context.document.get("panel") or {}
    agencies = context.lists.get("agency_type")
    if agencies:
        yield from unknown_codes(panel.get("core", []), agencies, "panel.core")
        for index, group in enumerate(panel.get("quorum", [])):
            yield from unknown_codes(group, agencies, f"panel.quorum[{index}]")
    if panel.get("outcomes") and panel["outcomes"] not in context.lists:
        yield "panel.outcomes", f"there is no list {panel['outcomes']!r}"
    yield from _panel(context, panel)
    yield from _put_to(context)
    for key in ("review", "lawful_basis", "screening"):
        yield from repeated(context.many(key), key)
    defaults = [index for index, basis in enumerate(context.many("lawful_basis")) if basis.get("default")]
    for index in defaults[1:]:
        yield f"lawful_basis[{index}].default", "only one basis is offered first"


def _panel(context: Context, panel: Mapping[str, Any]) -> Iterator[Pair]:
    """What the panel's rules name is there: stages, questions and agency types."""
    stages = {stage.get("id"): stage.get("kind") for stage in context.many("stage")}
    for index, stage in enumerate(panel.get("queue_stages", [])):
        if stages.get(stage) != "open":
            yield f"panel.queue_stages[{index}]", f"there is no open stage {stage!r}"
    back = panel.get("refusal_to")
    if back is not None and back not in panel.get("queue_stages", []):
        yield "panel.refusal_to", f"{back!r} is not among queue_stages, so the panel would not hear of it"
    for index, field_id in enumerate(panel.get("head_fields", [])):
        if field_id not in context.fields:
            yield f"panel.head_fields[{index}]", f"there is no field {field_id!r}"
    if agencies := context.lists.get("agency_type"):
        yield from unknown_codes(panel.get("alert", []), agencies, "panel.alert")
    yield from repeated(panel.get("decisions", []), "panel.decisions")
    yield from _decisions(context, panel, stages)


def _put_to(context: Context) -> Iterator[Pair]:
    """Which other programmes there are is known to nobody who reads one file."""
    for index, rule in enumerate(context.many("put_to")):
        for key, list_id in (("destination", "destination"), ("activity", "activity_kind")):
            if codes := context.lists.get(list_id):
                yield from unknown_code(rule.get(key, ""), codes, f"put_to[{index}].{key}")
        if rule.get("programme") == context.document.get("id"):
            yield f"put_to[{index}].programme", "is this programme itself"


def _decisions(context: Context, panel: Mapping[str, Any], stages: Mapping[Any, Any]) -> Iterator[Pair]:
    """A decision is an outcome of the panel, and leads to a stage and a reason that are there."""
    outcomes, reasons = context.lists.get(panel.get("outcomes", "")), context.lists.get("closure_reason")
    for index, decision in enumerate(panel.get("decisions", [])):
        path = f"panel.decisions[{index}]"
        if outcomes:
            yield from unknown_code(decision.get("id", ""), outcomes, f"{path}.id")
        to, reason = decision.get("to"), decision.get("closure_reason")
        if to is not None and stages.get(to) not in ("open", "closed"):
            yield f"{path}.to", f"there is no stage of a case {to!r}"
        if (stages.get(to) == "closed") != (reason is not None):
            yield f"{path}.closure_reason", "stands with a stage that closes the case, and only there"
        elif reason is not None and reasons:
            yield from unknown_code(reason, reasons, f"{path}.closure_reason")


def _letters(context: Context) -> Iterator[Pair]:
    yield from letter_faults(context.many("letter"))
    recipients = {"referrer", "agency", *context.roles}
    for index, letter in enumerate(context.many("letter")):
        if "recipient" in letter and letter["recipient"] not in recipients:
            reason = f"there is no person role {letter['recipient']!r} (or 'referrer', 'agency')"
            yield f"letter[{index}].recipient", reason
    own = {letter.get("id") for letter in context.many("letter")}
    for index, letter_id in enumerate(context.used("letter")):
        path = f"use.letter[{index}]"
        if letter_id not in context.shared_letters:
            yield path, f"there is no shared letter {letter_id!r}"
        if letter_id in own:
            yield path, f"{letter_id!r} is defined here too"
        for shared in context.shared_letters.get(letter_id, []):
            if shared.get("recipient") not in recipients:
                yield path, f"is for {shared.get('recipient')!r}, which is no person role here"


def letter_faults(letters: Sequence[Mapping[str, Any]]) -> Iterator[Pair]:
    """What is wrong with letters in themselves."""
    yield from repeated(letters, "letter")
    for index, letter in enumerate(letters):
        path = f"letter[{index}].body"
        try:
            parsed = list(string.Formatter().parse(letter.get("body", "")))
        except ValueError:
            yield path, "a brace is opened or closed alone"
            continue
        for _, name, _, _ in parsed:
            if name is not None and name not in PLACEHOLDERS:
                yield path, f"{{{name}}} is not one of {', '.join(PLACEHOLDERS)}"


def _blocks(context: Context) -> Iterator[Pair]:
    for index, block in enumerate(context.many("block")):
        path = f"block[{index}]"
        if not (block.get("when") or block.get("flags") or block.get("always")):
            yield path, "stops nothing: it has neither 'when' nor 'flags' nor 'always'"
        activities = context.lists.get("activity_kind")
        logged = ACTS.get(block.get("act", ""))
        if activities and logged and logged not in activities:
            yield f"{path}.act", f"the list 'activity_kind' has no code {logged!r} to log it by"
        flags = context.lists.get("flag_kind")
        if flags:
            yield from unknown_codes(block.get("flags", []), flags, f"{path}.flags")
        for place, condition in enumerate(block.get("when", [])):
            here = f"{path}.when[{place}]"
            about, field_id = condition.get("about"), condition.get("field")
            if about is not None and about not in context.abouts:
                yield f"{here}.about", f"there is no person role {about!r} (or 'referral')"
            elif field_id in context.fields and about and (about, field_id) not in context.asked:
                yield f"{here}.field", f"{field_id!r} is not asked about {about!r}"
            yield from _condition(condition, here, context.lists, context.fields)
