from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from markupsafe import Markup

from casework.forms import today
from casework.forms.page import describe, problems, walk
from casework.forms.schema import read
from tests.macros.kitchen import Everything, draw, make_app

EVIL = "<script>alert('x')</script>&\"'"
TAMED = str(Markup.escape(EVIL))


@pytest.fixture
def app(tmp_path):
    return make_app(tmp_path)


@pytest.fixture
def ink(app) -> Callable[..., str]:
    """Draws a piece of template; what it says comes with single blanks."""

    def drawn(source: str, **values: object) -> str:
        return " ".join(draw(app, source, **values).split())

    return drawn


def form_of(answers):
    schema = Everything()
    result = read(schema, answers)
    return describe(schema, result.raw, result.errors), result.errors


def drawn_form(ink, answers):
    fields, errors = form_of(answers)
    return ink(
        "{% from 'macros/forms.html' import render_form, error_summary %}"
        "{{ error_summary(problems) }}{{ render_form(fields) }}",
        fields=fields,
        problems=problems(fields, errors),
    )


def ids_of(html):
    return re.findall(r'\sid="([^"]+)"', html)


def test_every_id_of_a_form_is_its_own(ink):
    ids = ids_of(drawn_form(ink, {}))

    assert len(ids) == len(set(ids))


def test_every_label_link_and_description_leads_somewhere(ink):
    html = drawn_form(ink, {"received_on-day": "31", "received_on-month": "4", "received_on-year": "2020"})
    ids = set(ids_of(html))

    assert set(re.findall(r'\sfor="([^"]+)"', html)) <= ids
    assert set(re.findall(r'href="#([^"]+)"', html)) <= ids
    for described in re.findall(r'aria-describedby="([^"]+)"', html):
        assert set(described.split()) <= ids


def test_every_question_is_drawn(ink):
    html = drawn_form(ink, {})

    for field in walk(form_of({})[0]):
        assert f'name="{field.name}' in html


def test_what_was_typed_is_escaped_wherever_it_stands(ink):
    answers = {
        field.name: EVIL for field in walk(describe(Everything())) if field.widget not in ("date", "password")
    } | {f"received_on-{box}": EVIL for box in ("day", "month", "year")}

    html = drawn_form(ink, answers | {EVIL: "x"})

    assert "<script>" not in html
    assert html.count(TAMED) >= 7


def test_an_error_stands_at_its_question_and_in_the_summary(ink):
    html = drawn_form(ink, {})

    assert html.count("Enter the surname") == 2
    assert '<a href="#surname">Enter the surname</a>' in html
    assert 'aria-describedby="surname-error"' in html


def test_a_form_carries_its_forgery_token_and_a_filter_does_not(ink):
    source = "{% from 'macros/forms.html' import render_form %}{{ render_form((), method=method) }}"

    assert 'name="csrf_token"' in ink(source, method="post")
    assert "csrf_token" not in ink(source, method="get")


def test_a_password_is_not_in_the_page(ink):
    assert "hunter2" not in drawn_form(ink, {"password": "hunter2"})


def test_a_leading_line_break_of_long_text_survives_the_browser(app):
    fields = describe(Everything(), {"happened": "\nSecond line"})
    field = next(each for each in fields if each.name == "happened")
    source = "{% from 'macros/forms.html' import textarea %}{{ textarea(f) }}"

    # HTML drops the first line break after the tag; the second is the text's own.
    assert ">\n\nSecond line</textarea>" in draw(app, source, f=field)


TABLE = "{% from 'macros/table.html' import table %}{{ table('Cases', columns, rows, empty='None yet.') }}"
COLUMNS = [
    {"label": "Reference", "key": "reference"},
    {"label": "Received"},
    {"label": "Tasks", "numeric": True},
]


def test_a_table_draws_each_kind_of_cell(ink):
    rows = [
        (("ASB-1", "/cases/1"), date(2018, 4, 3), 0),
        ("ASB-2", None, 12),
        (Markup("<b>ASB-3</b>"), "", 1),
    ]

    html = ink(TABLE, columns=COLUMNS, rows=rows)

    assert '<a class="govuk-link" href="/cases/1">ASB-1</a>' in html
    assert 'data-label="Received">3 April 2018</td>' in html
    assert 'data-label="Received"></td>' in html
    assert 'govuk-table__cell--numeric" data-label="Tasks">0</td>' in html
    assert "<b>ASB-3</b>" in html
    assert html.count('scope="row"') == 3


def test_a_table_escapes_its_cells_and_addresses(ink):
    html = ink(TABLE, columns=[{"label": EVIL}, {"label": EVIL}], rows=[(EVIL, (EVIL, EVIL))])

    assert "<script>" not in html
    assert html.count(TAMED) == 6


def test_a_table_without_rows_says_so(ink):
    html = ink(TABLE, columns=COLUMNS, rows=[])

    assert "None yet." in html
    assert "<table" not in html


def test_a_sorted_column_turns_round_and_the_filter_stays(ink):
    columns = [{"label": "Received", "key": "received"}, {"label": "Stage", "key": "stage"}]

    html = ink(TABLE, columns=columns, rows=[("a", "b")])

    assert 'aria-sort="ascending"' in html
    assert 'href="/cases/?stage=open&amp;sort=received&amp;direction=descending"' in html
    assert 'href="/cases/?stage=open&amp;sort=stage"' in html


