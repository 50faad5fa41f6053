"""Offer to whoever took the fewest calls today."""

from signaling.domain.routing.model import Candidate


def fewest_calls(candidate: Candidate, preferred: bool) -> tuple[float, ...]:
    """Rank by today's calls, then by how long they are free."""
    return (float(candidate.standing.calls_today), candidate.standing.idle_since)
