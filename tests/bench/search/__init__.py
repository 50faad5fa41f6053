"""`./dev bench search`: how often plain speech finds its item, what sessions teach, and what a query costs.

`lines.tsv` holds lines written for this benchmark, from nobody's catalogue: what people at counters of
mountain villages say (`speech`), what is typed (`typing`), and what no item is about (`elsewhere`). Every
other line of an item is of the half that weights, temperatures and bounds were chosen on; no figure is taken
from it but the cross-validation (`fitting`): weights are chosen on four fifths of it and judged on the fifth.

The floor is a plain TF-IDF over characters. What is learned is simulated: sessions say lines of other folds,
one in twenty with a wrong item, and the held lines are asked; said again are those sessions' own lines with a
character lost. The model is the real one, in its process.
"""

import asyncio
import hashlib
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final

from signaling.adapters.sentences.process import SentenceProcess, is_installed
from signaling.demo.samples import sample_items
from signaling.domain.items import Item
from signaling.domain.search.index import ItemIndex
from signaling.domain.search.learned import LearnedLine
from signaling.domain.search.meaning import Similar
from signaling.domain.search.passages import terms
from signaling.domain.search.terms import TermIndex
from signaling.domain.search.text import grams, normalise
from signaling.services.meaning import MeaningState
from tests.bench._holds import Hold, finish
from tests.bench.search.fitting import FOLDS, Channels, folds

AMONG: Final = (1, 3, 5)
SESSIONS: Final = (10, 100, 1000)
CLERKS: Final = 40
WRONG: Final = 0.05
REPEATS: Final = 2
ASKED: Final = 200
PEER_QUIET_MS: Final = 12.0
"""What the peer of the latency (`_peer`) takes on a quiet core of the machine the bounds were set on."""
EXAMPLE: Final = ("爹在昆明住院,钱是自己垫的", "YB-003")
"""What the README has people type, and the item it has them take."""
HOLDS: Final = {"first": 67.0, "three": 84.0, "five": 90.0}
"""Percent of held speech."""


@dataclass(frozen=True, slots=True)
class Line:
    """A labelled line; `code` is "-" when no item is meant, `chosen_on` its half."""

    kind: str
    text: str
    code: str
    chosen_on: bool


def read_lines() -> list[Line]:
    """Return the lines; of each item's and kind's every other one is chosen on."""
    seen: dict[tuple[str, str], int] = defaultdict(int)
    found = []
    for row in (Path(__file__).parent / "lines.tsv").read_text("utf-8").splitlines():
        if row.startswith("#"):
            continue
        kind, text, code = row.split("\t")
        found.append(Line(kind, text, code, chosen_on=seen[kind, code] % 2 == 0))
        seen[kind, code] += 1
    return found


def run(*, json: bool) -> int:
    """Run the benchmark; prints one JSON object when asked, else a table."""
    if not is_installed():
        print("the extra `search` is not installed: there is no model to measure", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="bangban-bench-") as folder:
        figures = asyncio.run(measure(Path(folder)))
    return finish(figures, holds_of(figures), table, json=json)


async def measure(folder: Path) -> dict[str, Any]:
    """Return every figure."""
    lines, items = read_lines(), sample_items()
    index = ItemIndex(items)
    said = [*(line.text for line in lines), EXAMPLE[0]]
    sentences = SentenceProcess(folder, patience=30.0)
    life = asyncio.create_task(sentences.run())
    print(f"comparing {len(index.texts)} passages and {len(said)} lines", file=sys.stderr)
    started = time.monotonic()
    sentences.compare_with(list(dict.fromkeys([*index.texts, *said])))
    while sentences.state is not MeaningState.READY or not sentences._knows_all():  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    embedding_s = time.monotonic() - started
    similar = {text: (await sentences.similar(normalise(text))) or {} for text in dict.fromkeys(said)}
    cost = await _cost(index, sentences, said)
    life.cancel()
    await asyncio.wait({life})
    held = [line for line in lines if not line.chosen_on]
    return {
        "lines": {
            kind: sum(line.kind == kind for line in lines) for kind in ("speech", "typing", "elsewhere")
        },
        "held": _found(index, held, similar),
        "example_place": 1 + _rank(index, Line("speech", *EXAMPLE, False), similar[EXAMPLE[0]]),
        "sure": _sureness(index, held, similar),
        **_fitting(lines, items, similar),
        "learned": _learned(index, lines, similar),
        "embedding_s": round(embedding_s, 1),
        "cost": cost,
    }


