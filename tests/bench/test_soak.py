"""What the soak makes of its looks at the processes."""

import random

import pytest

from tests.bench.soak import ROLES, Look, figures_of, holds_of
from tests.support.leaks.probed import Held


def looks(
    growth: dict[str, float] | None = None, *, pages: float = 0, noise: int = 0, left: int = 0, tasks: int = 0
) -> list[Look]:
    """Return looks each 20 calls: a process takes a megabyte in the first 100 and then `growth` a call.

    Args:
        pages: what SQLite takes of it a call.
    """
    chance = random.Random(7)
    found = []
    for calls in range(20, 520, 20):
        held = {}
        for role in ROLES:
            late = (growth or {}).get(role, 0.0) * max(0, calls - 100)
            size = 50_000_000 + min(calls, 100) * 10_000 + late + chance.randint(-noise, noise)
            sqlite = round(pages * calls)
            held[role] = Held(
                round(size), sqlite, ["run"] * (1 + tasks * (calls > 300)), ["MainThread"], {}, []
            )
        objects = {"routers": 0, "consumers": left if calls == 500 else 0}
        found.append(Look(calls, held, dict.fromkeys(ROLES, 60_000_000), objects))
    return found


def broken(found: list[Look]) -> list[str]:
    return [hold.name for hold in holds_of(figures_of(found, sent=1, received=1)) if not hold.held]


def test_caches_that_fill_in_the_first_calls_and_noise_are_no_leak() -> None:
    assert broken(looks(noise=100_000)) == []


@pytest.mark.parametrize("role", ROLES)
def test_a_leak_of_two_kilobytes_is_found_in_any_process(role: str) -> None:
    found = looks({role: 2100.0}, noise=1000)
    assert broken(found) == [f"bytes a call in the {role} process"]
    figures = figures_of(found, sent=1, received=1)["processes"][role]
    assert figures["heap_bytes_a_call"] == pytest.approx(2100, rel=0.05)


def test_pages_that_sqlite_keeps_within_its_own_bound_are_no_leak() -> None:
    assert broken(looks({"signaling": 2500.0}, pages=1000.0, noise=1000)) == []
    assert broken(looks({"signaling": 3500.0}, pages=1000.0)) == ["bytes a call in the signaling process"]


def test_objects_of_media_that_stay_are_not_held() -> None:
    assert broken(looks(left=1)) == ["objects left in the media process"]


def test_tasks_that_stay_are_not_held() -> None:
    assert broken(looks(tasks=1)) == [f"tasks left in the {role} process" for role in ROLES]
