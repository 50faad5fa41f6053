"""Divide what one line carries among the pictures sent on it: what each gets, and what all could use.

The most important ones first: each gets its lowest step if that fits, then each as high a step as fits. Down
at once; up only after the room was there for 15 s, and longer each time that it proved too little, so that
nothing flaps. A picture that the line never pushed down rises at once: calls begin, and small tiles become
large, without a wait.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

UP_AFTER_S: Final = 15.0
"""For so long the room has to be there."""

LONGEST_UP_S: Final = 120.0
"""The wait is doubled each time that a step up did not last, up to this."""

LASTED_S: Final = 30.0
"""A step up that is taken back sooner did not last."""

ROOM: Final = 1.2
"""Part of its rate that has to be free before a step up is taken: pictures change, and so do lines."""

LOOKED_FOR: Final = 1.3
"""Part of that rate and its room for which the line is probed: a probe finds a little less than it sends,
and none is sent for less than a tenth more than is known."""

TOLERANCE: Final = 1.2
"""Part of the estimate that may be used before a step down: it may be 0.85 of what arrives without harm."""

NOTHING: Final = -1
"""The step of what is held back."""


class Step(NamedTuple):
    """One way to send a picture.

    Attributes:
        layer: index of the encoding, lowest first.
        temporal: its highest temporal layer.
        bps: what it costs, in bits a second.
    """

    layer: int
    temporal: int
    bps: float


@dataclass(frozen=True, slots=True)
class Need:
    """One picture that is to be sent.

    Attributes:
        key: whose it is, the same each time.
        rank: the least is the most important; what has the same rank goes by order.
        steps: ways to send it, lowest first, at least one; what its viewer does not need is left out.
    """

    key: Hashable
    rank: int
    steps: tuple[Step, ...]


class Allocation(NamedTuple):
    """What is decided.

    Attributes:
        chosen: the step of each key; None: held back.
        wanted_bps: what the line should be probed up to; 0 when everything that is needed is sent.
    """

    chosen: Mapping[Hashable, Step | None]
    wanted_bps: int


@dataclass(slots=True)
class _Past:
    """What one picture got, and what the line did to it."""

    step: Step | None
    pushed_down: bool = False
    wait_s: float = UP_AFTER_S
    raised_at: float | None = None
    room_since: float | None = None
    room_for: int = NOTHING
    """The least step that there was room for since."""


@dataclass(slots=True)
class Allocator:
    """The allocation of one line; ask it again whenever something may have changed, at least each second."""

    _past: dict[Hashable, _Past] = field(default_factory=dict)

    def decide(self, needs: Sequence[Need], budget_bps: float | None, now: float) -> Allocation:
        """Return what each picture gets from now on.

        Args:
            budget_bps: what the line carries beside sound; None: nobody can tell, so nothing is held back.
        """
        ordered = sorted(needs, key=lambda need: need.rank)
        self._past = {need.key: self._past.get(need.key) or _Past(None) for need in ordered}
        tops = [len(need.steps) - 1 for need in ordered]
        if budget_bps is None:
            return self._adopt(ordered, tops, tops, now)
        caps = [min(self._index(need), top) for need, top in zip(ordered, tops, strict=True)]
        kept = _divide(ordered, caps, budget_bps * TOLERANCE)
        for need, at, cap in zip(ordered, kept, caps, strict=True):
            past = self._past[need.key]
            if at < cap and past.step is not None:  # what never began has nothing to flap
                self._push_down(past, now)
        possible = _divide(ordered, tops, budget_bps / ROOM)
        return self._adopt(ordered, self._raise(ordered, kept, possible, budget_bps, now), tops, now)

    def _index(self, need: Need) -> int:
        """Return the step that a picture has now, among those there are: the next lower one, or the least."""
        past = self._past[need.key]
        step = past.step
        if step is None:
            return NOTHING if past.pushed_down else 0
        held = (step.layer, step.temporal)
        lower = [at for at, each in enumerate(need.steps) if (each.layer, each.temporal) <= held]
        return lower[-1] if lower else 0

    def _push_down(self, past: _Past, now: float) -> None:
        if past.raised_at is not None:
            lasted = now - past.raised_at >= LASTED_S
            past.wait_s = UP_AFTER_S if lasted else min(2 * past.wait_s, LONGEST_UP_S)
            past.raised_at = None
        past.pushed_down = True
        past.room_since = None

    def _raise(
        self, needs: list[Need], kept: list[int], possible: list[int], budget_bps: float, now: float
    ) -> list[int]:
        """Return the steps with those raised for which there was room long enough."""
        chosen = list(kept)
        for place, need in enumerate(needs):
            past = self._past[need.key]
            if possible[place] <= chosen[place]:
                past.room_since = None
                continue
            if past.room_since is None:
                past.room_since, past.room_for = now, possible[place]
            past.room_for = min(past.room_for, possible[place])
            if past.pushed_down and now - past.room_since < past.wait_s:
                continue
            raised = list(chosen)
            raised[place] = past.room_for
            if _cost(needs, raised) * ROOM > budget_bps:
                # There is room where the others have no more than they would get afresh.
                lowered = [min(one, other) for one, other in zip(chosen, possible, strict=True)]
                for other, to in enumerate(lowered):
                    if to < chosen[other]:
                        self._push_down(self._past[needs[other].key], now)
                raised = lowered
                raised[place] = past.room_for
            chosen = raised
            past.raised_at = now if past.pushed_down else None
            past.room_since = None
        return chosen

    def _adopt(self, needs: list[Need], chosen: list[int], tops: list[int], now: float) -> Allocation:
        given: dict[Hashable, Step | None] = {}
        for need, at, top in zip(needs, chosen, tops, strict=True):
            step = need.steps[at] if at != NOTHING else None
            past = self._past[need.key]
            past.step = given[need.key] = step
            if at == top and past.raised_at is not None and now - past.raised_at >= LASTED_S:
                past.pushed_down, past.raised_at, past.wait_s = False, None, UP_AFTER_S
        is_full = all(at == top for at, top in zip(chosen, tops, strict=True))
        return Allocation(given, 0 if is_full else int(_cost(needs, tops) * ROOM * LOOKED_FOR))


def _divide(needs: list[Need], caps: list[int], budget_bps: float) -> list[int]:
    """Return the step of each need, never above its cap: to all the lowest, then up by importance.

    The most important picture always has its lowest: by it the line is known at all.
    """
    left = budget_bps
    chosen = [NOTHING] * len(needs)
    for place, need in enumerate(needs):
        if place == 0 or (caps[place] != NOTHING and need.steps[0].bps <= left):
            chosen[place] = 0
            left -= need.steps[0].bps
    for place, need in enumerate(needs):
        if chosen[place] == NOTHING:
            continue
        start = need.steps[0].bps
        for at in range(1, caps[place] + 1):
            if need.steps[at].bps - start <= left:
                chosen[place] = at
        left -= need.steps[chosen[place]].bps - start
    return chosen


def _cost(needs: list[Need], chosen: list[int]) -> float:
    return sum(need.steps[at].bps for need, at in zip(needs, chosen, strict=True) if at != NOTHING)
