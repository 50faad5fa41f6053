"""`./dev bench back`: how long two people of a call are away when their signalling process is killed.

The real service under its supervisor, SIGKILL in the middle of a call; both come back as our pages do and
enter the call again. A new service for each kill: one that died a moment ago is started again later. What is
held is without the time the new process waited for a processor: `alone`, as on an idle machine.
"""

import asyncio
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.bench._holds import Hold, finish
from tests.bench._statistics import percentile
from tests.platform.returning import Return, meeting

KILLS = 7
HOLD_MEDIAN_S = 5.0


def run(*, json: bool) -> int:
    """Run the benchmark; prints one JSON object when asked, else a table."""
    figures = asyncio.run(measure())
    holds = [Hold("alone_median_s", HOLD_MEDIAN_S, figures["alone_median_s"])]
    return finish(figures, holds, table, json=json)


async def measure() -> dict[str, Any]:
    """Return the figures of `KILLS` kills."""
    rows: list[Return] = []
    for number in range(KILLS):
        with tempfile.TemporaryDirectory(prefix="bangban-bench-") as folder:
            async with meeting(Path(folder) / "data") as call:
                rows.append(await call.kill_signalling())
        print(f"kill {number + 1} of {KILLS}: back after {rows[-1].back:.2f} s", file=sys.stderr)
    middle = {
        f"{name}_median_s": round(percentile([getattr(row, name) for row in rows], 0.5), 2)
        for name in ("ready", "worked", "idle", "back", "alone")
    }
    return {"kills": KILLS, **middle, "rows": [asdict(row) for row in rows]}


def table(figures: dict[str, Any]) -> str:
    """Return the figures for people."""
    return (
        f"{figures['kills']} kills, medians: listening again after {figures['ready_median_s']} s "
        f"(of it {figures['worked_median_s']} s work, {figures['idle_median_s']} s waiting for other than "
        f"a processor), both back in the call after {figures['back_median_s']} s, or "
        f"{figures['alone_median_s']} s on an idle machine"
    )
