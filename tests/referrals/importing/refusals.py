"""Everything that an import refuses: what is done to a good folder, and the fault that must be told."""

from __future__ import annotations

from pathlib import Path

from tests.referrals.importing.folders import Change, put, replace, reshape

REFERRALS, CARRIED, ONWARD, SUPPORT = (
    "referrals.csv",
    "carried_over.csv",
    "onward_referrals.csv",
    "support.csv",
)
TO_COME = "2999-12-31"

Expected = tuple[str, int, str, str]  # file, line, column, part of the reason


def _without(column: str) -> Change:
    def change(content: list[list[str]]) -> list[list[str]]:
        place = content[0].index(column)
        return [row[:place] + row[place + 1 :] for row in content]

    return reshape(REFERRALS, change)


def _write(file: str, content: bytes) -> Change:
    return lambda folder: (folder / file).write_bytes(content)


def _in_latin_1(folder: Path) -> None:
    text = (folder / CARRIED).read_text("utf-8").replace("O’Brannigan-Łodyński", "Brännigan")
    (folder / CARRIED).write_bytes(text.encode("latin-1"))


def _folder_instead(folder: Path) -> None:
    (folder / SUPPORT).unlink()
    (folder / SUPPORT).mkdir()


def _loop(folder: Path) -> None:
    (folder / SUPPORT).unlink()
    (folder / SUPPORT).symlink_to(folder / SUPPORT)


# In the small folder the first referral holds a line break, so the second starts on line 4 and the third on 5.
REFUSALS: dict[str, tuple[Change, Expected]] = {
    "missing column": (_without("gender"), (REFERRALS, 1, "gender", "the column is missing")),
    "unknown column": (
        reshape(
            REFERRALS,
            lambda content: [[*row, "x"] if n else [*row, "shoe_size"] for n, row in enumerate(content)],
        ),
        (REFERRALS, 1, "shoe_size", "no such column"),
    ),
    "column twice": (
        reshape(REFERRALS, lambda content: [[*row, row[1]] for row in content]),
        (REFERRALS, 1, "date_received", "twice"),
    ),
    "no header": (
        reshape(REFERRALS, lambda content: content[1:]),
        (REFERRALS, 1, "1", "does not name the columns"),
    ),
    "unknown code": (
        put(REFERRALS, 2, "source", "Pirate radio"),
        (REFERRALS, 4, "source", "is not a code of the list"),
    ),
    "unknown entry code": (
        put(ONWARD, 2, "destination", "Lega services"),
        (ONWARD, 3, "destination", "the nearest is “Legal services”"),
    ),
    "neither yes nor no": (
        put(REFERRALS, 1, "mediation", "Y"),
        (REFERRALS, 2, "mediation", "neither yes nor no"),
    ),
    "day that is not": (
        put(REFERRALS, 3, "date_received", "2018-02-30"),
        (REFERRALS, 5, "date_received", "not a day of the calendar"),
    ),
    "date in British order": (
        put(SUPPORT, 1, "date", "05/04/2017"),
        (SUPPORT, 2, "date", "YYYY-MM-DD"),
    ),
    "date without hyphens": (
        put(REFERRALS, 1, "date_received", "20170403"),
        (REFERRALS, 2, "date_received", "YYYY-MM-DD"),
    ),
    "date of long ago": (
        put(REFERRALS, 1, "date_of_birth", "0980-02-28"),
        (REFERRALS, 2, "date_of_birth", "before 1900"),
    ),
    "birth after the referral": (
        put(REFERRALS, 2, "date_of_birth", "2017-05-12"),
        (REFERRALS, 4, "date_of_birth", "after the day the referral was received"),
    ),
    "day to come": (put(REFERRALS, 3, "date_received", TO_COME), (REFERRALS, 5, "date_received", "future")),
    "entry to come": (put(SUPPORT, 3, "date", TO_COME), (SUPPORT, 4, "date", "future")),
    "closed before received": (
        put(CARRIED, 1, "date_closed", "2017-01-18"),
        (CARRIED, 2, "date_closed", "before the day the referral was received"),
    ),
    "reference twice in a file": (
        reshape(REFERRALS, lambda content: [*content, content[2]]),
        (REFERRALS, 6, "reference", "referrals.csv, line 4"),
    ),
    "reference in two files": (
        put(CARRIED, 1, "reference", "ASB-T-002"),
        (CARRIED, 2, "reference", "referrals.csv, line 4"),
    ),
    "reference of 41 characters": (
        put(CARRIED, 1, "reference", "A" * 41),
        (CARRIED, 2, "reference", "longer than 40"),
    ),
    "id twice": (put(SUPPORT, 2, "id", "SU-1"), (SUPPORT, 3, "id", "line 2")),
    "orphan": (
        put(SUPPORT, 3, "reference", "ASB-T-009"),
        (SUPPORT, 4, "reference", "no referral of this import"),
    ),
    "blank reference": (put(CARRIED, 1, "reference", ""), (CARRIED, 2, "reference", "may not be blank")),
    "blank date": (put(SUPPORT, 1, "date", " "), (SUPPORT, 2, "date", "may not be blank")),
    "too few fields": (
        reshape(SUPPORT, lambda content: [content[0], content[1][:3], *content[2:]]),
        (SUPPORT, 2, "support_type", "3 fields"),
    ),
    "too many fields": (
        reshape(SUPPORT, lambda content: [content[0], [*content[1], "x"], *content[2:]]),
        (SUPPORT, 2, "5", "5 fields"),
    ),
    "field too long": (
        put(REFERRALS, 1, "narrative", "n" * 100_001),
        (REFERRALS, 2, "narrative", "longer than 100,000"),
    ),
    "field far too long": (
        put(REFERRALS, 2, "narrative", "n" * 200_000),
        (REFERRALS, 4, "narrative", "longer than 100,000"),
    ),
    "quote never closed": (
        replace(REFERRALS, b'the window twice."', b"the window twice."),
        (REFERRALS, 2, "narrative", "never closed"),
    ),
    "words after a quote": (
        replace(REFERRALS, b'Flat 2",', b'Flat 2"b,'),
        (REFERRALS, 2, "address", "other than a comma"),
    ),
    "carriage return in the open": (
        replace(SUPPORT, b"Emotional", b"Emo\rtional"),
        (SUPPORT, 2, "support_type", "carriage return"),
    ),
    "NUL byte": (replace(REFERRALS, b"Larkspur", b"Lark\0spur"), (REFERRALS, 4, "address", "NUL byte")),
    "Latin-1": (_in_latin_1, (CARRIED, 2, "surname", "is not UTF-8 (byte")),
    "UTF-16": (
        lambda folder: (folder / SUPPORT).write_bytes((folder / SUPPORT).read_text("utf-8").encode("utf-16")),
        (SUPPORT, 1, "1", "is not UTF-8 (byte 0"),
    ),
    "empty file": (_write(SUPPORT, b""), (SUPPORT, 1, "id", "the file is empty")),
    "header alone": (
        reshape(REFERRALS, lambda content: content[:1]),
        (REFERRALS, 1, "reference", "no row under the header"),
    ),
    "required file missing": (
        lambda folder: (folder / REFERRALS).unlink(),
        (REFERRALS, 0, "", "required and is not there"),
    ),
    "folder for a file": (_folder_instead, (SUPPORT, 0, "", "this is not a file")),
    "symbolic links in a circle": (_loop, (SUPPORT, 0, "", "cannot be opened: too many levels")),
}
