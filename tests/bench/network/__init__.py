"""`./dev bench network`: calls of real browsers on bad lines, beside the same calls through Janus' videoroom.

Two Chromium pages with fake cameras, a continuous voice and a desktop that carries a clock; each page, its
signalling and its media pass a line of their own, and the browsers' own statistics and pictures are the
witnesses. A row that breaks is a row with an error.
"""

import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final, Protocol

from playwright.sync_api import Playwright, sync_playwright

from tests.bench._holds import Hold, finish
from tests.bench.network import special
from tests.bench.network.janus import videoroom
from tests.bench.network.product import house
from tests.bench.network.rows import ROWS, Row
from tests.bench.network.voice import write_voice
from tests.bench.network.watching import Meeting, watch
from tests.browser.windows import launch

Figures = dict[str, Any]
NAMES: Final = (*(row.name for row in ROWS), *special.ROWS)


class _Place(Protocol):
    """Where two people meet."""

    def call(self) -> AbstractContextManager[Meeting]: ...


def run(*, json: bool, rows: Sequence[str] = ()) -> int:
    """Run the benchmark, or only some rows of it; prints one JSON object when asked, else a table."""
    if unknown := [name for name in rows if name not in NAMES]:
        raise SystemExit(f"no such row: {', '.join(unknown)}; there are {', '.join(NAMES)}")
    wanted = [row for row in ROWS if not rows or row.name in rows]
    with sync_playwright() as playwright, tempfile.TemporaryDirectory(prefix="bangban-bench-") as folder:
        voice = Path(folder) / "voice.wav"
        write_voice(voice)
        figures = {
            "bangban": _rows(playwright, voice, house, wanted),
            "special": {
                name: _attempt(name, lambda row=row: row(playwright, flags(voice)))  # type: ignore[misc]
                for name, row in special.ROWS.items()
                if not rows or name in rows
            },
            "janus": _rows(playwright, voice, videoroom, wanted),
        }
    return finish(figures, holds_of(figures), table, json=json)


def _rows(
    playwright: Playwright,
    voice: Path,
    place: Callable[..., AbstractContextManager[_Place]],
    rows: Sequence[Row],
) -> dict[str, Figures]:
    """Measure rows one after the other, in calls of their own; a place that does not open breaks them all."""
    found: dict[str, Figures] = {}
    if not rows:
        return found
    browser = launch(playwright, more=flags(voice))
    try:
        with place(browser) as meeting_place:
            for row in rows:
                found[row.name] = _attempt(row.name, lambda row=row: _measured(meeting_place, row))  # type: ignore[misc]
    except Exception as error:
        traceback.print_exc()
        for row in rows:
            found.setdefault(row.name, {"error": _first_line(error)})
    finally:
        browser.close()
    return found


def flags(voice: Path) -> tuple[str, ...]:
    """Return how the browser is started: with a voice that never pauses, so that what is lost is missed."""
    return (
        f"--use-file-for-fake-audio-capture={voice}",
        "--autoplay-policy=no-user-gesture-required",
    )


def _measured(place: _Place, row: Row) -> Figures:
    with place.call() as meeting:
        return watch(meeting, row)


def _attempt(name: str, measure: Callable[[], Figures]) -> Figures:
    try:
        found = measure()
    except Exception as error:
        traceback.print_exc()
        found = {"error": _first_line(error)}
    print(f"{name}: {found}", file=sys.stderr, flush=True)
    return found


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"[:300]


def holds_of(figures: Figures) -> list[Hold]:
    """Return what is held, of the rows that were run."""
    rows = figures["bangban"] | figures["special"]
    bounds = (
        ("300k_150ms_5", "concealed_pct", 3.0, lambda row: worst(row, "sound", "concealed_pct")),
        ("300k_150ms_5", "desktop_stale_s", 3.0, lambda row: row["to_specialist"]["desktop"]["stale_s"]),
        ("150k_300ms_10", "concealed_pct", 10.0, lambda row: worst(row, "sound", "concealed_pct")),
        ("500k_2", "freeze_s", 1.0, lambda row: max(pictures(row, "freeze_s"))),
        ("step_1M_200k", "gap_ms", 400, lambda row: row["step"]["gap_ms"]),
        ("step_1M_200k", "reached_s", 3.0, lambda row: row["step"]["reached_s"]),
        ("1M_100ms", "used_90pct_s", 15.0, lambda row: row["used_90pct_s"]),
        ("blackout_5s", "healed_s", 1.0, lambda row: max(row["healed"].values())),
        ("blackout_25s", "healed_s", 4.0, lambda row: max(row["healed"].values())),
        ("udp_blocked", "connected_s", 5.0, lambda row: row["connected_s"]),
    )
    held = [
        Hold(f"{name} {what}", limit, _value(rows[name], of))
        for name, what, limit, of in bounds
        if name in rows
    ]
    if "two_receivers" in rows:
        held.append(
            Hold(
                "two_receivers good_share",
                0.9,
                _value(rows["two_receivers"], lambda row: row["good_share"]),
                at_least=True,
            )
        )
    return held


def _value(row: Figures, of: Callable[[Figures], float | None]) -> float | None:
    """Return a figure; None where the row broke or does not have it."""
    try:
        return of(row)
    except (KeyError, TypeError, ValueError):
        return None


def worst(row: Figures, kind: str, figure: str) -> float | None:
    """Return the greater of both directions; None when one of them is not known."""
    values = [row[way][kind][figure] for way in ("to_specialist", "to_clerk")]
    return None if None in values else max(values)


def pictures(row: Figures, figure: str) -> list[float]:
    """Return a figure of all pictures."""
    ways: Mapping[str, Mapping[str, Figures]] = {way: row[way] for way in ("to_specialist", "to_clerk")}
    return [stream[figure] for way in ways.values() for kind, stream in way.items() if kind != "sound"]


def table(figures: Figures) -> str:
    """Return the figures for people, ours above the peer's."""
    head = (
        "concealed % / gap ms to specialist, to clerk",
        "desktop stale s, fps",
        "camera fps, height",
        "freeze s",
    )
    lines = [f"{'row':>16} {'server':>8}  {'; '.join(head)}; kbit/s up, down"]
    for name, row in figures["bangban"].items():
        lines.append(f"{name:>16} {'bangban':>8}  {_shown(row)}")
        lines.append(f"{'':>16} {'janus':>8}  {_shown(figures['janus'].get(name, {}))}")
    lines += [f"{name:>16} {'bangban':>8}  {row}" for name, row in figures["special"].items()]
    return "\n".join(lines)


def _shown(row: Figures) -> str:
    if "to_specialist" not in row:
        return str(row.get("error", "not run"))
    there, back = row["to_specialist"], row["to_clerk"]
    sound = ", ".join(f"{way['sound']['concealed_pct']} / {way['sound']['gap_ms']}" for way in (there, back))
    desktop, camera = there["desktop"], there["camera"]
    more = {key: row[key] for key in ("step", "used_90pct_s", "healed", "moved") if key in row}
    return (
        f"{sound}; {desktop.get('stale_s')}, {desktop['fps']}; {camera['fps']}, {camera['height']}; "
        f"{max(pictures(row, 'freeze_s'))}; {row['up_kbps']}, {row['down_kbps']} {more or ''}"
    )
