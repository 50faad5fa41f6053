"""What the payloads of a journal say: description, anchor, sender report, pause, resume, end."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from struct import Struct, error
from typing import Any, Final

from recording.errors import DamagedError

VERSION: Final = 1
_REPORT: Final = Struct("!IQI")
_MAX_REASON_CHARACTERS: Final = 200


def _to_json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _from_json(payload: bytes) -> dict[str, Any]:
    try:
        value = json.loads(payload)
    except ValueError as problem:
        raise DamagedError("A journal entry is not JSON.") from problem
    if not isinstance(value, dict):
        raise DamagedError("A journal entry is not an object.")
    return value


@dataclass(frozen=True, slots=True)
class Description:
    """The one stream a journal holds; its first record.

    Attributes:
        lane: what is shown together, see `recording.format.names`.
        track: microphone, camera, document_camera or desktop.
        generation: the participant's join this stream belongs to.
        mime_type: as negotiated, for example `video/VP8`.
        clock_rate: RTP units per second.
        extension_ids: URI → id of the header extensions, as negotiated; none in older journals.
    """

    call_id: str
    lane: str
    participant: str
    track: str
    generation: int
    segment: int
    producer_id: str
    kind: str
    mime_type: str
    payload_type: int
    clock_rate: int
    channels: int
    ssrc: int
    parameters: Mapping[str, str | int] = field(default_factory=dict)
    extension_ids: Mapping[str, int] = field(default_factory=dict)

    def encode(self) -> bytes:
        """Return the payload of a DESCRIPTION record."""
        return _to_json({"version": VERSION, **asdict(self)})

    @classmethod
    def decode(cls, payload: bytes) -> "Description":
        """Read a DESCRIPTION payload.

        Raises:
            DamagedError: not a description of this version.
        """
        value = _from_json(payload)
        if value.pop("version", None) != VERSION:
            raise DamagedError("A journal of another version.")
        try:
            description = cls(**value)
        except TypeError as problem:
            raise DamagedError("A journal description with missing or unknown fields.") from problem
        description._check()
        return description

    def _check(self) -> None:
        integers = (
            self.generation,
            self.segment,
            self.payload_type,
            self.clock_rate,
            self.channels,
            self.ssrc,
        )
        texts = (
            self.call_id,
            self.lane,
            self.participant,
            self.track,
            self.producer_id,
            self.kind,
            self.mime_type,
        )
        well_typed = all(type(value) is int for value in integers) and all(
            type(value) is str for value in texts
        )
        mappings = isinstance(self.parameters, Mapping) and isinstance(self.extension_ids, Mapping)
        ids = mappings and all(type(value) is int for value in self.extension_ids.values())
        if not (well_typed and ids) or self.clock_rate <= 0:
            raise DamagedError("A journal description with values of the wrong kind.")


@dataclass(frozen=True, slots=True)
class Anchor:
    """The same instant on two clocks: monotonic time dies with a reboot, wall time can be set.

    Attributes:
        boot_id: which life of the machine `monotonic_ns` belongs to.
        monotonic_ns, wall_ns: nanoseconds; wall time since 1970.
    """

    boot_id: str
    monotonic_ns: int
    wall_ns: int

    def encode(self) -> bytes:
        """Return the payload of an ANCHOR record."""
        return _to_json(asdict(self))

    @classmethod
    def decode(cls, payload: bytes) -> "Anchor":
        """Read an ANCHOR payload.

        Raises:
            DamagedError: not an anchor.
        """
        value = _from_json(payload)
        boot_id, monotonic_ns, wall_ns = (value.get(name) for name in ("boot_id", "monotonic_ns", "wall_ns"))
        if type(boot_id) is str and type(monotonic_ns) is int and type(wall_ns) is int:
            return cls(boot_id, monotonic_ns, wall_ns)
        raise DamagedError("A journal anchor with missing fields.")


@dataclass(frozen=True, slots=True)
class SenderReport:
    """Times of one RTCP sender report (RFC 3550 §6.4.1): 64-bit NTP of the peer's clock and 32-bit RTP."""

    ssrc: int
    ntp: int
    rtp: int

    def encode(self) -> bytes:
        """Return the payload of a SENDER_REPORT record."""
        return _REPORT.pack(self.ssrc, self.ntp, self.rtp)

    @classmethod
    def decode(cls, payload: bytes) -> "SenderReport":
        """Read a SENDER_REPORT payload.

        Raises:
            DamagedError: wrong length.
        """
        try:
            return cls(*_REPORT.unpack(payload))
        except error as problem:
            raise DamagedError("A sender report of the wrong length.") from problem


def encode_pause(reason: str) -> bytes:
    """Return the payload of a PAUSE record: nothing is kept from here on, and why."""
    return _to_json({"reason": reason[:_MAX_REASON_CHARACTERS]})


def encode_resume() -> bytes:
    """Return the payload of a RESUME record."""
    return b""


def encode_end(reason: str) -> bytes:
    """Return the payload of an END record: the producer closed, and why."""
    return _to_json({"reason": reason[:_MAX_REASON_CHARACTERS]})


def reason_of(payload: bytes) -> str:
    """Return the reason in a PAUSE or END payload.

    Raises:
        DamagedError: no reason in it.
    """
    reason = _from_json(payload).get("reason")
    if not isinstance(reason, str):
        raise DamagedError("A journal entry without its reason.")
    return reason
