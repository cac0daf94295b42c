"""Who plays a part in a case, and what is asked about them and about the referral."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """One question, about the referral or about a person in one role.

    `counted` answers are held in plain; every other answer is sealed. `show_when` is (field id, codes): the
    field is asked when that field, about the same thing, holds one of the codes. A field that several roles
    are asked is several Field objects with one id.
    """

    id: str
    label: str
    kind: str
    about: str
    section: str
    hint: str = ""
    list: str | None = None
    required: bool = False
    counted: bool = False
    show_when: tuple[str, tuple[str, ...]] | None = None
    max_length: int | None = None
    source: str = ""


@dataclass(frozen=True)
class Section:
    """Questions asked together, on one page. `step` (a word of STEPS) says when."""

    id: str
    title: str
    about: str
    fields: tuple[str, ...]
    hint: str = ""
    step: str = "intake"


@dataclass(frozen=True)
class PersonRole:
    """A part that a person plays in a case.

    `counted` roles have their age at the referral, and the counted answers about them, held in plain.
    `side` says whom a paper protects. A `never_tell` role gets no letter or paper that reveals the referral
    or the panel. `fields` are asked for each such person.
    """

    id: str
    label: str
    plural: str
    many: bool = False
    required: bool = False
    counted: bool = False
    side: str = "other"
    never_tell: bool = False
    hint: str = ""
    fields: tuple[str, ...] = ()