@pytest.mark.parametrize(
    ("first", "last", "total", "words"),
    [
        (1, 25, 1240, "Showing <strong>1</strong> to <strong>25</strong> of <strong>1,240</strong> cases"),
        (1, 1, 1, "Showing the only case"),
        (0, 0, 0, "No cases"),
    ],
)
def test_a_list_says_how_many_it_shows_of_how_many(ink, first, last, total, words):
    source = "{% from 'macros/paging.html' import showing %}{{ showing(first, last, total, 'case') }}"

    assert words in ink(source, first=first, last=last, total=total)


def test_paging_is_left_out_when_there_is_one_page(ink):
    source = "{% from 'macros/paging.html' import paging %}{{ paging(previous=p, next=n) }}"

    assert ink(source, p="", n="") == ""
    assert 'rel="next"' in ink(source, p="", n="/x")
    assert 'rel="prev"' not in ink(source, p="", n="/x")


def test_what_is_not_known_reads_not_recorded_and_zero_reads_zero(ink):
    source = "{% from 'macros/summary.html' import summary_list %}{{ summary_list(rows) }}"

    html = ink(
        source, rows=[("A", None), ("B", ""), ("C", 0), ("D", ["x", EVIL]), ("E", EVIL, "Change", "/e")]
    )

    assert html.count("Not recorded") == 2
    assert '<dd class="govuk-summary-list__value">0</dd>' in html
    assert f"x<br>{TAMED}" in html
    assert 'Change<span class="govuk-visually-hidden"> e</span>' in html
    assert "<script>" not in html


WARNINGS = (
    "{% from 'macros/warnings.html' import contact_warnings %}{{ contact_warnings(told, contact, safety) }}"
)


def test_warnings_name_whom_not_to_tell_and_how_to_call(ink):
    html = ink(WARNINGS, told=[("Mr Marsh", EVIL)], contact=[("Messages", "Never")], safety=["A dog"])

    for words in (
        "Must not be told",
        "<strong>Mr Marsh</strong>",
        "Safe contact",
        "Never",
        "Staff safety",
        "A dog",
    ):
        assert words in html
    assert "<script>" not in html
    assert html.index("Must not be told") < html.index("Safe contact") < html.index("Staff safety")


def test_no_warnings_draw_nothing(ink):
    assert ink(WARNINGS, told=(), contact=(), safety=()) == ""


@pytest.mark.parametrize(
    ("days", "colour", "words"),
    [
        (-2, "red", "Overdue by 2 days"),
        (0, "orange", "Due today"),
        (3, "yellow", "Due in 3 days"),
        (9, "blue", "Due in"),
    ],
)
def test_what_is_due_has_words_and_a_colour(ink, days, colour, words):
    source = "{% from 'macros/tags.html' import due_tag %}{{ due_tag(day) }}"

    html = ink(source, day=today() + timedelta(days=days))

    assert f"govuk-tag--{colour}" in html
    assert words in html


def test_a_timeline_entry_tells_what_when_and_by_whom(ink):
    source = (
        "{% from 'macros/timeline.html' import timeline, entry %}{% call timeline() %}"
        "{% call entry(title, at, by='Sam Reed', kind='Note') %}Body{% endcall %}{{ entry('Plain', at) }}{% endcall %}"
    )

    html = ink(source, title=EVIL, at=datetime.fromisoformat("2018-04-03T13:05:00+00:00"))

    assert TAMED in html
    assert 'datetime="2018-04-03T13:05:00+00:00">3 April 2018 at 2:05pm' in html
    assert "by Sam Reed" in html
    assert html.count("moj-timeline__item") == 2
    assert "<script>" not in html


@pytest.mark.parametrize(
    "source",
    [
        "{% from 'macros/tags.html' import tag, badge %}{{ tag(evil) }}{{ badge(evil) }}",
        "{% from 'macros/empty.html' import empty %}{{ empty(evil, evil, evil, evil) }}",
        (
            "{% from 'macros/notices.html' import panel, notification, inset, details %}"
            "{{ panel(evil, evil) }}{{ notification(evil, evil) }}{{ inset(evil) }}"
            "{% call details(evil) %}{{ evil }}{% endcall %}"
        ),
        (
            "{% from 'macros/tabs.html' import sub_navigation, breadcrumbs, back_link, page_header %}"
            "{{ sub_navigation([(evil, evil, true)]) }}{{ breadcrumbs([(evil, evil)]) }}{{ back_link(evil, evil) }}"
            "{{ page_header(evil, evil) }}"
        ),
        (
            "{% from 'macros/tasks.html' import task_list, due_list %}"
            "{{ task_list([{'title': evil, 'href': evil, 'status': evil, 'hint': evil, 'colour': 'red'}]) }}"
            "{{ due_list([{'title': evil, 'hint': evil, 'due': none}]) }}"
        ),
        (
            "{% from 'macros/forms.html' import post_button, link_button, file_upload %}"
            "{{ post_button(evil, evil, values={evil: evil}, describes=evil) }}{{ link_button(evil, evil) }}"
            "{{ file_upload('f', evil, evil, [evil]) }}"
        ),
        "{% from 'macros/filter.html' import filter_form %}{{ filter_form((), [(evil, evil)], evil, evil) }}",
        "{% from 'macros/summary.html' import summary_card %}{{ summary_card(evil, [(evil, evil)], [(evil, evil)]) }}",
    ],
)
def test_every_macro_escapes_what_it_is_given(ink, source):
    html = ink(source, evil=EVIL)

    assert "<script>" not in html
    assert TAMED in html
