"""One row watched: the line becomes bad, both pages witness, and the witnesses' words become figures."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from tests.bench.network import figures as of
from tests.bench.network.figures import Carried, Figures, Picture, Sound
from tests.bench.network.rows import Row
from tests.browser.lines import alone, leading
from tests.browser.windows import Window
from tests.support.bad_line import BadLine

_SCRIPT: Final = Path(__file__).parent / "witness.js"
_POLL_MS: Final = 250
TAKE: Final = """
(() => { const taken = structuredClone(window.__seen);
  for (const list of Object.values(window.__seen)) list.length = 0; return taken; })()
"""


def witness(line: BadLine | None) -> str:
    """Return the script of a page whose media passes `line`; None: it goes to where it is told."""
    return leading(line) + alone(_SCRIPT.read_text())


class Meeting(Protocol):
    """Two people who see and hear each other, each behind a line."""

    clerk: Window
    specialist: Window
    lines: Mapping[str, BadLine]


@dataclass(slots=True)
class Seen:
    """What one page's browser told, times in seconds since the line became bad."""

    pictures: dict[int, list[Picture]] = field(default_factory=dict)
    sounds: dict[int, list[Sound]] = field(default_factory=dict)
    sent: list[tuple[float, float | None, list[dict[str, Any]]]] = field(default_factory=list)
    states: list[tuple[float, int, str]] = field(default_factory=list)

    def add(self, told: Mapping[str, Any], begun_ms: float) -> None:
        """Take what a page witnessed since it was asked last."""
        for now, number, height, age in told["pictures"]:
            picture = Picture((now - begun_ms) / 1000, height, None if age is None else age / 1000)
            self.pictures.setdefault(number, []).append(picture)
        for now, number, played, concealed, silent, _ in told["sounds"]:
            sound = Sound((now - begun_ms) / 1000, played, concealed - silent)
            self.sounds.setdefault(number, []).append(sound)
        self.sent += [((now - begun_ms) / 1000, available, rows) for now, available, rows in told["sent"]]
        self.states += [((now - begun_ms) / 1000, number, state) for now, number, state in told["states"]]

    def desktop(self) -> list[Picture]:
        """Return the pictures of the shared desktop: those with a clock, and those between them."""
        return self._merged(clocked=True)

    def camera(self) -> list[Picture]:
        """Return the pictures of everything else."""
        return self._merged(clocked=False)

    def sound(self) -> list[Sound]:
        """Return the samples of the sound that was heard last."""
        return self.sounds[max(self.sounds)] if self.sounds else []

    def rates(self) -> list[tuple[float, float]]:
        """Return what is sent in pictures, in bits per second, half a second each."""
        found = []
        for (begin, _, before), (end, _, after) in zip(self.sent, self.sent[1:], strict=False):
            octets = sum(row["sent"] for row in after) - sum(row["sent"] for row in before)
            if end > begin and octets >= 0:
                found.append((end, octets * 8 / (end - begin)))
        return found

    def sender(self, begin_s: float, end_s: float) -> Figures:
        """Return what the browser believes its uplink carries, and of each picture what it sent."""
        inside = [(available, rows) for at_s, available, rows in self.sent if begin_s <= at_s <= end_s]
        if not inside:
            return {}
        believed = sorted(available for available, _ in inside if available is not None)
        streams = zip(inside[0][1], inside[-1][1], strict=False)
        return {
            "available_kbps": round(believed[len(believed) // 2] / 1000) if believed else None,
            "streams": [
                {name: after[name] - before[name] for name in ("frames", "keys", "asked")}
                | {
                    "height": after["height"],
                    "kbps": round((after["sent"] - before["sent"]) * 8 / (end_s - begin_s) / 1000),
                    "resent_kbps": round((after["again"] - before["again"]) * 8 / (end_s - begin_s) / 1000),
                    "limit": after["limit"],
                }
                for before, after in streams
            ],
        }

    def connected_s(self) -> float:
        """Return how long the slowest connection took from its first check to its handshake's end."""
        begun: dict[int, float] = {}
        took: dict[int, float] = {}
        for at_s, number, state in self.states:
            if state == "connecting":
                begun.setdefault(number, at_s)
            elif state == "connected" and number in begun:
                took.setdefault(number, at_s - begun[number])
        return round(max(took.values()), 2)

    def _merged(self, *, clocked: bool) -> list[Picture]:
        chosen = [
            stream
            for stream in self.pictures.values()
            if any(one.age_s is not None for one in stream) is clocked
        ]
        return sorted((one for stream in chosen for one in stream), key=lambda one: one.at_s)


def watch(meeting: Meeting, row: Row) -> Figures:
    """Let the row's line happen; return its figures."""
    clerk, specialist = Seen(), Seen()
    carried: list[Carried] = []
    bad = meeting.lines[row.whose.value]
    for window in (meeting.clerk, meeting.specialist):
        window.probe(TAKE)
    meeting.clerk.probe(f"window.__busy = {str(row.is_busy).lower()}")
    up, down = bad.tallies()
    begun = time.time()
    bad.plan(row.up, row.down)
    moved = not row.moves
    for at_s in _polls(meeting, begun, row.seconds):
        if not moved and row.heals_at_s is not None and at_s >= row.heals_at_s:
            bad.move()
            moved = True
        now_up, now_down = bad.tallies()
        carried.append(
            Carried(at_s, now_up.passed_bytes - up.passed_bytes, now_down.passed_bytes - down.passed_bytes)
        )
    for seen, window in ((clerk, meeting.clerk), (specialist, meeting.specialist)):
        seen.add(window.probe(TAKE), begun * 1000)
    return figures_of(row, clerk, specialist, carried)


def _polls(meeting: Meeting, begun: float, seconds: float) -> Iterator[float]:
    while (at_s := time.time() - begun) < seconds:
        yield at_s
        meeting.clerk.page.wait_for_timeout(_POLL_MS)  # what is measured takes its time


def figures_of(row: Row, clerk: Seen, specialist: Seen, carried: Sequence[Carried]) -> Figures:
    """Return what a row shows: `to_specialist` is what the counter sends, `to_clerk` the other way."""
    begin, end = row.from_s, row.seconds
    found: Figures = {
        "to_specialist": {
            "sound": of.sound_of(specialist.sound(), begin, end),
            "desktop": of.pictures_of(specialist.desktop(), begin, end),
            "camera": of.pictures_of(specialist.camera(), begin, end),
        },
        "to_clerk": {
            "sound": of.sound_of(clerk.sound(), begin, end),
            "camera": of.pictures_of(clerk.camera(), begin, end),
        },
        "clerk_sends": clerk.sender(begin, end),
        "up_kbps": _kbps(of.rate_bps(carried, "up", begin, end)),
        "down_kbps": _kbps(of.rate_bps(carried, "down", begin, end)),
    }
    if row.steps_at_s is not None and row.new_rate_bps is not None:
        until = row.steps_at_s + 12
        found["step"] = {
            "reached_s": of.reached_after_s(clerk.rates(), row.new_rate_bps, row.steps_at_s, until),
            "gap_ms": _worst(
                of.sound_of(seen.sound(), row.steps_at_s, until)["gap_ms"] for seen in (clerk, specialist)
            ),
        }
    if row.wide_bps is not None:
        found["used_90pct_s"] = of.used_after_s(carried, "up", row.wide_bps, row.steps_at_s or row.seconds)
    if row.moves:
        ways = (found["to_specialist"], found["to_clerk"])
        found["moved"] = {
            "gap_ms": _worst(way["sound"]["gap_ms"] for way in ways),
            "freeze_s": max(way[kind]["freeze_s"] for way in ways for kind in way if kind != "sound"),
        }
    elif row.heals_at_s is not None:
        heard = [of.heard_after_s(seen.sound(), row.heals_at_s) for seen in (clerk, specialist)]
        shown = [
            of.healed_after_s(stream, row.heals_at_s)
            for stream in (specialist.desktop(), specialist.camera(), clerk.camera())
        ]
        found["healed"] = {"sound_s": _worst(heard), "pictures_s": _worst(shown)}
    return found


def _kbps(rate: float | None) -> float | None:
    return None if rate is None else round(rate / 1000)


def _worst(values: Any) -> float | None:
    """Return the greatest; None when one could not be had."""
    known = list(values)
    return None if None in known else max(known)
