"""Refusals of the domain and the services: one tree, a stable `code` each.

    DomainError
    ├── NotFoundError        not_found and its variants (call_not_found, …)
    ├── ForbiddenError       forbidden, out_of_scope, not_in_call, …
    ├── StateError           bad_state, offer_gone, …
    ├── InvalidError         invalid, with the `field` at fault
    ├── LimitError           too_many, too_fast, …
    ├── SignInError          bad_credentials, session_ended, …
    └── BusyError            busy: a bounded queue is full, try again
        └── AwayError        unavailable: something we need is out of reach for now

The sentence a person reads is looked up by code in `signaling.domain.sentences`.
"""

from typing import ClassVar


class DomainError(Exception):
    """A refusal with a stable code; `field` names the input at fault, `details` fill the sentence."""

    default_code: ClassVar[str] = "refused"

    def __init__(self, code: str | None = None, *, field: str | None = None, **details: object) -> None:
        self.code = code or self.default_code
        self.field = field
        self.details = details
        super().__init__(self.code)


class NotFoundError(DomainError):
    """The thing named does not exist, or not within the caller's scope."""

    default_code = "not_found"


class ForbiddenError(DomainError):
    """The caller may not do this."""

    default_code = "forbidden"


class StateError(DomainError):
    """The thing exists but is not in a state in which this can be done."""

    default_code = "bad_state"


class InvalidError(DomainError):
    """A value is well-formed but makes no sense here."""

    default_code = "invalid"


class LimitError(DomainError):
    """A bound was reached: too many, too large or too fast."""

    default_code = "too_many"


class SignInError(DomainError):
    """Who is asking could not be established."""

    default_code = "bad_credentials"


class BusyError(DomainError):
    """A bounded queue is full; trying again in a moment may work."""

    default_code = "busy"


class AwayError(BusyError):
    """A database or another server is out of reach; what asked for it was not done."""

    default_code = "unavailable"
