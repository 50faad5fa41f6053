"""Offer in turn: to whoever was offered a call the longest ago."""

from signaling.domain.routing.model import Candidate, Request


def round_robin(request: Request, candidate: Candidate) -> tuple[float, ...]:
    """Rank by when the candidate was last offered any call."""
    return (candidate.last_offered_at,)
