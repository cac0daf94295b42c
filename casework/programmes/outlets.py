"""Whether a programme's import files and reports name lists, fields, roles and codes that exist."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from casework.programmes.definition import ENTRY_LISTS, REFERRAL_LISTS, CodeList
from casework.programmes.imports import ADDRESS_TARGETS, ENTRY_TARGETS, PERSON_TARGETS, REFERRAL_TARGETS
from casework.programmes.lists import Pair, repeated
from casework.programmes.references import Context, unknown_codes


def outlet_faults(context: Context) -> list[Pair]:
    return [*_imports(context), *_reports(context)]


# -- imports ---------------------------------------------------------------------------------------


def whole_columns(files: list[dict[str, Any]], index: int) -> list[dict[str, Any]]:
    """A file's columns: those it borrows from another file, replaced by name or followed by its own."""
    borrowed = next((file for file in files if file.get("name") == files[index].get("columns_of")), {})
    own = {column.get("name"): column for column in files[index].get("columns", [])}
    kept = [own.pop(column.get("name"), column) for column in borrowed.get("columns", [])]
    return [*kept, *own.values()]


def _imports(context: Context) -> Iterator[Pair]:
    files = (context.document.get("import_") or {}).get("file") or []
    yield from repeated(files, "import.file", "name")
    for index, file in enumerate(files):
        path = f"import.file[{index}]"
        borrowed = file.get("columns_of")
        if borrowed and borrowed not in {other.get("name") for other in files}:
            yield f"{path}.columns_of", f"there is no file {borrowed!r}"
        columns = whole_columns(files, index)
        yield from repeated(file.get("columns", []), f"{path}.columns", "name")
        for place, column in enumerate(file.get("columns", [])):
            yield from _column(context, file, column, f"{path}.columns[{place}]")
        yield from _filled_once(columns, path)
        yield from _needed(file, {column.get("target") for column in columns}, path)


def _filled_once(columns: list[dict[str, Any]], path: str) -> Iterator[Pair]:
    """No two columns fill one thing, unless each of them adds a code to an answer of several."""
    targets = Counter(
        column.get("target") for column in columns if "target" in column and "code" not in column
    )
    for target, count in targets.items():
        if count > 1:
            yield f"{path}.columns", f"{count} columns fill {target!r}"


def _needed(file: Mapping[str, Any], targets: set[Any], path: str) -> Iterator[Pair]:
    """Rows can be told apart and dated."""
    needed = (
        ("referral.reference", "referral.date_received")
        if file.get("holds") == "referrals"
        else ("entry.reference", "entry.date", "entry.code")
    )
    for target in needed:
        if target not in targets:
            yield f"{path}.columns", f"no column fills {target!r}"


def _column(
    context: Context, file: Mapping[str, Any], column: Mapping[str, Any], path: str
) -> Iterator[Pair]:
    kind, list_id = column.get("kind", ""), column.get("list")
    if kind == "code" and not list_id:
        yield f"{path}.list", "missing: a column of kind 'code' names its list"
    if list_id and list_id not in context.lists:
        yield f"{path}.list", f"there is no list {list_id!r}"
    if "target" in column:
        yield from _target(context, file, column, path)


def _target(
    context: Context, file: Mapping[str, Any], column: Mapping[str, Any], path: str
) -> Iterator[Pair]:
    start, _, rest = column["target"].partition(".")
    is_entry = file.get("holds") != "referrals"
    if is_entry != (start == "entry"):
        yield (
            f"{path}.target",
            f"{column['target']!r} does not belong in a file that holds {file.get('holds')!r}",
        )
    elif start == "entry":
        yield from _plain(ENTRY_TARGETS, rest, column, path, ENTRY_LISTS.get(file.get("holds", "")))
    elif start == "referral":
        yield from _plain(REFERRAL_TARGETS, rest, column, path, REFERRAL_LISTS.get(rest))
    elif start in ("person", "address"):
        role, _, part = rest.partition(".")
        if role not in context.roles:
            yield f"{path}.target", f"there is no person role {role!r}"
        yield from _plain(PERSON_TARGETS if start == "person" else ADDRESS_TARGETS, part, column, path, None)
    elif start == "answer":
        yield from _answer(context, rest, column, path)
    elif start == "risk":
        tool, _, part = rest.partition(".")
        if part != "score" or tool not in {known.get("id") for known in context.tools}:
            yield f"{path}.target", f"there is no risk tool {tool!r} with a score"
    else:
        yield (
            f"{path}.target",
            f"{column['target']!r} begins with none of referral, person, address, answer, risk",
        )


