"""Tokens of sign-ins and pads: what is kept of a secret that only its holder knows."""

import hashlib


def token_digest(token: str) -> str:
    """Return how a credential of 256 random bits is kept: SHA-256 is enough, there is nothing to guess."""
    return hashlib.sha256(token.encode()).hexdigest()
