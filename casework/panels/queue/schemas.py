"""What a coordinator says when changing the queue or an agenda."""

from __future__ import annotations

from casework.forms import FormSchema, code, codes, date_, long_text, number, text, version, yes_no


class Reason(FormSchema):
    """Why; for putting on hold, withdrawing and bringing forward."""

    reason = long_text("Reason", required="Enter the reason", rows=3, max_length=2000)
    version = version()


class Release(FormSchema):
    """A release needs no reason."""

    reason = long_text("Reason", rows=3, max_length=2000)
    version = version()


class Defer(FormSchema):
    """Until when (left out: until the next meeting), and why."""

    until = date_("Not before", hint="Leave it blank if the next meeting may hear it.", future=True)
    reason = long_text("Reason", required="Enter the reason", rows=3, max_length=2000)
    version = version()


class PutOn(FormSchema):
    """Which meeting; a reason where its agenda was sent out already."""

    meeting = code("Meeting", required="Select a meeting")
    late = text(
        "Why it is added late",
        hint="Only where the agenda was circulated already. It is shown on the agenda.",
        max_length=500,
    )
    version = version()


class EnterQueue(FormSchema):
    """Why a case is put into the queue by hand, and whether it is urgent."""

    reason = long_text("Reason", required="Enter why the panel should hear it", rows=3, max_length=2000)
    urgent = yes_no("Is it urgent?", required=True)


class AddItems(FormSchema):
    """The entries of the queue that were ticked on an agenda."""

    entries = codes("Cases", required="Select at least one case")
    late = text("Why they are added late", max_length=500)


class ChangeItem(FormSchema):
    """How long a case is given, and who presents it."""

    minutes = number("Minutes", least=1, most=240, required="Enter the minutes")
    presenter = code("Who presents the case", widget="select")
    version = version()


class RemoveItem(FormSchema):
    """Why a case is taken off; needed once the agenda was sent out."""

    reason = long_text("Reason", rows=3, max_length=2000)
    version = version()


class Opening(FormSchema):
    """Minutes for outstanding actions before the first case."""

    minutes = number("Minutes for outstanding actions", least=0, most=240, required="Enter the minutes")
    version = version()
