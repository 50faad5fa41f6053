"""What passes between the signalling process and its sentence process, over pipes: length, kind, payload."""

import json
import struct
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

HEADER: Final = struct.Struct("<BI")
MOST_BYTES: Final = 8 << 20
"""Larger frames are a fault: the texts of a thousand items take half a megabyte."""
TEXTS, QUERY, STATE, ANSWER = 1, 2, 3, 4
_ANSWER: Final = struct.Struct("<II")


@dataclass(frozen=True, slots=True)
class Texts:
    """What queries are to be compared with from now on."""

    generation: int
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """One line to compare."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class State:
    """How many texts of a generation are known."""

    generation: int
    known: int


@dataclass(frozen=True, slots=True)
class Compared:
    """The cosines of a query with a generation's texts, in their order; NaN for those not known yet."""

    number: int
    generation: int
    cosines: Sequence[float]


def pack(message: Texts | Query | State | Compared) -> bytes:
    """Return a message as a frame."""
    match message:
        case Texts(generation, texts):
            return _frame(TEXTS, json.dumps([generation, texts], ensure_ascii=False).encode())
        case Query(number, text):
            return _frame(QUERY, json.dumps([number, text], ensure_ascii=False).encode())
        case State(generation, known):
            return _frame(STATE, _ANSWER.pack(generation, known))
        case Compared(number, generation, cosines):
            return _frame(ANSWER, _ANSWER.pack(number, generation) + array("f", cosines).tobytes())


def unpack(kind: int, payload: bytes) -> Texts | Query | State | Compared:
    """Return what a frame says; raise ValueError for what is none."""
    match kind:
        case 1:
            generation, texts = json.loads(payload)
            return Texts(generation, tuple(texts))
        case 2:
            number, text = json.loads(payload)
            return Query(number, text)
        case 3:
            return State(*_ANSWER.unpack(payload))
        case 4:
            number, generation = _ANSWER.unpack_from(payload)
            cosines = array("f")
            cosines.frombytes(payload[_ANSWER.size :])
            return Compared(number, generation, cosines)
        case _:
            raise ValueError(f"no kind of frame: {kind}")


def _frame(kind: int, payload: bytes) -> bytes:
    return HEADER.pack(kind, len(payload)) + payload
