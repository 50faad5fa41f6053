"""The registry of strategies: how the eligible are ranked; the lowest key is offered the call first.

A strategy is one file with one pure function `(request, candidate) -> tuple of floats` and its line here.
Ties are broken by
`staff_id`, so that the same inputs always give the same choice.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from signaling.domain.routing.model import Candidate, Request
from signaling.domain.routing.strategies.fewest_calls import fewest_calls
from signaling.domain.routing.strategies.least_talk_time import least_talk_time
from signaling.domain.routing.strategies.longest_idle import longest_idle
from signaling.domain.routing.strategies.preferred_then_idle import preferred_then_idle
from signaling.domain.routing.strategies.round_robin import round_robin
from signaling.domain.routing.strategies.skill_level_first import skill_level_first

Strategy: TypeAlias = Callable[[Request, Candidate], tuple[float, ...]]

STRATEGIES: Final[Mapping[str, Strategy]] = MappingProxyType(
    {
        "longest_idle": longest_idle,
        "fewest_calls": fewest_calls,
        "least_talk_time": least_talk_time,
        "round_robin": round_robin,
        "skill_level_first": skill_level_first,
        "preferred_then_idle": preferred_then_idle,
    }
)