def _plain(
    targets: Mapping[str, str], name: str, column: Mapping[str, Any], path: str, list_id: str | None
) -> Iterator[Pair]:
    """A target that is a column of a record: its kind, and its list, are fixed."""
    if name not in targets:
        yield f"{path}.target", f"{name!r} is not one of {', '.join(targets)}"
    elif column.get("kind") not in (None, targets[name]):
        yield f"{path}.kind", f"{column['target']!r} takes a column of kind {targets[name]!r}"
    elif list_id and column.get("list") not in (None, list_id):
        yield f"{path}.list", f"{column['target']!r} holds codes of the list {list_id!r}"


def _answer(context: Context, rest: str, column: Mapping[str, Any], path: str) -> Iterator[Pair]:
    about, _, field_id = rest.partition(".")
    if (about, field_id) not in context.asked or field_id not in context.fields:
        yield f"{path}.target", f"no section asks {field_id!r} about {about!r}"
        return
    field, kind = context.fields[field_id], column.get("kind")
    codes = context.list_of(field_id)
    if kind == "code" and codes is not None and column.get("list") not in (None, codes.id):
        yield f"{path}.list", f"the field {field_id!r} holds codes of the list {codes.id!r}"
    elif kind == "yes_no" and field.get("kind") == "codes":
        if codes is not None and column.get("code") not in codes:
            yield f"{path}.code", f"the list {codes.id!r} has no code {column.get('code')!r}"
    elif kind == "yes_no":
        if codes is None or not {"yes", "no"} <= set(codes.ids):
            yield f"{path}.kind", f"the field {field_id!r} holds no yes and no"
    elif kind not in (None, _column_kind(field.get("kind", ""))):
        yield f"{path}.kind", f"the field {field_id!r} is of the kind {field.get('kind')!r}"


def _column_kind(field_kind: str) -> str:
    """The kind of column that fills a kind of field."""
    return {"codes": "code", "code": "code", "date": "date", "number": "number"}.get(field_kind, "text")


# -- reports ---------------------------------------------------------------------------------------


def _reports(context: Context) -> Iterator[Pair]:
    reports = context.many("report")
    yield from repeated(reports, "report")
    for index, report in enumerate(reports):
        path = f"report[{index}]"
        borrowed = report.get("tables_of")
        if borrowed and borrowed not in {other.get("id") for other in reports if not other.get("tables_of")}:
            yield f"{path}.tables_of", f"there is no report {borrowed!r} with tables of its own"
        if not borrowed and not report.get("tables"):
            yield f"{path}.tables", "a report has tables, its own or those of another (tables_of)"
        for part in ("columns", "headlines", "tables"):
            yield from repeated(report.get(part, []), f"{path}.{part}")
        for place, headline in enumerate(report.get("headlines", [])):
            yield from _headline(context, headline, f"{path}.headlines[{place}]")
        for place, table in enumerate(report.get("tables", [])):
            yield from _table(context, table, f"{path}.tables[{place}]")


def _headline(context: Context, headline: Mapping[str, Any], path: str) -> Iterator[Pair]:
    if headline.get("measure") != "marked":
        return
    if not headline.get("field") and not headline.get("kind"):
        yield path, "a marked headline names a field, or a kind of entry and its codes"
    for key, kind in (("field", "yes_no"), ("date_field", "date")):
        field_id = headline.get(key)
        if field_id is None:
            continue
        if ("referral", field_id) not in context.asked:
            yield f"{path}.{key}", f"no section asks {field_id!r} about the referral"
        elif context.fields.get(field_id, {}).get("kind") != kind:
            yield f"{path}.{key}", f"the field {field_id!r} is not of the kind {kind!r}"
        elif not context.fields[field_id].get("counted"):
            yield f"{path}.{key}", f"the field {field_id!r} is not counted"
    codes = context.lists.get(ENTRY_LISTS.get(headline.get("kind", ""), ""))
    if codes:
        yield from unknown_codes(headline.get("codes", []), codes, f"{path}.codes")


