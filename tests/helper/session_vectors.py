"""What the helper's session answers to scripts of frames, local input and time, as JSON for both languages.

The practice PC of the web client has a session of its own in TypeScript; it answers the same or is wrong.
After a change of the session: `python -m tests.helper.session_vectors > tests/helper/session_vectors.json`.
"""

import json
import random
import sys
from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeAlias

from tests.helper.messages import LEFT, RIGHT
from web_client.helper import wire
from web_client.helper.effects import (
    Button,
    Disconnect,
    DrawLine,
    Effect,
    FetchClipboard,
    Key,
    Mark,
    Move,
    PointAt,
    Press,
    PutClipboard,
    Release,
    Scroll,
    Send,
    ShowBanner,
    Type,
    WipeLines,
)
from web_client.helper.envelope import Frame, WireError
from web_client.helper.keymap.codes import EVDEV
from web_client.helper.session import Session
from web_client.helper.vocabulary import MAX_CLIPBOARD, Chord, Reason, Refusal, Scope
from web_client.helper.wire import DOWN, Message, give_fields, take_fields

Json: TypeAlias = dict[str, Any]

SEED: Final = 20260101
WALKS: Final = 24
STEPS: Final = 40
BEGIN: Final = 100.0
MONITORS: Final = [give_fields(LEFT), give_fields(RIGHT)]


def frame(message: Message, number: int, grant: str = "g1") -> Json:
    """Return the step in which a frame comes."""
    g = grant if message.in_grant else ""
    return {"frame": {"g": g, "s": number, "message": {"t": message.tag, **give_fields(message)}}}


def grant(
    name: str = "g1", scopes: Iterable[Scope] = Scope, *, lasts_ms: int = 600_000, rev: int = 1
) -> Message:
    """Return a grant over the left monitor."""
    return wire.Grant(name, "王专员", tuple(scopes), "left", rev, lasts_ms)


SHOW: Final = {"now": BEGIN, "monitors": MONITORS}
BEGUN: Final = [SHOW, {"now": BEGIN, **frame(grant(), 1)}]
STATES: Final[dict[str, list[Json]]] = {
    "idle": [SHOW],
    "granted": BEGUN,
    "holding": [
        *BEGUN,
        {"now": BEGIN, **frame(wire.KeyDown("ShiftLeft", "Shift"), 1)},
        {"now": BEGIN, **frame(wire.PointerDown(0, 0.5, 0.5, 1), 2)},
        {"now": BEGIN, **frame(wire.KeyDown("KeyA", "A"), 3)},
    ],
    "draw only": [SHOW, {"now": BEGIN, **frame(grant(scopes=[Scope.DRAW]), 1)}],
    "paused_local": [*BEGUN, {"now": BEGIN, "local": True}],
    "paused_rate": [*BEGUN, *({"now": BEGIN, **frame(wire.PointerMove(0, 0, 1), n + 1)} for n in range(101))],
    "revoked": [*BEGUN, {"now": BEGIN, **frame(wire.Revoke("g1"), 2)}],
}
"""How each state is reached."""

