"""The errors of the media plane, one tree and one loner.

    Exception
    ├── WireError                bytes from the network that break their format; parsers raise nothing else
    └── MediaError               a request of the media plane's owner that cannot be done
        ├── MalformedError       "malformed"      the request itself is wrong (mediasoup: TypeError)
        ├── UnsupportedError     "unsupported"    well formed, but no codec or feature of ours answers it
        ├── NotFoundError        "not_found"      an object that is not there
        ├── LimitError           "limit_reached"  a named bound would be passed
        └── StateError           "bad_state"      right request, wrong moment (connect twice)

Codes are stable: they cross the control channel and reach clients. Sentences are for people and may change.
"""

from typing import ClassVar


class WireError(Exception):
    """Bytes that break the format their parser reads; the datagram is counted and dropped."""


class MediaError(Exception):
    """A refused request.

    Args:
        sentence: what is wrong and what to do next, for a person.
        code: overrides the class's code; only for errors that came over the control channel.
    """

    default_code: ClassVar[str] = "media_error"

    def __init__(self, sentence: str, *, code: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code or self.default_code


class MalformedError(MediaError):
    """The request is wrong in itself and will never succeed."""

    default_code = "malformed"


class UnsupportedError(MediaError):
    """The request is well formed but asks for what this server does not do."""

    default_code = "unsupported"


class NotFoundError(MediaError):
    """The object named by the request does not exist (any more)."""

    default_code = "not_found"


class LimitError(MediaError):
    """A bound would be passed."""

    default_code = "limit_reached"


class StateError(MediaError):
    """The object exists but is not in a state that allows the request."""

    default_code = "bad_state"


_BY_CODE = {
    error.default_code: error
    for error in (MalformedError, UnsupportedError, NotFoundError, LimitError, StateError)
}


def error_from_code(code: str, sentence: str) -> MediaError:
    """Rebuild the error that crossed the control channel; an unknown code keeps its code."""
    return _BY_CODE.get(code, MediaError)(sentence, code=code)
