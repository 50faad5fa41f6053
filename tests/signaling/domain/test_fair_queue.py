"""A queue in which a crowd keeps nobody waiting but itself."""

from hypothesis import given
from hypothesis import strategies as st

from signaling.domain.fair_queue import OURS, FairQueue, Lane

HOME = Lane("device", known=True)


def lane(number: int) -> Lane:
    return Lane(f"10.0.0.{number}", known=False)


def emptied(queue: FairQueue[str]) -> list[str]:
    found = []
    while (work := queue.take()) is not None:
        found.append(work)
    return found


def test_lanes_take_turns() -> None:
    queue = FairQueue[str](size=10, per_lane=5)
    for work in ("a1", "a2", "a3"):
        assert queue.put(lane(1), work) is None
    assert queue.put(lane(2), "b1") is None
    assert queue.put(lane(3), "c1") is None
    assert emptied(queue) == ["a1", "b1", "c1", "a2", "a3"]


def test_known_devices_come_first() -> None:
    queue = FairQueue[str](size=10, per_lane=5)
    queue.put(lane(1), "a1")
    queue.put(HOME, "mine")
    queue.put(OURS, "ours")
    assert emptied(queue) == ["mine", "ours", "a1"]


def test_the_longest_lane_gives_way_when_the_queue_is_full() -> None:
    queue = FairQueue[str](size=4, per_lane=3)
    for number in range(3):
        queue.put(lane(1), f"a{number}")
    assert queue.put(lane(1), "a3") == "a3", "its own lane is full"
    assert queue.put(lane(2), "b0") is None
    assert queue.put(lane(3), "c0") == "a2"
    assert queue.put(HOME, "mine") == "a1"
    assert queue.put(lane(4), "d0") == "d0", "everybody has one: nobody gives way"
    assert emptied(queue) == ["mine", "a0", "b0", "c0"]


@given(
    st.lists(st.one_of(st.none(), st.tuples(st.integers(0, 5), st.booleans())), max_size=200),
    st.integers(1, 6),
    st.integers(1, 4),
)
def test_nothing_is_lost_and_the_bounds_hold(
    script: list[tuple[int, bool] | None], size: int, per_lane: int
) -> None:
    queue = FairQueue[int](size=size, per_lane=per_lane)
    inside: set[int] = set()
    for number, step in enumerate(script):
        if step is None:
            taken = queue.take()
            assert (taken is None) == (not inside)
            inside -= {taken}
        else:
            refused = queue.put(Lane(str(step[0]), known=step[1]), number)
            inside = (inside | {number}) - {refused}
        assert len(queue) == len(inside) <= size
