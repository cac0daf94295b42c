"""What a file may not drop when it replaces another, because records hold it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from casework.programmes.definition import Programme
from casework.programmes.faults import Fault


@dataclass(frozen=True)
class Held:
    """What the records of one programme hold of its file.

    `codes` are code ids by list id, `stages` the kinds that a stage had by its id, `tools` (tool id, version),
    `roles` those of people in cases.
    """

    codes: Mapping[str, Collection[str]] = field(default_factory=dict)
    stages: Mapping[str, Collection[str]] = field(default_factory=dict)
    tools: Collection[tuple[str, str]] = ()
    roles: Collection[str] = ()


def dropped(new: Programme, held: Held) -> list[Fault]:
    """What `new` drops of it. What is no longer wanted stays: a code with a `valid_to`, a tool with `retired = true`."""
    return [Fault(new.file, key_path, reason) for key_path, reason in _dropped(new, held)]


def _dropped(new: Programme, held: Held) -> Iterator[tuple[str, str]]:
    for list_id, codes in sorted(held.codes.items()):
        for code in sorted(codes):
            if code not in new.lists.get(list_id, ()):
                yield (
                    f"list.{list_id}.codes",
                    f"drops {code!r}, which records hold: give it a valid_to instead",
                )
    stages = {stage.id: stage.kind for stage in new.stages}
    for stage, kinds in sorted(held.stages.items()):
        if set(kinds) != {stages.get(stage)}:
            yield "stage", f"drops {stage!r} of the kind {' and '.join(sorted(kinds))!r}, where records stand"
    tools = {(tool.id, tool.version) for tool in new.risk_tools}
    for tool, version in sorted(set(held.tools) - tools):
        yield (
            "risk_tool",
            f"drops version {version!r} of {tool!r}, which assessments used: retire it instead",
        )
    for role in sorted(set(held.roles) - {role.id for role in new.roles}):
        yield "person_role", f"drops {role!r}, which people have in cases"
