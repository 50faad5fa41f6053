"""The journal on disk: records, what they say, and how to read past damage. Pure."""

from recording.format.entries import (
    Anchor,
    Description,
    SenderReport,
    encode_end,
    encode_pause,
    encode_resume,
    reason_of,
)
from recording.format.names import JournalName
from recording.format.record import HEADER_BYTES, MAX_PAYLOAD_BYTES, Record, RecordKind, encode_record
from recording.format.scan import JournalScanner

__all__ = [
    "HEADER_BYTES",
    "MAX_PAYLOAD_BYTES",
    "Anchor",
    "Description",
    "JournalName",
    "JournalScanner",
    "Record",
    "RecordKind",
    "SenderReport",
    "encode_end",
    "encode_pause",
    "encode_record",
    "encode_resume",
    "reason_of",
]
