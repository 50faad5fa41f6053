"""Offer to whoever has been free the longest: fair, and the default."""

from signaling.domain.routing.model import Candidate, Request


def longest_idle(request: Request, candidate: Candidate) -> tuple[float, ...]:
    """Rank by when the candidate last became free."""
    return (candidate.idle_since,)
