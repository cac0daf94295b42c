"""A CSV file is read strictly and within bounded memory, and what is said of it never repeats what is in it."""

from __future__ import annotations

import io
import tracemalloc
from datetime import date
from functools import cache
from typing import Any, BinaryIO, cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from casework.programmes.definition import Programme
from casework.programmes.loader import BUILT_IN, load_all
from casework.referrals.importing import checking
from casework.referrals.importing.faults import Faults, ImportRefused, write_report
from casework.referrals.importing.reading import Reader
from casework.referrals.importing.sources import Upload
from tests.referrals.importing.folders import SMALL

MARK = "Qzx"  # in every value that is nobody's business, and in no word of ours
SEALED = ("forename", "surname", "date_of_birth", "address", "postcode", "narrative")


class Endless(io.RawIOBase):
    """Some bytes and then one letter without an end; counts what was read of it."""

    def __init__(self, begin: bytes) -> None:
        self.begin = begin
        self.taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        size = len(buffer)
        buffer[:] = self.begin[:size].ljust(size, b"x")
        self.begin = self.begin[size:]
        self.taken += size
        return size


def buffered(stream: Endless) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(cast(Any, stream)))


@pytest.mark.parametrize("begin", [b"", b"reference,narrative\n", b'reference,narrative\nR-1,"\n\n'])
def test_line_without_an_end_is_refused_in_bounded_memory(begin: bytes) -> None:
    faults = Faults()
    stream = Endless(begin)
    reader = Reader(buffered(stream), "referrals.csv", faults, columns=2)
    tracemalloc.start()

    list(reader)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "longer than 100,000 characters" in next(iter(faults)).reason
    assert stream.taken < 2_000_000
    assert peak < 20_000_000


def test_column_of_a_line_without_an_end_is_named() -> None:
    faults = Faults()
    reader = Reader(
        buffered(Endless(b'reference,address,narrative\nR-1,"1, High Road",')),
        "referrals.csv",
        faults,
        columns=3,
    )
    records = iter(reader)
    reader.names = next(records).values

    assert list(records) == []
    assert [fault[:3] for fault in faults] == [("referrals.csv", 2, "narrative")]


def test_line_of_endless_short_fields_is_refused() -> None:
    faults = Faults()
    reader = Reader(io.BytesIO(b"reference,date\n" + b"a," * 500_000), "referrals.csv", faults, columns=2)
    records = iter(reader)
    reader.names = next(records).values

    assert list(records) == []
    assert [(fault.line, fault.column) for fault in faults] == [(2, "3")]


def test_line_of_a_record_is_where_it_starts() -> None:
    content = b'a,b\n"one\ntwo\nthree",x\n\nnext,y\n'

    records = list(Reader(io.BytesIO(content), "file.csv", Faults(), columns=2))

    assert [(record.line, record.values[0]) for record in records] == [
        (1, "a"),
        (2, "one\ntwo\nthree"),
        (6, "next"),
    ]


def test_report_lists_every_fault_as_csv() -> None:
    faults = Faults()
    faults.add("referrals.csv", 3, "gender", "is not a code")
    faults.add("support.csv", 0, "", "cannot be opened, sadly")
    report = io.StringIO()

    write_report(faults, report)

    assert report.getvalue() == (
        "file,line,column,reason\n"
        "referrals.csv,3,gender,is not a code\n"
        'support.csv,,,"cannot be opened, sadly"\n'
    )


def test_screen_shows_a_hundred_faults_and_counts_the_rest() -> None:
    faults = Faults()
    for line in range(2, 252):
        faults.add("referrals.csv", line, "gender", "is not a code")

    with pytest.raises(ImportRefused) as caught:
        faults.refuse()

    lines = caught.value.message.splitlines()
    assert len([line for line in lines if line.startswith("referrals.csv")]) == 100
    assert lines[-2:] == ["... and 150 more.", "Nothing was imported: 250 faults."]
    assert len(caught.value.faults) == 250


secret = st.text(min_size=0, max_size=30).map(lambda text: f"{MARK}{text}{MARK}")
scramble = st.one_of(
    st.tuples(st.just("move"), st.integers(0, 14)),
    st.tuples(st.just("drop"), st.integers(0, 14)),
    st.tuples(st.just("add"), st.integers(0, 14)),
    st.tuples(st.just("byte"), st.integers(0, 5000)),
    st.tuples(st.just("first"), st.just(0)),
    st.tuples(st.just("quote"), st.integers(0, 5000)),
    st.tuples(st.just("header"), st.integers(0, 14)),
)


@given(values=st.lists(secret, min_size=6, max_size=6), acts=st.lists(scramble, min_size=1, max_size=4))
@example(values=[f"{MARK}{n}" for n in range(6)], acts=[("first", 0)])
@example(values=[f"{MARK}{n}" for n in range(6)], acts=[("header", 5)])
def test_no_fault_repeats_what_is_sealed(values: list[str], acts: list[tuple[str, int]]) -> None:
    """Whatever is done to a file (values in the wrong column, a header lost, a byte spoilt), only our words are told."""
    header, row = _row(values)
    lines = [list(header), list(row), list(row)]
    for act, place in acts:
        if act == "move":
            for line in lines[1:]:
                line.insert(0, line.pop(place % len(line)))
        elif act == "drop":
            lines[1].pop(place % len(lines[1]))
        elif act == "add":
            lines[2].insert(place % len(lines[2]), values[0])
        elif act == "header":
            lines[0][place % len(lines[0])] = values[1]
    if ("first", 0) in acts:
        lines.pop(0)
    content = "\n".join(",".join(_quoted(value) for value in line) for line in lines).encode(
        "utf-8", "replace"
    )
    for act, place in acts:
        if act in ("byte", "quote"):
            cut = place % len(content)
            content = content[:cut] + (b"\xff" if act == "byte" else b'"') + content[cut:]

    with pytest.raises(ImportRefused) as caught:
        checking.read(asb(), Upload({"referrals.csv": content}), today=date(2026, 1, 15))

    report = io.StringIO()
    write_report(caught.value.faults, report)
    assert MARK not in caught.value.message
    assert MARK not in report.getvalue()


@cache
def asb() -> Programme:
    return load_all((BUILT_IN,))["asb_support"]


def _row(values: list[str]) -> tuple[list[str], list[str]]:
    header = (SMALL / "referrals.csv").read_text("utf-8").splitlines()[0].split(",")
    told = dict(zip(SEALED, values, strict=True))
    return header, [told.get(name, "ASB-T-001" if name == "reference" else "2017-04-03") for name in header]


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'
