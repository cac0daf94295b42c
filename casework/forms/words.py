"""What the sentences of a form are made of, and how typed text is kept."""

from __future__ import annotations

import re
import unicodedata

# What is blank to the eye: all white space, and what str.strip() does not know (zero-width space and joiners,
# word joiner, byte order mark).
BLANKS = (
    "".join(chr(point) for point in range(0x3001) if chr(point).isspace()) + "\u200b\u200c\u200d\u2060\ufeff"
)

# Line breaks and tabs are text; other control characters are not, and half a surrogate pair is no character.
NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")

# A label that begins with one of these needs no article before it.
OPENERS = frozenset(
    {"the", "a", "an", "any", "your", "their", "his", "her", "its"}
    | {"what", "who", "why", "how", "where", "when", "which", "whether"}
)


def clean(text: str) -> str:
    """Text without blanks around it, in composed Unicode and with one kind of line break."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip(BLANKS)


def lower_first(text: str) -> str:
    """The label inside a sentence: "Date received" is "date received", "GP's name" stays."""
    return text if text[1:2].isupper() or text[1:2] in {"'", "’", " "} else text[:1].lower() + text[1:]


def upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]


def noun_of(label: str) -> str:
    """The label as the object of "Enter ...", for a field that does not say one."""
    if label.endswith("?"):
        return f"an answer to “{label}”"
    if label.partition(" ")[0].lower() in OPENERS:
        return lower_first(label)
    return f"the {lower_first(label)}"


def subject_of(label: str) -> str:
    """The label as the start of "... must be a real date"."""
    return f"“{label}”" if label.endswith("?") else upper_first(label)
