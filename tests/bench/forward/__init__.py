"""`./dev bench forward`: CPU, loss and added latency of forwarding, beside Debian's Janus in the same run.

Ten publishers of VP8 and ten subscribers, 1,100-byte packets, AES-128-GCM on both sides. Each server has one
processor to itself, the load the other; rounds alternate between the servers, and medians are reported.
What ours does for more than forwarding is told apart: once more with subscribers that tell nothing, and
without the recording, which Janus does not make either; then each part by the time of its own steps
(`tests.bench.packet`). At last the whole service, quiet and busy (`service`).
"""

import os
import statistics
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from tests.bench import packet
from tests.bench._holds import Hold, finish
from tests.bench._peer import Certificate, Peer
from tests.bench.forward import bangban, disturbance, janus, namespace, processors, service
from tests.bench.forward.load import WARM_UP_SECONDS, Load, Pair, Window
from tests.bench.forward.stream import PACKET_BYTES, StreamPlan

PAIRS = 10
SECONDS = 4.0
ROUNDS = {2_000: 2, 10_000: 3, 30_000: 2}
LOSS_THAT_COUNTS = 0.001
SERVERS = ("bangban", "bangban_untold", "bangban_unrecorded", "janus")
LATENCY_RATE = 10_000
BUSIEST_RATE = 30_000
HOLD_LOSS = 0.001
HOLD_RATIO = 1.5
HOLD_P99_MS = 5.0
HOLD_BUSY_P99_MS = 20.0


def run(*, json: bool) -> int:
    """Run the benchmark; prints one JSON object when asked, else a table."""
    if not namespace.is_inside():
        return namespace.run_inside(["-m", "tests.bench", "forward", *(["--json"] if json else [])])
    figures = measure()
    return finish(figures, holds_of(figures), table, json=json)


def measure() -> dict[str, Any]:
    """Return figures for every rate, medians over the rounds."""
    rates = []
    for rate in ROUNDS:
        rounds: dict[str, list[dict[str, float]]] = {name: [] for name in SERVERS}
        for number in range(ROUNDS[rate]):
            for name in SERVERS if number % 2 == 0 else SERVERS[::-1]:
                print(f"{rate}/s, round {number + 1}: {name}", file=sys.stderr)
                rounds[name].append(one_round(name, rate))
        medians = {name: _medians(rows) for name, rows in rounds.items()}
        rates.append(
            {
                "packets_per_s": rate,
                **medians,
                "ratio_to_janus": _ratio(medians, "bangban", "janus"),
                "ratio_to_untold": _ratio(medians, "bangban", "bangban_untold"),
                "ratio_unrecorded_to_janus": _ratio(medians, "bangban_unrecorded", "janus"),
            }
        )
    print(f"{service.RATE}/s through the whole service, quiet and busy", file=sys.stderr)
    return {
        "packet_bytes": PACKET_BYTES,
        "pairs": PAIRS,
        "seconds": SECONDS,
        "rounds": list(ROUNDS.values()),
        "bangban_does": bangban.DOES,
        "janus_does": janus.DOES,
        "rates": rates,
        "parts_us_per_packet": _parts(),
        "service": service.measure(namespace.HOST),
    }


def _parts() -> dict[str, float]:
    """Return what each part of ours costs a packet, in µs, measured alone on the server's processor."""
    print("each part alone", file=sys.stderr)
    os.sched_setaffinity(0, processors.SERVER)
    parts = packet.parts(packet.measured())
    processors.release()
    return parts


def holds_of(figures: dict[str, Any]) -> list[Hold]:
    """Return what is held of each rate, and in the whole service beside calls that are set up."""
    row, busiest = (
        next(row for row in figures["rates"] if row["packets_per_s"] == rate)
        for rate in (LATENCY_RATE, BUSIEST_RATE)
    )
    quiet, busy = figures["service"]["undisturbed"], figures["service"]["disturbed"]
    meanwhile = figures["service"]["meanwhile"]["calls_set_up"]
    return [
        Hold("loss", HOLD_LOSS, row["bangban"]["loss"]),
        Hold("CPU a packet ÷ Janus's", HOLD_RATIO, row["ratio_to_janus"]),
        Hold("loss at the busiest", HOLD_LOSS, busiest["bangban"]["loss"]),
        Hold("CPU a packet ÷ Janus's at the busiest", HOLD_RATIO, busiest["ratio_to_janus"]),
        Hold("p99 in ms", HOLD_P99_MS, row["bangban"]["latency_p99_ms"]),
        Hold("p99 of the quiet service in ms", HOLD_P99_MS, quiet["latency_p99_ms"]),
        Hold("loss of the quiet service", HOLD_LOSS, quiet["loss"]),
        Hold("p99 of the busy service in ms", HOLD_BUSY_P99_MS, busy["latency_p99_ms"]),
        Hold("loss of the busy service", HOLD_LOSS, busy["loss"]),
        Hold("calls set up while it was busy", disturbance.CALLS, meanwhile, at_least=True),
    ]


