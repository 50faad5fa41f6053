"""Errors of the recording package: one tree, each leaf with a stable `code` and a sentence for people.

RecordingError
├── DamagedError         "damaged"           a journal or file cannot be read as what it should be
├── UnrecordableError    "unrecordable"      a codec no file of ours can hold
├── InvalidNameError     "invalid_name"      a call, participant or object name outside its alphabet
├── MissingError         "not_found"         no such recording or object
├── RangeError           "range"             an HTTP Range outside the object
├── MediaForbiddenError  "media_forbidden"   a media address whose signature is wrong
├── MediaExpiredError    "media_expired"     a media address past its time
├── LostJournalsError    "lost_journals"     a call's journals are not where they were written
└── LeaseLostError       "lease_lost"        another worker took the job over
"""

from typing import ClassVar


class RecordingError(Exception):
    """Base of the tree; `code` is stable, `sentence` says what happened."""

    code: ClassVar[str] = "recording"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class DamagedError(RecordingError):
    """Bytes that are not what their place says."""

    code = "damaged"


class UnrecordableError(RecordingError):
    """A codec that cannot be stored."""

    code = "unrecordable"


class InvalidNameError(RecordingError):
    """A name that could leave its directory."""

    code = "invalid_name"


class MissingError(RecordingError):
    """Nothing under that name."""

    code = "not_found"


class RangeError(RecordingError):
    """A byte range that the object does not have; `size` is the object's length in bytes."""

    code = "range"

    def __init__(self, sentence: str, *, size: int) -> None:
        super().__init__(sentence)
        self.size = size


class MediaForbiddenError(RecordingError):
    """A media address nobody signed."""

    code = "media_forbidden"


class MediaExpiredError(RecordingError):
    """A media address past its time: ask for a new manifest."""

    code = "media_expired"


class LostJournalsError(RecordingError):
    """What was written is gone, and no file stands for it."""

    code = "lost_journals"


class LeaseLostError(RecordingError):
    """The job belongs to another worker now."""

    code = "lease_lost"