MESSAGES: Final[tuple[Message, ...]] = (
    wire.PointerMove(0.25, 0.75, 1),
    wire.PointerMove(1, 1, 1),
    wire.PointerMove(0.25, 0.75, 9),
    wire.PointerDown(0, 0.1, 0.2, 1),
    wire.PointerDown(2, 0.1, 0.2, 1),
    wire.PointerUp(0, 0.9, 0.9, 1),
    wire.PointerUp(0, 0.9, 0.9, 7),
    wire.PointerUp(1, 0.9, 0.9, 1),
    wire.Wheel(0, 120, 0.5, 0.5, 1),
    wire.KeyDown("KeyA", "a"),
    wire.KeyDown("Enter", "Enter"),
    wire.KeyDown("Power", "Power"),
    wire.KeyUp("KeyA", "a"),
    wire.KeyUp("KeyZ", "z"),
    wire.TypeText("汉字𠮷", Chord.CTRL_V),
    wire.ClipboardPush("x"),
    wire.ClipboardPull(),
    wire.ReleaseAll(),
    wire.Heartbeat(),
    wire.ShowPointer(0.5, 0.5, 1),
    wire.HidePointer(),
    wire.Draw(3, ((0.0, 0.0), (1.0, 1.0)), 1),
    wire.Draw(3, ((0.0, 0.0),), 2),
    wire.ClearDrawing(),
    wire.MarkMonitors(True),
    wire.Welcome("1.0"),
    wire.Revoke("g1"),
    wire.Revoke("g7"),
    grant("g1"),
    grant("g2"),
    grant("g2", rev=8),
    wire.Grant("g2", "王专员", (Scope.DRAW,), "third", 1, 5_000),
)
OTHERS: Final[tuple[Json, ...]] = (
    {"local": True},
    {"key": False},
    {"key": True},
    {"end": "stopped"},
    {"end": "disconnected"},
    {"clipboard": "abc"},
    {"clipboard": None},
    {"monitors": MONITORS[:1]},
    {"monitors": MONITORS[1:]},
    {"unreadable": {"s": 4, "code": "bad_field"}},
    {"timeout": True},
)


class Script:
    """Runs steps through a session and counts, as the server would."""

    def __init__(self) -> None:
        self.session = Session(BEGIN)
        self.steps: list[Json] = []
        self._numbers = {"connection": 0, "grant": 0}

    def run(self, step: Json) -> list[Json]:
        """Return the effects of a step, which is noted."""
        self.steps.append(step)
        if "frame" in step:
            self._count(step["frame"])
        return [shown(effect) for effect in _done(self.session, step)]

    def next(self, message: Message, now: float, name: str = "g1") -> Json:
        """Return the step of a message with its right number."""
        count = self._numbers["grant" if message.in_grant else "connection"]
        return {"now": now, **frame(message, count + 1, name)}

    def _count(self, came: Json) -> None:
        which = "grant" if came["g"] else "connection"
        self._numbers[which] = came["s"]
        if came["message"]["t"] == "gr":
            self._numbers["grant"] = 0


def _done(session: Session, step: Json) -> list[Effect]:
    now = step["now"]
    match step:
        case {"frame": {"g": g, "s": s, "message": message}}:
            values = {name: value for name, value in message.items() if name != "t"}
            return session.receive(Frame(g, s, take_fields(DOWN[message["t"]], values)), now)
        case {"unreadable": {"s": s, "code": code}}:
            return session.unreadable(WireError(Refusal(code), s))
        case {"local": True}:
            return session.local_input(now)
        case {"key": is_escape}:
            return session.local_key(is_escape, now)
        case {"end": reason}:
            return session.end(Reason(reason))
        case {"clipboard": text}:
            return session.clipboard_read(text)
        case {"monitors": monitors}:
            return session.geometry([take_fields(wire.Monitor, one) for one in monitors], now)
        case {"timeout": True}:
            return session.handle_timeout(now)
    raise AssertionError(step)


def shown(effect: Effect) -> Json:
    """Return an effect as JSON."""
    match effect:
        case Send(message, of):
            return {"do": "send", "g": of, "message": {"t": message.tag, **give_fields(message)}}
        case Press(what):
            return {"do": "press", **_held(what)}
        case Release(what):
            return {"do": "release", **_held(what)}
        case Move(x, y):
            return {"do": "move", "x": x, "y": y}
        case Scroll(dx, dy):
            return {"do": "scroll", "dx": dx, "dy": dy}
        case Type(text, _):
            return {"do": "type", "text": text}
        case PutClipboard(text):
            return {"do": "put", "text": text}
        case FetchClipboard():
            return {"do": "fetch"}
        case ShowBanner(who, state):
            return {"do": "banner", "who": who, "state": state.value if state else None}
        case PointAt(at):
            return {"do": "point", "at": list(at) if at else None}
        case DrawLine(line, points):
            return {"do": "line", "line": line, "points": [list(point) for point in points]}
        case WipeLines():
            return {"do": "wipe"}
        case Mark(is_shown):
            return {"do": "mark", "shown": is_shown}
        case Disconnect():
            return {"do": "disconnect"}


