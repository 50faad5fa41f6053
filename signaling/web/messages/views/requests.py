"""A request until somebody answers it: who asks, their consent, whom it is offered to, the wait."""

from typing import Annotated

from signaling.web.messages.base import Message, Personal, Relation, Timestamp


class ApplicantView(Message):
    """办事人; the identity number only as first 3 + last 4."""

    name: Annotated[str | None, Personal.NAME]
    phone: Annotated[str | None, Personal.PHONE]
    id_number_masked: Annotated[str | None, Personal.NUMBER]
    relation: Relation
    acting_for: Annotated[str | None, Personal.NAME]


class ConsentView(Message):
    """The citizen's answer to the recording notice."""

    agreed: bool
    by: Relation
    text_version: str
    given_at: Timestamp


class OfferView(Message):
    """A call offered to one specialist."""

    offer_id: str
    call_id: str
    staff_id: str
    staff_name: str
    made_at: Timestamp
    expires_at: Timestamp
    reasons: list[str]
    """Why this person, in plain words (catalogue keys with `|`-separated arguments)."""


class WaitView(Message):
    """What the waiting are told: place, an honest range, and how many people could take it."""

    position: int
    low_s: float | None
    high_s: float | None
    """Both None: not enough data."""
    eligible: int
    available: int
    ends_at: Timestamp | None
    """When the call ends `no_staff` if nobody answers."""
