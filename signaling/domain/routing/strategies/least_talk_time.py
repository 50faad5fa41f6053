"""Offer to whoever talked the least today."""

from signaling.domain.routing.model import Candidate, Request


def least_talk_time(request: Request, candidate: Candidate) -> tuple[float, ...]:
    """Rank by today's seconds in calls, then by how long they are free."""
    return (candidate.talk_today_s, candidate.idle_since)
