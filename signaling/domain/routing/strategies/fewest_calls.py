"""Offer to whoever took the fewest calls today."""

from signaling.domain.routing.model import Candidate, Request


def fewest_calls(request: Request, candidate: Candidate) -> tuple[float, ...]:
    """Rank by today's calls, then by how long they are free."""
    return (float(candidate.calls_today), candidate.idle_since)
