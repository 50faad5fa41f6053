"""Offer to whoever has been free the longest: fair, and the default."""

from signaling.domain.routing.model import Candidate


def longest_idle(candidate: Candidate, preferred: bool) -> tuple[float, ...]:
    """Rank by when the candidate last became free."""
    return (candidate.standing.idle_since,)
