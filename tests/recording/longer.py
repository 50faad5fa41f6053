"""Journals of hours, made of one of seconds: each round goes on where the one before ended."""

from pathlib import Path
from struct import Struct
from typing import Final

from recording.format import Anchor, Record, RecordKind, SenderReport, encode_record
from recording.mux.journals import journals_in

_NUMBERS: Final = Struct("!HI")
_AT: Final = 2
"""Offset of sequence number and timestamp in an RTP header."""


def prolong(directory: Path, longer: Path, *, round_seconds: int, seconds: int) -> None:
    """Write the journals of a call again, each repeated until it lasts so long."""
    longer.mkdir()
    for journal in journals_in(directory):
        records = list(journal.records(lambda size: None))
        packets = sum(record.kind == RecordKind.RTP for record in records)
        rate = 48_000 if journal.name.track == "microphone" else 90_000
        rounds = seconds // round_seconds
        with (longer / str(journal.name)).open("wb") as file:
            for number in range(rounds):
                shift = number * round_seconds
                for record in records:
                    if record.kind != RecordKind.END or number == rounds - 1:
                        file.write(encode_record(*_shifted(record, shift, number * packets, rate)))


def _shifted(record: Record, seconds: int, packets: int, rate: int) -> Record:
    payload = record.payload
    match record.kind:
        case RecordKind.RTP:
            sequence, timestamp = _NUMBERS.unpack_from(payload, _AT)
            numbers = _NUMBERS.pack((sequence + packets) & 0xFFFF, (timestamp + seconds * rate) & 0xFFFF_FFFF)
            payload = payload[:_AT] + numbers + payload[_AT + _NUMBERS.size :]
        case RecordKind.SENDER_REPORT:
            said = SenderReport.decode(payload)
            rtp = (said.rtp + seconds * rate) & 0xFFFF_FFFF
            payload = SenderReport(said.ssrc, said.ntp + (seconds << 32), rtp).encode()
        case RecordKind.ANCHOR:
            anchor = Anchor.decode(payload)
            nanoseconds = seconds * 1_000_000_000
            payload = Anchor(
                anchor.boot_id, anchor.monotonic_ns + nanoseconds, anchor.wall_ns + nanoseconds
            ).encode()
    return Record(record.kind, record.arrival_ns + seconds * 1_000_000_000, payload)
