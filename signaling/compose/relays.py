"""Whether the TURN servers that browsers are told relay: an allocation is asked for and given back."""

import asyncio
import ssl
import time
from typing import Final

from signaling.config import Settings, load_secrets
from turn.credentials import issue
from turn.probe import TurnProbeError, allocate

PATIENCE_S: Final = 2.0
"""Longest wait of a page that asks; a server that needs longer helps no call either."""
_CREDENTIAL_S: Final = 60.0


async def ask_relay(settings: Settings, url: str, *, user: str, patience_s: float = PATIENCE_S) -> None:
    """Have one TURN server allocate as it would for a browser; raises TurnProbeError when it does not.

    Args:
        user: whom the server's quota counts.
    """
    credential = issue(load_secrets(settings).turn, user=user, now=time.time(), lifetime_s=_CREDENTIAL_S)
    await allocate(url, credential, tls=_trust(settings), patience_s=patience_s)


async def any_relays(settings: Settings) -> bool:
    """Return whether at least one TURN server that browsers are told relays now."""
    return any(await asyncio.gather(*(_relays(settings, url) for url in settings.turn_urls)))


async def _relays(settings: Settings, url: str) -> bool:
    try:
        await ask_relay(settings, url, user="readiness")
    except TurnProbeError:
        return False
    return True


def _trust(settings: Settings) -> ssl.SSLContext:
    """Return the authorities of this machine, and the local one where there is one."""
    context = ssl.create_default_context()
    authority = settings.data_dir / "tls" / "authority.crt"
    if authority.exists():
        context.load_verify_locations(authority)
    return context
