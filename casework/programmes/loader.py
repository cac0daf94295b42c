"""Reading programme files: TOML, then shape, then meaning, then frozen definitions.

A folder holds one file per programme and may hold `common.toml`, whose lists and questions every programme
of this and later folders may use. What a later folder says replaces what an earlier one said.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from casework.programmes.build import build
from casework.programmes.definition import Code, CodeList, Programme
from casework.programmes.faults import Fault, ProgrammeFault
from casework.programmes.grammar import CommonShape, ProgrammeShape, shape_faults
from casework.programmes.lists import build_lists, list_faults
from casework.programmes.outlets import outlet_faults
from casework.programmes.references import (
    Context,
    field_faults,
    letter_faults,
    reference_faults,
    tool_faults,
)

__all__ = [
    "BUILT_IN",
    "COMMON_FILE",
    "Common",
    "Fault",
    "ProgrammeFault",
    "check",
    "common_lists",
    "load_all",
    "load_file",
]

BUILT_IN = Path(__file__).parent
"""The folder of the programmes that come with the product."""

COMMON_FILE = "common.toml"


@dataclass(frozen=True)
class Common:
    """What programmes share: the codes for no answer; by id, lists, questions, risk tools and letters."""

    missing: tuple[Code, ...] = ()
    lists: Mapping[str, CodeList] = field(default_factory=dict)
    fields: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    tools: Mapping[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    letters: Mapping[str, list[Mapping[str, Any]]] = field(default_factory=dict)


def load_all(folders: Sequence[Path]) -> Mapping[str, Programme]:
    """Every programme of the folders by id, in the order of their names. A missing folder holds none.

    Raises ProgrammeFault with every fault of every file.
    """
    with_files = tuple(folder for folder in folders if any(folder.glob("*.toml")))
    return dict(_built_in() if with_files == (BUILT_IN,) else _load(with_files))


@cache
def _built_in() -> Mapping[str, Programme]:
    """The built-in programmes, read once however many applications a process makes: nothing can change them."""
    return _load((BUILT_IN,))


def _load(folders: Sequence[Path]) -> Mapping[str, Programme]:
    programmes, faults = _read(folders)
    if faults:
        raise ProgrammeFault(faults)
    return dict(sorted(programmes.items(), key=lambda item: item[1].name.casefold()))


def check(paths: Iterable[Path]) -> list[Fault]:
    """Every fault of folders and of single files; a file is read with the shared lists beside it."""
    faults: list[Fault] = []
    paths = list(paths)
    faults += _read([path for path in paths if path.is_dir()])[1]
    for path in paths:
        if not path.is_dir():
            faults += _check_file(path)
    return faults


def common_lists(folders: Sequence[Path] = (BUILT_IN,)) -> Mapping[str, CodeList]:
    """The lists that belong to no one programme, such as `agency_type`."""
    common, faults = _common(folders)
    if faults:
        raise ProgrammeFault(faults)
    return common.lists


def load_file(path: Path) -> Programme:
    """The programme of one file, read with the shared lists beside it. Raises ProgrammeFault with every fault."""
    common, faults = _common(_folders_of(path))
    programme, found = _read_programme(path, common)
    if programme is None or faults:
        raise ProgrammeFault([*faults, *found])
    return programme


# -- files -----------------------------------------------------------------------------------------


def _read(folders: Sequence[Path]) -> tuple[dict[str, Programme], list[Fault]]:
    programmes: dict[str, Programme] = {}
    common, faults = _common(folders)
    for folder in folders:
        here: dict[str, Programme] = {}
        for path in sorted(folder.glob("*.toml")):
            if path.name == COMMON_FILE:
                continue
            programme, found = _read_programme(path, common)
            faults += found
            if programme is None:
                continue
            if programme.id in here:
                faults.append(
                    Fault(str(path), "id", f"{programme.id!r} is the id of {here[programme.id].file} too")
                )
            here[programme.id] = programme
        programmes |= here
    return programmes, faults


def _check_file(path: Path) -> list[Fault]:
    common, faults = _common(_folders_of(path))
    return faults if path.name == COMMON_FILE else faults + _read_programme(path, common)[1]


def _folders_of(path: Path) -> list[Path]:
    """Where the shared lists of a single file stand."""
    return [BUILT_IN] if path.parent.resolve() == BUILT_IN else [BUILT_IN, path.parent]


def _common(folders: Sequence[Path]) -> tuple[Common, list[Fault]]:
    common, faults = Common(), []
    for folder in folders:
        path = folder / COMMON_FILE
        if path.exists():
            common, found = _read_common(path, common)
            faults += found
    return common, faults


def _read_common(path: Path, before: Common) -> tuple[Common, list[Fault]]:
    document, fault = _parse(path)
    if document is None:
        return before, [fault] if fault else []
    data, pairs = shape_faults(CommonShape, document)
    missing = tuple(
        Code(**{"label": "", **code}, missing=True) for code in data.get("missing", []) if "id" in code
    )
    missing = missing or before.missing
    own = data.get("list", {})
    lists = build_lists(own, before.lists, missing)
    fields = {**before.fields, **_by_id(data, "field")}
    pairs += list_faults(own, before.lists, lists)
    pairs += field_faults(data.get("field", []), lists, fields)
    pairs += tool_faults(data.get("risk_tool", []))
    pairs += letter_faults(data.get("letter", []))
    tools = {**before.tools, **_versions(data, "risk_tool")}
    letters = {**before.letters, **_versions(data, "letter")}
    return Common(missing, lists, fields, tools, letters), _named(path, pairs)


def _by_id(data: Mapping[str, Any], key: str) -> dict[str, Mapping[str, Any]]:
    return {item["id"]: item for item in data.get(key, []) if "id" in item}


def _versions(data: Mapping[str, Any], key: str) -> dict[str, list[Mapping[str, Any]]]:
    """Items by id, several under one id where they are versions of one thing."""
    return {item_id: [i for i in data[key] if i.get("id") == item_id] for item_id in _by_id(data, key)}


def _read_programme(path: Path, common: Common) -> tuple[Programme | None, list[Fault]]:
    """The programme of a file, or None with every reason why it is none."""
    document, fault = _parse(path)
    if document is None:
        return None, [fault] if fault else []
    data, pairs = shape_faults(ProgrammeShape, document)
    context = Context(
        document=data,
        shared=common.lists,
        lists=build_lists(data.get("list", {}), common.lists, common.missing),
        fields={**common.fields, **_by_id(data, "field")},
        shared_tools=common.tools,
        shared_letters=common.letters,
    )
    pairs += reference_faults(context)
    pairs += outlet_faults(context)
    if pairs:
        return None, _named(path, pairs)
    return build(context, str(path)), []


def _parse(path: Path) -> tuple[dict[str, Any] | None, Fault | None]:
    """The file as TOML. Its faults have a place in the file instead of a key path."""
    try:
        text = path.read_bytes().decode()
        return tomllib.loads(text), None
    except OSError as error:
        return None, Fault(str(path), "(the file)", f"cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return None, Fault(str(path), f"line {line}", "is not UTF-8 (the file may be saved as Latin-1)")
    except tomllib.TOMLDecodeError as error:
        message, _, place = str(error).rstrip(")").rpartition(" (at ")
        return None, Fault(str(path), place.replace(", column", " column"), f"is not TOML: {message}")


def _named(path: Path, pairs: Iterable[tuple[str, str]]) -> list[Fault]:
    """Faults of one file, each once, in the order of the checks."""
    return [Fault(str(path), key_path, reason) for key_path, reason in dict.fromkeys(pairs)]
