"""The pure parts of the benchmarks count right."""

import json
import math
from collections import Counter

import pytest

from tests.bench._holds import Hold, finish
from tests.bench._processes import Memory, parse_smaps, together
from tests.bench._statistics import percentile

SMAPS = """\
7f0000000000-7f0000002000 r-xp 00000000 fe:00 1234                       /usr/lib/libx.so
Size:                  8 kB
Rss:                   8 kB
Pss:                   4 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me
7f0000002000-7f0000003000 rw-p 00002000 fe:00 1234                       /usr/lib/libx.so
Rss:                   4 kB
Pss:                   4 kB
Anonymous:             4 kB
7f0000004000-7f0000009000 rw-p 00000000 00:00 0
Rss:                  12 kB
Pss:                  12 kB
Anonymous:            12 kB
"""


def test_smaps_are_split_into_own_memory_and_files() -> None:
    anonymous, files, pss = parse_smaps(SMAPS)
    assert (anonymous, files, pss) == (16 * 1024, Counter({"/usr/lib/libx.so": 8 * 1024}), 20 * 1024)


def test_a_library_of_two_processes_counts_once() -> None:
    one = Memory("media", 100, Counter({"x": 30, "y": 5}), 0)
    two = Memory("worker", 50, Counter({"x": 20}), 0)
    assert together([one, two]) == 100 + 50 + 30 + 5
    assert (one.rss, two.rss) == (135, 70)


@pytest.mark.parametrize(("share", "value"), [(0.5, 20), (0.95, 38), (0.99, 40), (0.0, 1)])
def test_percentiles_of_forty(share: float, value: float) -> None:
    assert percentile(range(1, 41), share) == value


def test_no_values_have_no_percentile() -> None:
    assert math.isnan(percentile([], 0.5))


@pytest.mark.parametrize(
    ("hold", "held"),
    [
        (Hold("below", 2.0, 1.0), True),
        (Hold("not below", 2.0, 2.0), False),
        (Hold("missing", 2.0, None), False),
        (Hold("no number", 2.0, math.nan), False),
        (Hold("enough", 2.0, 2.0, at_least=True), True),
        (Hold("too few", 2.0, 1.9, at_least=True), False),
        (Hold("none at all", 2.0, None, at_least=True), False),
    ],
)
def test_what_is_missing_or_no_number_is_not_held(hold: Hold, held: bool) -> None:
    assert hold.held is held


def test_a_benchmark_ends_with_what_it_holds(capsys: pytest.CaptureFixture[str]) -> None:
    holds = [Hold("loss", 1.0, 0.5), Hold("calls", 10, 9, at_least=True), Hold("ratio", 1.5, math.nan)]
    assert finish({"packets": 7}, holds, str, json=True) == 1
    printed = capsys.readouterr()
    assert json.loads(printed.out) == {
        "packets": 7,
        "holds": [
            {"name": "loss", "limit": 1.0, "value": 0.5, "held": True},
            {"name": "calls", "limit": 10, "value": 9, "held": False},
            {"name": "ratio", "limit": 1.5, "value": None, "held": False},
        ],
    }
    assert [line.partition(":")[0] for line in printed.err.splitlines()] == ["calls", "ratio"]
    assert finish({}, holds[:1], str, json=False) == 0
