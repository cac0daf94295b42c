"""What can go wrong, in words for people. No HTTP here: `web` turns each kind into a page once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class CaseworkError(Exception):
    """The base of all errors that casework raises on purpose. `message` may be shown to anybody who caused it."""

    message = "Something went wrong."

    def __init__(self, message: str | None = None) -> None:
        if message is not None:
            self.message = message
        super().__init__(self.message)


class NotFound(CaseworkError):
    """There is no such thing, or none that this actor may know of: the two must look the same."""

    message = "We could not find that."


class Refused(CaseworkError):
    """The actor may know of the thing and may not do this to it. The refusal itself is audited."""

    message = "You do not have permission to do that."

    def __init__(self, message: str | None = None, *, permission: str = "", subject: object = None) -> None:
        super().__init__(message)
        self.permission = permission
        self.subject = subject


class Invalid(CaseworkError):
    """What came in cannot be taken. `errors` maps a field's name to the reasons, in words for its author."""

    message = "There is a problem with what was entered."

    def __init__(
        self, message: str | None = None, *, errors: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        super().__init__(message)
        self.errors: Mapping[str, Sequence[str]] = errors or {}


class Conflict(CaseworkError):
    """Somebody else changed the record meanwhile. Both versions are kept for the author to choose from.

    `stored` and `submitted` map a field's label to its words; both are sealed content and stay on the page.
    """

    message = "Somebody else changed this while you were working on it."

    def __init__(
        self,
        message: str | None = None,
        *,
        stored: Mapping[str, str] | None = None,
        submitted: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.stored = stored or {}
        self.submitted = submitted or {}


class KeyringMissing(CaseworkError):
    """Sealed records were asked for and the keyring is not there."""

    message = "The keyring is missing, so sealed records cannot be opened: put keyring.json back in the instance folder."


class SealBroken(CaseworkError):
    """A sealed value was changed, moved or truncated since it was sealed."""

    message = (
        "A sealed record has been changed outside casework and cannot be trusted. Tell your administrator."
    )


class KeyDestroyed(CaseworkError):
    """The record's own key was destroyed: the record is gone for good."""

    message = "This record was destroyed when its retention period ended."
