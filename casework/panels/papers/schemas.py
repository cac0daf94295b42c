"""What is asked when minutes are written, approved and corrected, and when papers are issued."""

from __future__ import annotations

from typing import ClassVar

from casework.forms import FormSchema, code, codes, hidden, long_text, text, version
from casework.forms.kinds import Choice

SURE = (Choice("yes", "I have read them, and they are a true record"),)
HOW = (
    "A line that ends with a colon is a heading; one that begins with a hyphen is a point. A line that begins "
    "“Only for Police; Housing:” is left out of the papers of every other agency."
)


class WriteMeeting(FormSchema):
    """What is of no case."""

    opening = long_text("Opening", rows=22, hint=HOW)
    closing = long_text("Closing", rows=4)
    version = version()


class WritePart(FormSchema):
    """What the minutes say of one item."""

    text = long_text("Minutes", rows=26, hint=HOW, max_length=40_000)
    restricted = long_text(
        "Declared interests",
        rows=4,
        hint="For those who run the meeting. It is in nobody's papers.",
    )
    version = version()


class OfVersion(FormSchema):
    """An act on a part as it was read."""

    version = version()


class Approve(FormSchema):
    """The chair's word; `seen` names what was read."""

    seen = hidden()
    sure = codes("Approval", SURE, required="Confirm that you have read the minutes")


class Correct(FormSchema):
    """Why there is a new version."""

    reason = long_text(
        "Why do they have to be corrected?",
        required="Enter why they have to be corrected",
        rows=3,
        hint="Whoever gets any part of these minutes reads this, so name nobody and no case here.",
    )


class Issue(FormSchema):
    """Which papers go out."""

    harmless: ClassVar[frozenset[str]] = frozenset({"csrf_token"})
    kind = code("Papers", required="Select which papers to issue")


class Redact(FormSchema):
    """Words that leave in nobody's papers, or not in one agency's."""

    words = text(
        "Words to leave out",
        max_length=500,
        required="Enter the words to leave out",
        hint="As they stand in the text. Capitals and marks do not matter.",
    )
    reason = text(
        "Reason",
        required="Enter the reason",
        hint="Shown in the paper where the words stood, after “Left out”.",
    )
    agency = code("Of whose papers?", widget="select", hint="Leave blank for every agency.")