def holds_of(figures: dict[str, Any]) -> list[Hold]:
    """Return what is held."""
    hybrid, floor, words = (figures["held"]["speech"][name] for name in ("hybrid", "floor", "words"))
    validated = figures["cross_validated"]["hybrid"]
    cost, learned = figures["cost"], figures["learned"]
    slow = max(1.0, cost["peer_p95_ms"] / PEER_QUIET_MS)
    return [
        *(Hold(f"speech found: {name}, %", HOLDS[name], hybrid[name], at_least=True) for name in HOLDS),
        *(
            Hold(f"above the floor: {name}, points", 8.0, hybrid[name] - floor[name], at_least=True)
            for name in HOLDS
        ),
        *(
            Hold(
                f"words alone above the floor: {name}, points", 0.0, words[name] - floor[name], at_least=True
            )
            for name in HOLDS
        ),
        *(
            Hold(f"speech found, weights of other folds: {name}, %", limit, validated[name], at_least=True)
            for name, limit in HOLDS.items()
        ),
        Hold("place of the README's item", 1.5, figures["example_place"]),
        Hold("typing found first, %", 90.0, figures["held"]["typing"]["hybrid"]["first"], at_least=True),
        Hold(
            "typing found among three, %", 93.0, figures["held"]["typing"]["hybrid"]["three"], at_least=True
        ),
        Hold("sure answers that are right, %", 80.0, figures["sure"]["right"], at_least=True),
        Hold(
            "lost to 1,000 sessions' lines, points",
            2.0,
            learned["none"]["three"] - learned["1000"]["three"],
        ),
        Hold(
            "lost to the first 100 sessions' lines, points",
            2.0,
            learned["none"]["three"] - learned["100"]["three"],
        ),
        Hold(
            "said again after 1,000 sessions: first, %", 80.0, learned["said_again"]["first"], at_least=True
        ),
        Hold(f"query p95, ms, on a machine {slow:.1f} × as slow", 60.0 * slow, cost["query_p95_ms"]),
        Hold("loop held up by searching: p99, ms", 25.0 * slow, cost["loop_p99_ms"]),
    ]


def _shares(ranks: Iterable[int]) -> dict[str, float]:
    """Return percents of ranks (from 0) among the first, three and five."""
    every = list(ranks)
    return {
        name: round(100 * sum(rank < among for rank in every) / max(1, len(every)), 1)
        for name, among in zip(HOLDS, AMONG, strict=True)
    }


def _rank(index: ItemIndex, line: Line, similar: Similar | None) -> int:
    codes = [hit.code for hit in index.search(line.text, limit=1000, similar=similar).found]
    return codes.index(line.code) if line.code in codes else 1000


def _found(index: ItemIndex, lines: Sequence[Line], similar: Mapping[str, Similar]) -> dict[str, Any]:
    floor = TermIndex([terms(item) for item in sample_items()])
    numbers = {item.code: number for number, item in enumerate(sample_items())}
    figures: dict[str, Any] = {}
    for kind in ("speech", "typing"):
        of_kind = [line for line in lines if line.kind == kind]
        figures[kind] = {
            "floor": _shares(_floor_rank(floor, line, numbers[line.code]) for line in of_kind),
            "words": _shares(_rank(index, line, None) for line in of_kind),
            "hybrid": _shares(_rank(index, line, similar[line.text]) for line in of_kind),
        }
    return figures


def _floor_rank(floor: TermIndex, line: Line, own: int) -> int:
    """Return the place of a line's item by characters alone; what shares none with it is last."""
    gains = {number: sum(of.values()) for number, of in floor.gains(grams(normalise(line.text))).items()}
    return sum(gain >= gains[own] for gain in gains.values()) - 1 if own in gains else 1000


def _fitting(lines: Sequence[Line], items: Sequence[Item], similar: Mapping[str, Similar]) -> dict[str, Any]:
    """Return how speech that is chosen on is found by weights of other folds, and those of all of it."""
    speech = [(line.text, line.code) for line in lines if line.kind == "speech" and line.chosen_on]
    channels = Channels(items, speech, similar)
    return {
        "cross_validated": {"hybrid": _shares(channels.cross_validated())},
        "weights": channels.weights(),
    }


def _sureness(index: ItemIndex, lines: Sequence[Line], similar: Mapping[str, Similar]) -> dict[str, float]:
    """Return how often the search is sure, how often rightly, and how often about nothing of ours."""
    answers = [(line, index.search(line.text, limit=3, similar=similar[line.text])) for line in lines]
    ours = [(line, answer) for line, answer in answers if line.code != "-"]
    sure = [(line, answer) for line, answer in ours if answer.sure]
    wrongly = [answer.sure for line, answer in answers if line.code == "-"]
    return {
        "share": round(100 * len(sure) / len(ours), 1),
        "right": round(100 * statistics.mean(answer.found[0].code == line.code for line, answer in sure), 1),
        "about_nothing_of_ours": round(100 * statistics.mean(wrongly), 1),
    }