def _held(what: Key | Button) -> Json:
    return {"key": what.code} if isinstance(what, Key) else {"button": what.value}


def _case(state: str, inputs: Iterable[Any]) -> Json:
    script = Script()
    for step in STATES[state]:
        script.run(step)
    steps, effects = [], []
    for given in inputs:
        step = (
            script.next(given, BEGIN + 0.5) if isinstance(given, Message) else {"now": BEGIN + 0.5, **given}
        )
        steps.append(step)
        effects.append(script.run(step))
    return {"from": state, "steps": steps, "effects": effects, "to": script.session.state.value}


def _cases() -> Iterator[Json]:
    for state in STATES:
        for given in (*MESSAGES, *OTHERS):
            yield _case(state, [given])
        yield _case(state, [frame(wire.KeyDown("KeyB", "b"), 77)])
        yield _case(state, [frame(wire.KeyDown("KeyB", "b"), 1, "g0")])
        yield _case(state, [frame(wire.Revoke("g1"), 77)])
        yield _case(state, [{"key": True}, {"key": True}, {"key": True}])
        yield _case(state, [{"key": True}, {"key": False}, {"key": True}, {"key": True}])
        for seconds in (1.5, 2.5, 3.5, 700.0):
            yield _case(state, [{"now": BEGIN + seconds, "timeout": True}])
    yield _case("granted", [{"clipboard": "x" * (MAX_CLIPBOARD + 1)}])


def _walk(chance: random.Random) -> Json:
    script, now, name, given = Script(), BEGIN, "g0", 0
    effects = [script.run(SHOW)]
    for _ in range(STEPS):
        now = round(now + chance.choice([0, 0, 0.01, 0.25, 1.0]), 3)
        due = script.session.next_deadline()
        roll = chance.random()
        if due <= now:
            step: Json = {"now": now, "timeout": True}
        elif script.session.state.value in ("idle", "revoked") and roll < 0.7:
            given += 1
            name = f"g{given}"
            scopes = chance.sample(list(Scope), chance.randint(1, len(Scope)))
            step = script.next(grant(name, scopes, lasts_ms=chance.choice([2_000, 600_000])), now)
        elif roll < 0.75:
            step = script.next(chance.choice(MESSAGES[:25]), now, name)
        elif roll < 0.85:
            step = script.next(wire.Heartbeat(), now, name)
        else:
            step = {"now": now, **chance.choice(OTHERS[:7])}
        effects.append(script.run(step))
    return {"steps": script.steps, "effects": effects, "to": script.session.state.value}


def vectors() -> Json:
    """Return all of it: each state by each input, then walks by chance."""
    chance = random.Random(SEED)
    return {
        "keys": sorted(EVDEV),
        "states": STATES,
        "cases": list(_cases()),
        "walks": [_walk(chance) for _ in range(WALKS)],
    }


def written() -> str:
    """Return it as the file holds it: one case a line."""
    made = vectors()
    line = {name: json.dumps(made[name], ensure_ascii=False) for name in ("keys", "states")}
    rows = {
        name: ",\n".join(json.dumps(one, ensure_ascii=False) for one in made[name])
        for name in ("cases", "walks")
    }
    return (
        f'{{"keys": {line["keys"]},\n"states": {line["states"]},\n'
        f'"cases": [\n{rows["cases"]}\n],\n"walks": [\n{rows["walks"]}\n]}}\n'
    )


if __name__ == "__main__":
    sys.stdout.write(written())
