"""The registry of strategies: how the admitted are ranked; the lowest key is offered the call first.

A strategy is one file with one pure function `(candidate, preferred) -> tuple of floats` and its line here;
`preferred` says whether it is whom the request prefers, and is all a rank may know of the request: everybody
else is ranked once for all calls of a round. Ties are broken by `staff_id`, so that the same inputs always
give the same choice.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from signaling.domain.routing.model import Candidate
from signaling.domain.routing.strategies.fewest_calls import fewest_calls
from signaling.domain.routing.strategies.least_talk_time import least_talk_time
from signaling.domain.routing.strategies.longest_idle import longest_idle
from signaling.domain.routing.strategies.preferred_then_idle import preferred_then_idle
from signaling.domain.routing.strategies.round_robin import round_robin
from signaling.domain.routing.strategies.skill_level_first import skill_level_first

Strategy: TypeAlias = Callable[[Candidate, bool], tuple[float, ...]]

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


def spoken(strategy: str, *, preferred: bool) -> str:
    """Return the strategy that somebody chosen by it is told as the reason."""
    return "longest_idle" if strategy == "preferred_then_idle" and not preferred else strategy
