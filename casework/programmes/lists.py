"""Building code lists from what files say: shared lists, a programme's own, and lists that extend another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from casework.programmes.codes import Code, CodeList

Pair = tuple[str, str]
"""A key path and what is wrong there."""


def repeated(items: Sequence[Mapping[str, Any]], path: str, key: str = "id") -> Iterator[Pair]:
    """A fault for every item whose `key` an earlier item of the same list already has."""
    seen: set[Any] = set()
    for index, item in enumerate(items):
        value = item.get(key)
        if value in seen:
            yield f"{path}[{index}].{key}", f"{value!r} is already used"
        if value is not None:
            seen.add(value)


def build_lists(
    own: Mapping[str, Mapping[str, Any]],
    shared: Mapping[str, CodeList],
    missing: tuple[Code, ...],
) -> dict[str, CodeList]:
    """Every list a programme can name: the shared ones, replaced or joined by its own.

    A list that `extends` another (shared, or higher up in the file) has that one's codes first. The codes for
    no answer always come last.
    """
    built = dict(shared)
    for list_id, data in own.items():
        base = built.get(data.get("extends", ""))
        own_codes = [
            Code(**{**code, "label": code.get("label", "")}) for code in data.get("codes", []) if "id" in code
        ]
        base_codes = base.codes if base else ()
        ends = missing if data.get("missing") else tuple(code for code in base_codes if code.missing)
        codes = [*(code for code in base_codes if not code.missing), *own_codes, *ends]
        maps = _maps_by_code(data.get("maps", {}))
        built[list_id] = CodeList(
            id=list_id,
            title=data.get("title") or (base.title if base else list_id),
            source=data.get("source") or (base.source if base else ""),
            codes=tuple(
                Code(
                    id=code.id,
                    label=code.label,
                    hint=code.hint,
                    valid_from=code.valid_from,
                    valid_to=code.valid_to,
                    maps={**code.maps, **maps.get(code.id, {})},
                    missing=code.missing,
                    asked=code.asked,
                )
                for code in codes
            ),
        )
    return built


def _maps_by_code(maps: Mapping[str, Mapping[str, Sequence[str]]]) -> dict[str, dict[str, str]]:
    """Turn `{coarse list: {coarse code: [fine codes]}}` round: `{fine code: {coarse list: coarse code}}`."""
    turned: dict[str, dict[str, str]] = {}
    for coarse_list, rows in maps.items():
        for coarse_code, fine_codes in rows.items():
            for fine_code in fine_codes:
                turned.setdefault(fine_code, {})[coarse_list] = coarse_code
    return turned


def list_faults(
    own: Mapping[str, Mapping[str, Any]],
    shared: Mapping[str, CodeList],
    lists: Mapping[str, CodeList],
) -> Iterator[Pair]:
    """What is wrong with the lists a file defines; `lists` is what `build_lists` made of them."""
    known = set(shared)
    for list_id, data in own.items():
        path = f"list.{list_id}"
        extends = data.get("extends", "")
        if extends and extends not in known:
            yield f"{path}.extends", f"there is no list {extends!r}, shared or higher up in this file"
        known.add(list_id)
        if not extends and not data.get("codes"):
            yield f"{path}.codes", "a list holds at least one code"
        if not extends and not data.get("title"):
            yield f"{path}.title", "missing key"
        yield from repeated(data.get("codes", []), f"{path}.codes")
        yield from repeated(data.get("codes", []), f"{path}.codes", "label")
        base = shared.get(extends) if extends == list_id else lists.get(extends)
        yield from _inherited_again(data, base, path)
        yield from _dates(data, path)
        yield from _maps(list_id, data, lists, path)


def _inherited_again(data: Mapping[str, Any], base: CodeList | None, path: str) -> Iterator[Pair]:
    for index, code in enumerate(data.get("codes", [])):
        if base and code.get("id") in base:
            yield f"{path}.codes[{index}].id", f"{code['id']!r} is already used in {base.id!r}"
        if base and code.get("label", "").casefold() in base.by_label:
            yield f"{path}.codes[{index}].label", f"{code['label']!r} is already used in {base.id!r}"


def _dates(data: Mapping[str, Any], path: str) -> Iterator[Pair]:
    for index, code in enumerate(data.get("codes", [])):
        start, end = code.get("valid_from"), code.get("valid_to")
        if start and end and start > end:
            yield f"{path}.codes[{index}].valid_from", f"{start} is after valid_to, {end}"


def _maps(list_id: str, data: Mapping[str, Any], lists: Mapping[str, CodeList], path: str) -> Iterator[Pair]:
    for coarse_id, rows in data.get("maps", {}).items():
        here = f"{path}.maps.{coarse_id}"
        coarse = lists.get(coarse_id)
        if coarse is None:
            yield here, f"there is no list {coarse_id!r}"
            continue
        placed: set[str] = set()
        for row, fine_codes in rows.items():
            if row not in coarse:
                yield f"{here}.{row}", f"the list {coarse_id!r} has no code {row!r}"
            for index, fine in enumerate(fine_codes):
                if fine not in lists[list_id]:
                    yield f"{here}.{row}[{index}]", f"the list {list_id!r} has no code {fine!r}"
                elif fine in placed:
                    yield f"{here}.{row}[{index}]", f"{fine!r} is already in another row"
                placed.add(fine)
