"""Forms: marshmallow schemas that know their labels, say what is wrong in plain English, describe themselves.

A schema is written once and serves the page, the import and the API:

    class NewNote(FormSchema):
        made_on = date_("Date of the note", required=True)
        body = long_text("What happened", required="Enter what happened")

    result = read(NewNote(), request.form)      # result.values, or result.errors and result.raw
    fields = describe(NewNote(), result.raw, result.errors)     # what templates/macros/forms.html draws

Nothing here knows of Flask or of the database.
"""

from __future__ import annotations

from casework.forms.dates import DateFault, parse_date, today, write_date
from casework.forms.kinds import Choice, Option
from casework.forms.makers import (
    code,
    codes,
    date_,
    email,
    hidden,
    long_text,
    number,
    password,
    phone,
    postcode,
    text,
    version,
    yes_no,
)
from casework.forms.page import DateBox, FormChoice, FormField, Problem, describe, problems, walk
from casework.forms.programme import schema_from_fields
from casework.forms.schema import FormResult, FormSchema, read

__all__ = [
    "Choice",
    "DateBox",
    "DateFault",
    "FormChoice",
    "FormField",
    "FormResult",
    "FormSchema",
    "Option",
    "Problem",
    "code",
    "codes",
    "date_",
    "describe",
    "email",
    "hidden",
    "long_text",
    "number",
    "parse_date",
    "password",
    "phone",
    "postcode",
    "problems",
    "read",
    "schema_from_fields",
    "text",
    "today",
    "version",
    "walk",
    "write_date",
    "yes_no",
]