def one_round(server: str, rate: int) -> dict[str, float]:
    """Measure one server at one rate, from start to stop."""
    processors.release()
    certificate = Certificate.generate()
    count = int(rate / PAIRS * (WARM_UP_SECONDS + SECONDS))
    pairs = [
        Pair(
            Peer(certificate, namespace.HOST), Peer(certificate, namespace.HOST), StreamPlan(1000 + k, count)
        )
        for k in range(PAIRS)
    ]
    if server == "janus":
        with janus.running(namespace.HOST) as peer:
            for number, pair in enumerate(pairs):
                peer.connect(pair.publisher, pair.subscriber, pair.plan.ssrc, 100 + number)
            return _loaded(pairs, rate, peer.pid, number_id=None)
    with bangban.running(namespace.HOST) as media:
        media.connect(
            [(pair.publisher, pair.subscriber, pair.plan.ssrc) for pair in pairs],
            recorded=server != "bangban_unrecorded",
        )
        number_id = None if server == "bangban_untold" else bangban.NUMBER_ID
        return _loaded(pairs, rate, media.pid, number_id=number_id)


def _loaded(pairs: list[Pair], rate: int, pid: int, *, number_id: int | None) -> dict[str, float]:
    processors.pin(pid)
    cpu: list[float] = []
    read: Callable[[], None] = lambda: cpu.append(cpu_seconds(pid))  # noqa: E731
    [result] = Load(pairs, rate, number_id=number_id).run([Window(SECONDS, start=read, stop=read)])
    for pair in pairs:
        pair.publisher.close()
        pair.subscriber.close()
    return asdict(result) | {"cpu_us_per_packet": (cpu[1] - cpu[0]) / max(1, result.received) * 1e6}


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of all threads of a process."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat") as stat:
            total += int(stat.read().split()[0])
    return total / 1e9


def _medians(rows: list[dict[str, float]]) -> dict[str, float]:
    return {name: round(statistics.median(row[name] for row in rows), 4) for name in rows[0]}


def _ratio(medians: dict[str, dict[str, float]], one: str, other: str) -> float | None:
    """Return the CPU of one ÷ that of another, or None when either lost too much for a comparison."""
    if any(medians[name]["loss"] >= LOSS_THAT_COUNTS for name in (one, other)):
        return None
    return round(medians[one]["cpu_us_per_packet"] / medians[other]["cpu_us_per_packet"], 3)


def table(figures: dict[str, Any]) -> str:
    """Return the figures as lines for people."""
    lines = [f"{'packets/s':>10} {'server':>18} {'µs/packet':>10} {'loss':>8} {'p50 ms':>8} {'p99 ms':>8}"]
    for row in figures["rates"]:
        for name in SERVERS:
            one = row[name]
            lines.append(
                f"{row['packets_per_s']:>10} {name:>18} {one['cpu_us_per_packet']:>10.1f} {one['loss']:>8.4%}"
                f" {one['latency_p50_ms']:>8.2f} {one['latency_p99_ms']:>8.2f}"
            )
        lines.append(
            f"{'':>10} ratio to janus: {row['ratio_to_janus']}, without recording"
            f" {row['ratio_unrecorded_to_janus']}; to subscribers that tell nothing: {row['ratio_to_untold']}"
        )
    lines.append("of a packet's µs, each part alone:")
    lines += [f"{figure:>10.2f} {part}" for part, figure in figures["parts_us_per_packet"].items()]
    lines.append(f"the whole service, beside {figures['service']['disturbed_by']}:")
    for name in ("undisturbed", "disturbed"):
        one = figures["service"][name]
        lines.append(
            f"{figures['service']['packets_per_s']:>10} {name:>19} {one['loss']:>8.4%}"
            f" {one['latency_p50_ms']:>8.2f} {one['latency_p99_ms']:>8.2f}"
        )
    return "\n".join(lines)
