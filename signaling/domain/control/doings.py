"""What was done on a counter PC under one grant, condensed for the call's log: where, how much, never what.

Clicks are places on the granted monitor, keys a count of each minute, texts a length and a keyed hash: who
holds the secret can tell whether a text they know was typed, nobody can read one. Not kept: movements, which
keys, the rhythm of typing.
"""

import hmac
from typing import Final

from signaling.domain.ids import JsonObject
from signaling.domain.log_kinds import LogKind
from signaling.domain.steps.step import Logged
from web_client.helper.wire import (
    ClipboardPush,
    ClipboardText,
    Draw,
    KeyDown,
    Message,
    PointerDown,
    PointerUp,
    ReleaseAll,
    TypeText,
    Wheel,
)

FLUSH_SECONDS: Final = 10.0
"""How often what was done goes to the log, as one entry."""
MAX_CLICKS: Final = 5_000
"""Listed of a grant; more are counted."""
MAX_TEXTS: Final = 1_000
"""The same for texts, typed and through the clipboard."""
MAX_LISTED: Final = 500
"""Clicks, and texts, of one entry: it stays below 50 KB."""
CLICK_REACH: Final = 0.01
"""A button let go farther away than this part of the monitor has dragged."""
_MINUTE: Final = 60
_HASH_BYTES: Final = 16


class Doings:
    """Heed each message that was forwarded in a grant; `take` each `FLUSH_SECONDS`, and `end` with the grant.

    What is done while the recording is paused (隐私遮挡) is off the record: it is not to be heeded.
    Times are seconds of the server's clock. An entry says `since` when it tells of, and of each thing the
    milliseconds since then; what it has none of is not in it.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._since: float | None = None
        self._held: dict[int, tuple[PointerDown, float]] = {}
        self._clicks: list[tuple[int, float, float, int]] = []
        self._texts: dict[str, list[tuple[int, int, str]]] = {}
        self._counts: dict[str, int] = {}
        self._keys: dict[int, int] = {}
        self._line: int | None = None
        self._clicks_left = MAX_CLICKS
        self._texts_left = MAX_TEXTS

    def heed(self, message: Message, now: float) -> None:
        """Note what a message does; most do nothing that is kept."""
        match message:
            case PointerDown(b=button):
                self._held[button] = (message, now)
            case PointerUp(b=button):
                self._let_go(button, message)
            case ReleaseAll():
                self._let_all_go()
            case Wheel():
                self._count("wheels", now)
            case KeyDown():
                minute = int(now // _MINUTE)
                self._keys[minute] = self._keys.get(minute, 0) + 1
            case TypeText(text=text):
                self._text("texts", text, now)
            case ClipboardPush(text=text):
                self._text("pushed", text, now)
            case ClipboardText(text=text):
                self._text("pulled", text, now)
            case Draw(line=line) if line != self._line:
                self._line = line
                self._count("lines", now)

    def take(self, now: float) -> JsonObject | None:
        """Return what was done since the last time, None for nothing; keys of the minutes that are over."""
        this_minute = int(now // _MINUTE)
        return self._entry(sorted(minute for minute in self._keys if minute < this_minute))

    def end(self) -> JsonObject | None:
        """Return what is left when the grant ends: what is still held counts, and the last minute."""
        self._let_all_go()
        return self._entry(sorted(self._keys))

    def _entry(self, minutes: list[int]) -> JsonObject | None:
        done: JsonObject = {**self._counts, **self._texts}
        if self._clicks:
            done["clicks"] = self._clicks
        if minutes:
            done["keys"] = [[minute * _MINUTE, self._keys.pop(minute)] for minute in minutes]
        if self._since is not None:
            done["since"] = round(self._since, 3)
        self._since, self._clicks, self._texts, self._counts = None, [], {}, {}
        return done or None

    def _let_go(self, button: int, up: PointerUp | None) -> None:
        down, at = self._held.pop(button, (None, 0.0))
        if down is None:
            return
        if up is not None and max(abs(up.x - down.x), abs(up.y - down.y)) > CLICK_REACH:
            self._count("drags", at)
        elif self._clicks_left and len(self._clicks) < MAX_LISTED:
            self._clicks_left -= 1
            self._clicks.append((self._ms(at), round(down.x, 4), round(down.y, 4), button))
        else:
            self._count("clicks_unlisted", at)

    def _let_all_go(self) -> None:
        for button in tuple(self._held):
            self._let_go(button, None)

    def _text(self, kind: str, text: str, now: float) -> None:
        if self._texts_left and sum(map(len, self._texts.values())) < MAX_LISTED:
            self._texts_left -= 1
            said = (self._ms(now), len(text), self._hash(text))
            self._texts.setdefault(kind, []).append(said)
        else:
            self._count("texts_unlisted", now)

    def _hash(self, text: str) -> str:
        digest = hmac.digest(self._secret, text.encode("utf-8", "surrogatepass"), "sha256")
        return digest[:_HASH_BYTES].hex()

    def _count(self, kind: str, at: float) -> None:
        self._ms(at)
        self._counts[kind] = self._counts.get(kind, 0) + 1

    def _ms(self, at: float) -> int:
        """Return the time of something on the entry's clock, which begins with the first."""
        if self._since is None:
            self._since = at
        return round((at - self._since) * 1000)


def doings_entry(control_id: str, who: str | None, done: JsonObject) -> Logged:
    """Return the log entry of what `Doings` gave; `who` is the controller's name in logs."""
    return Logged(LogKind.CONTROL_DOINGS, who, {"control_id": control_id, **done})
