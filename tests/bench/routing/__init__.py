"""`./dev bench routing`: what deciding about a waiting call costs, with its document, and a settle around it.

2,000 specialists who all have the skill, in 37 regions; 500 calls wait for 60 items in four languages. A
round takes one snapshot, decides about all 500 in order, offers as it goes and makes the document of
each decision. It is measured with nobody free (a queue of 500 usually is like that), with a third and
with everybody free; the first round files the roster, too. Before is the same judge over everybody by
name for each call. Times are CPU seconds. The settle is the call loop with its services over stores in
memory, which parse and write documents as SQL would.
"""

import asyncio
from typing import Any, Final

from signaling.domain.routing.roster import Roster
from tests.bench._holds import Hold, finish
from tests.bench._statistics import percentile
from tests.bench.routing import house, rounds, town

CROWDS: Final = {"nobody_free": 0.0, "a_third_free": 1 / 3, "everybody_free": 1.0}
ROUNDS: Final = 8
BEFORE: Final = 40
"""Decisions measured as they were made before; a whole round of them takes seconds."""
LEAST_PER_S: Final = 5000.0
MOST_P99_MS: Final = 5.0
MOST_DOCUMENT_BYTES: Final = 20_000


def run(*, json: bool) -> int:
    """Measure, print, and return 0 when everything is held."""
    figures = measure()
    return finish(figures, holds_of(figures), table, json=json)


def measure() -> dict[str, Any]:
    """Return all figures."""
    crowds = {name: _crowd(free) for name, free in CROWDS.items()}
    offering, _ = asyncio.run(house.settle(town.build(CROWDS["a_third_free"])))
    waiting, freed = asyncio.run(house.settle(town.build(CROWDS["nobody_free"])))
    return {
        "people": town.PEOPLE,
        "waiting": town.WAITING,
        "crowds": crowds,
        "settle": {
            "everybody_is_offered": _settled(offering),
            "everybody_waits": _settled(waiting),
            "then_one_is_freed": _settled(freed),
        },
    }


def holds_of(figures: dict[str, Any]) -> list[Hold]:
    """Return what is held, by the worst of the crowds each."""
    crowds = [crowd["after"] for crowd in figures["crowds"].values()]
    slowest = min(crowd["decisions_per_s"] for crowd in crowds)
    longest = max(crowd["document_bytes"] for crowd in crowds)
    return [
        Hold("decisions a second", LEAST_PER_S, slowest, at_least=True),
        Hold("p99 of a decision in ms", MOST_P99_MS, max(crowd["p99_ms"] for crowd in crowds)),
        Hold("a stored decision in bytes", MOST_DOCUMENT_BYTES, longest),
    ]


def _crowd(free: float) -> dict[str, Any]:
    there = town.build(free)
    roster = Roster(there.people)
    before = rounds.before(there, BEFORE)
    after = [rounds.after(there, roster) for _ in range(ROUNDS)]
    for one in after:
        assert one.chosen[:BEFORE] == before.chosen, "the same people are chosen"
    now = rounds.Measured.of(after)
    return {
        "before": _shown(before),
        "after": _shown(now),
        "times_as_fast": round(_per_s(now) / _per_s(before), 1),
    }


def _shown(measured: rounds.Measured) -> dict[str, Any]:
    return {
        "decisions_per_s": round(_per_s(measured)),
        "p50_ms": round(percentile(measured.seconds, 0.5) * 1e3, 3),
        "p99_ms": round(percentile(measured.seconds, 0.99) * 1e3, 3),
        "document_bytes": max(measured.document_bytes),
    }


def _settled(settled: house.Settled) -> dict[str, Any]:
    return {"cpu_ms": round(settled.cpu_s * 1e3, 1), "decisions_stored": settled.decisions}


def _per_s(measured: rounds.Measured) -> float:
    return len(measured.seconds) / sum(measured.seconds)


def table(figures: dict[str, Any]) -> str:
    """Return the figures as lines for people."""
    lines = [f"{'':>24} {'per s':>8} {'p50 ms':>8} {'p99 ms':>8} {'kB':>8}"]
    for name, crowd in figures["crowds"].items():
        for moment in ("before", "after"):
            one = crowd[moment]
            lines.append(
                f"{name + ' ' + moment:>24} {one['decisions_per_s']:>8} {one['p50_ms']:>8.3f}"
                f" {one['p99_ms']:>8.3f} {one['document_bytes'] / 1000:>8.1f}"
            )
    for name, settled in figures["settle"].items():
        lines.append(
            f"settle, {name}: {settled['cpu_ms']} ms of CPU, {settled['decisions_stored']} decisions stored"
        )
    return "\n".join(lines)