def table_list(table: Mapping[str, Any], fields: Mapping[str, Mapping[str, Any]]) -> str:
    """The id of the code list that a table's rows come from; "" for a table of ages."""
    of, field_id = table.get("of"), table.get("field", "")
    if of == "referrals":
        return REFERRAL_LISTS.get(field_id, "")
    if of == "entries":
        return ENTRY_LISTS.get(table.get("kind", ""), "")
    if of == "answers":
        field = fields.get(field_id, {})
        return "yes_no" if field.get("kind") == "yes_no" else field.get("list", "")
    return ""


def _table(context: Context, table: Mapping[str, Any], path: str) -> Iterator[Pair]:
    of = table.get("of")
    if of == "ages":
        yield from _ages(context, table, path)
        return
    if table.get("bands"):
        yield f"{path}.bands", "only a table of ages has bands"
    if of == "referrals" and table.get("field") not in REFERRAL_LISTS:
        yield f"{path}.field", f"{table.get('field')!r} is not one of {', '.join(REFERRAL_LISTS)}"
    if of == "entries" and "kind" not in table:
        yield f"{path}.kind", "missing: a table of entries names their kind"
    if of == "answers":
        yield from _answers(context, table, path)
    fine = context.lists.get(table_list(table, context.fields))
    if fine:
        yield from _rows(context, table, fine, path)


def _answers(context: Context, table: Mapping[str, Any], path: str) -> Iterator[Pair]:
    about, field_id = table.get("about", ""), table.get("field", "")
    field = context.fields.get(field_id, {})
    if (about, field_id) not in context.asked:
        yield f"{path}.field", f"no section asks {field_id!r} about {about!r}"
    elif not field.get("counted"):
        yield f"{path}.field", f"the field {field_id!r} is not counted"
    elif context.list_of(field_id) is None:
        yield f"{path}.field", f"the field {field_id!r} has no codes to make rows of"
    elif field.get("kind") == "codes" and table.get("additive", True):
        yield f"{path}.additive", "one referral can have several of these codes: additive is false"
    yield from _counted_role(context, about, path)


def _counted_role(context: Context, about: str, path: str) -> Iterator[Pair]:
    if any(role.get("id") == about and not role.get("counted") for role in context.many("person_role")):
        yield f"{path}.about", f"the person role {about!r} is not counted"


def _rows(context: Context, table: Mapping[str, Any], fine: CodeList, path: str) -> Iterator[Pair]:
    map_to = table.get("map_to")
    coarse = context.lists.get(map_to) if map_to else fine
    if coarse is None:
        yield f"{path}.map_to", f"there is no list {map_to!r}"
        return
    if coarse is not fine:
        for code in fine.codes:
            if coarse.id not in code.maps:
                yield f"{path}.map_to", f"the code {code.id!r} of {fine.id!r} has no place in {coarse.id!r}"
    rows = {*coarse.ids, table.get("blank", "unknown")}
    for index, row in enumerate(table.get("always", [])):
        if row not in rows:
            yield f"{path}.always[{index}]", f"the list {coarse.id!r} has no code {row!r}"


def _ages(context: Context, table: Mapping[str, Any], path: str) -> Iterator[Pair]:
    about = table.get("about", "")
    if about not in context.roles:
        yield f"{path}.about", f"there is no person role {about!r}"
    yield from _counted_role(context, about, path)
    bands = table.get("bands", [])
    if not bands:
        yield f"{path}.bands", "a table of ages has bands"
    yield from repeated(bands, f"{path}.bands")
    yield from _age_bands(bands, path)


def _age_bands(bands: list[dict[str, Any]], path: str) -> Iterator[Pair]:
    """Bands begin at 0, leave no age out and have no age twice, and only the last is open."""
    expected: int | None = 0
    for index, band in enumerate(bands):
        least, most = band.get("least"), band.get("most")
        if least is None:
            continue
        here = f"{path}.bands[{index}]"
        if expected is None:
            yield here, "follows a band without an upper end"
        elif least > expected:
            yield f"{here}.least", f"leaves out the ages {expected} to {least - 1}"
        elif least < expected:
            yield f"{here}.least", f"overlaps the band before, which ends at {expected - 1}"
        if most is not None and most < least:
            yield f"{here}.most", f"{most} is under {least}"
        expected = None if most is None else most + 1
    if bands and expected is not None:
        yield (
            f"{path}.bands[{len(bands) - 1}].most",
            "the last band has no upper end, or the oldest are left out",
        )
