"""Offer in turn: to whoever was offered a call the longest ago."""

from signaling.domain.routing.model import Candidate


def round_robin(candidate: Candidate, preferred: bool) -> tuple[float, ...]:
    """Rank by when the candidate was last offered any call."""
    return (candidate.standing.last_offered_at,)
