"""A million spoiled messages of pages and helpers against what the server reads them with, seeded.

Each is read, and what is a message goes on into the page's gate or the helper's lease, which begin anew when
it breaks them. Nothing but a refusal may be raised, and nothing may pass that is out of the scopes or out of
the helper's count.
"""

import json as json_format
import random
import time
from collections import Counter
from dataclasses import replace
from typing import Any, Final

from signaling.web.control.gate import Gate
from signaling.web.control.lease import Lease, ToHelper
from signaling.web.control.page_wire import FROM_PAGE
from tests.bench._holds import Hold, finish
from tests.signaling.web.test_control_gate import CONTROL, LEFT
from web_client.helper.envelope import Frame, WireError, parse
from web_client.helper.vocabulary import Reason, Scope, State
from web_client.helper.wire import UP, Geometry, Grant, Revoke, Status

INPUTS: Final = 1_000_000
SEED: Final = 20_261_128
SCOPES: Final = frozenset({Scope.POINTER, Scope.DRAW})
PAGE: Final[tuple[dict[str, Any], ...]] = (
    {"t": "pm", "x": 0.5, "y": 0.25, "rev": 1},
    {"t": "pd", "b": 0, "x": 0.5, "y": 0.25, "rev": 1},
    {"t": "pu", "b": 0, "x": 0.5, "y": 0.25, "rev": 1},
    {"t": "wh", "dx": 0, "dy": 120, "x": 0.5, "y": 0.25, "rev": 1},
    {"t": "kd", "c": "KeyA", "k": "a"},
    {"t": "ku", "c": "KeyA", "k": "a"},
    {"t": "tx", "text": "独龙江", "mode": "ctrl_v"},
    {"t": "cp", "text": "x"},
    {"t": "ra"},
    {"t": "hb"},
    {"t": "dr", "line": 1, "points": [[0.1, 0.2]], "rev": 1},
    {"t": "in", "token": "e30.e30.x", "call": "c1", "control": "k1", "g": ""},
)
HELPER: Final[tuple[dict[str, Any], ...]] = (
    {
        "t": "geo",
        "g": "",
        "rev": 2,
        "monitors": [{"id": "a", "x": 0, "y": 0, "w": 9, "h": 9, "colour": "#e60012"}],
    },
    {"t": "st", "g": "", "grant": "k1-1", "state": "granted", "reason": "local_quiet"},
    {"t": "st", "g": "", "grant": "k1-1", "state": "paused_local", "reason": "local_input"},
    {"t": "st", "g": "", "grant": "k1-1", "state": "revoked", "reason": "escaped"},
    {"t": "ack", "last": 3, "held": 0, "state": "granted"},
    {"t": "er", "g": "", "number": 1, "code": "stale_geometry"},
    {"t": "cr", "text": "x"},
    {"t": "hi", "g": "", "version": "1.0", "system": "Linux", "name": "pc", "key": "k", "code": ""},
)
VALUES: Final = (
    None,
    True,
    -1,
    0,
    1.5,
    2**53,
    float("nan"),
    float("inf"),
    "",
    "k1-2",
    "../../x",
    [],
    {},
    [[0.1]],
)


def spoiled(sound: dict[str, Any], grant: str, number: int, chance: random.Random) -> str:
    """Return a message's text with a field, or some characters, spoiled; one in eight as it is."""
    values = {"v": 1, "g": grant, "s": number} | sound
    way = chance.randrange(8)
    if way < 3:
        values[chance.choice(list(values))] = chance.choice(VALUES)
    text = json_format.dumps(values, ensure_ascii=False)
    for _ in range(chance.randrange(1, 4) if way in (3, 4, 5) else 0):
        at = chance.randrange(len(text))
        text = text[:at] + chr(chance.choice((0, 34, 44, 58, 123, 0x2603, 0x10FFFF))) + text[at + 1 :]
    return text[: chance.randrange(len(text))] if way == 6 else text


def pages(inputs: int, chance: random.Random) -> Counter[str]:
    """Send a page's messages into gates; return what became of them."""
    became: Counter[str] = Counter()
    gate, number, expected, now = Gate("k1-1", SCOPES, 0.0), 0, 1, 0.0
    for _ in range(inputs):
        now += 0.004
        try:
            frame = parse(spoiled(chance.choice(PAGE), "k1-1", number + 1, chance), FROM_PAGE)
            if not frame.message.in_grant:
                continue
            number += 1
            for passed in gate.take(frame, now)[0]:
                assert passed.number == expected
                assert passed.message.scope is None or passed.message.scope in SCOPES
                expected += 1
            gate.handle_timeout(now)
            became["read"] += 1
        except WireError as error:
            became[error.code.value] += 1
            if error.code.value == "stale_grant":
                gate, number, expected = Gate("k1-1", SCOPES, now), 0, 1
    return became


def helpers(inputs: int, chance: random.Random) -> Counter[str]:
    """Send a helper's messages into leases; return what became of them."""
    became: Counter[str] = Counter()
    lease, now = _lease(), 0.0
    for number in range(inputs):
        now += 0.004
        try:
            frame = parse(spoiled(chance.choice(HELPER), "k1-1", number + 1, chance), UP)
            for effect in lease.heard(frame, now, 100.0):
                if isinstance(effect, ToHelper):
                    assert isinstance(effect.message, Grant | Revoke)
            became["read"] += 1
            if lease.control is None:
                lease = _lease()
        except WireError as error:
            became[error.code.value] += 1
    return became


def _lease() -> Lease:
    lease = Lease(lambda control: "王专员")
    lease.heard(Frame("", 1, Geometry(1, (LEFT,))), 0.0, 100.0)
    lease.changed(replace(CONTROL), 0.0, 100.0)
    lease.heard(Frame("", 2, Status("k1-1", State.GRANTED, Reason.CONSENT)), 0.0, 100.0)
    return lease


def run(*, json: bool) -> int:
    """Send a million messages; return 0 when every one was read or refused."""
    began, chance = time.monotonic(), random.Random(SEED)
    became = {"page": pages(INPUTS // 2, chance), "helper": helpers(INPUTS // 2, chance)}
    figures = {
        "inputs": INPUTS,
        "seconds": round(time.monotonic() - began, 1),
        "page": dict(became["page"]),
        "helper": dict(became["helper"]),
    }
    held = [Hold("kinds_of_refusals", 5.0, float(len(became["page"] | became["helper"])), at_least=True)]
    return finish(figures, held, _table, json=json)


def _table(figures: dict[str, Any]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in figures.items())