def _learned(index: ItemIndex, lines: Sequence[Line], similar: Mapping[str, Similar]) -> dict[str, Any]:
    """Return how held speech is found after sessions that said other lines, and their own once more."""
    speech = [line for line in lines if line.kind == "speech"]
    fold_of = folds(len(speech))
    codes = sorted({line.code for line in speech})
    chance = random.Random(66)
    ranks: dict[str, list[int]] = defaultdict(list)
    for fold, count, _ in product(range(FOLDS), (0, *SESSIONS), range(REPEATS)):
        others = [line for line, of in zip(speech, fold_of, strict=True) if of != fold]
        sessions = [chance.choice(others) for _ in range(count)]
        taught = index.taught(_session(number, line, codes, chance) for number, line in enumerate(sessions))
        asked = [line for line, of in zip(speech, fold_of, strict=True) if of == fold and not line.chosen_on]
        ranks[str(count) if count else "none"] += [_rank(taught, line, similar[line.text]) for line in asked]
        if count == SESSIONS[-1]:
            again = chance.sample(sessions, 40)
            ranks["said_again"] += [_rank(taught, _mumbled(line, chance), None) for line in again]
            ranks["said_again_untaught"] += [_rank(index, _mumbled(line, chance), None) for line in again]
    return {name: _shares(found) for name, found in ranks.items()}


def _session(number: int, line: Line, codes: Sequence[str], chance: random.Random) -> LearnedLine:
    code = chance.choice(codes) if chance.random() < WRONG else line.code
    return LearnedLine(f"{number}", code, line.text, f"clerk-{chance.randrange(CLERKS)}", float(number))


def _mumbled(line: Line, chance: random.Random) -> Line:
    at = chance.randrange(len(line.text))
    return Line(line.kind, line.text[:at] + line.text[at + 1 :], line.code, line.chosen_on)


async def _cost(index: ItemIndex, sentences: SentenceProcess, said: Sequence[str]) -> dict[str, Any]:
    """Return milliseconds of a whole query, of a peer between them, and by how much the loop was late."""
    queries: list[float] = []
    peers: list[float] = []
    late: list[float] = []
    done = asyncio.Event()
    watch = asyncio.create_task(_watch_loop(late, done))
    for number, text in enumerate(said[:ASKED]):
        asked = f"{text} {number}"  # none is remembered
        started = time.perf_counter()
        index.search(asked, limit=8, similar=await sentences.similar(asked))
        queries.append(1000 * (time.perf_counter() - started))
        peers.append(await asyncio.to_thread(_peer))
    done.set()
    await watch
    return {
        "query_p50_ms": round(statistics.median(queries), 1),
        "query_p95_ms": round(_percentile(queries, 95), 1),
        "peer_p50_ms": round(statistics.median(peers), 1),
        "peer_p95_ms": round(_percentile(peers, 95), 1),
        "loop_p99_ms": round(_percentile(late, 99), 1),
    }


async def _watch_loop(late: list[float], done: asyncio.Event) -> None:
    """Note by how many milliseconds a timer of one is late, until done."""
    while not done.is_set():
        started = time.perf_counter()
        await asyncio.sleep(0.001)
        late.append(1000 * (time.perf_counter() - started) - 1.0)


def _peer() -> float:
    """Return milliseconds of a fixed piece of work that has nothing to do with searching."""
    started = time.perf_counter()
    hashlib.pbkdf2_hmac("sha256", b"peer", b"salt", 20_000)
    return 1000 * (time.perf_counter() - started)


def _percentile(values: Sequence[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


def table(figures: dict[str, Any]) -> str:
    """Return the figures as lines for people."""
    rows = [f"{'held lines':<34}{'first':>8}{'three':>8}{'five':>8}"]
    for kind, of in figures["held"].items():
        rows += [_row(f"{kind}, {name}", shares) for name, shares in of.items()]
    rows.append(_row("speech, hybrid, cross-validated", figures["cross_validated"]["hybrid"]))
    rows += [_row(f"sessions learned: {name}", shares) for name, shares in figures["learned"].items()]
    sure, cost = figures["sure"], figures["cost"]
    rows.append(f"sure {sure['share']} %, right then {sure['right']} %")
    rows.append(
        f"a query {cost['query_p50_ms']} ms, p95 {cost['query_p95_ms']}; loop late p99 {cost['loop_p99_ms']}"
    )
    return "\n".join(rows)


def _row(name: str, shares: Mapping[str, float]) -> str:
    return f"{name:<34}" + "".join(f"{shares[one]:>8.1f}" for one in HOLDS)
