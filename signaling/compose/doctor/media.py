"""The media processes: alive, and reachable at what they tell browsers.

A transport of our own is made in each, and every candidate it offers is asked as a browser would ask. Where
no process answers, its ports are tried instead.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterable
from typing import Any, Final

from rtc_server.errors import MediaError
from rtc_server.server.reach import answers_check, is_free, would_listen_on
from signaling.adapters.media.plane import connect_to
from signaling.compose.doctor.report import Finding, advice, fine, mend
from signaling.compose.media import announced
from signaling.compose.media_tls import control_tls
from signaling.compose.ports import given_away_here
from signaling.config import Settings, load_secrets
from signaling.config.announced import written

CHECK: Final = "media"
REACHED: Final = "reachable"
PATIENCE_S: Final = 3.0


class Media:
    """The checks of all media processes.

    Attributes:
        told: addresses that browsers get, of those that answered; for the check of what they mean.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.told: list[str] = []

    async def findings(self) -> AsyncIterator[Finding]:
        """Ask every process."""
        for index, endpoint in enumerate(self._settings.media_endpoints()):
            try:
                candidates = await asyncio.wait_for(self._candidates(endpoint), 2 * PATIENCE_S)
            except (MediaError, OSError, TimeoutError):
                yield mend(CHECK, "media_silent", endpoint=endpoint)
                if endpoint.startswith("unix:"):
                    for finding in self._ports(index):
                        yield finding
                continue
            yield fine(CHECK, "media_answers", endpoint=endpoint)
            for finding in candidates:
                yield finding
        port = self._settings.media_port
        if given_away_here(port, port + self._settings.media_processes - 1):
            yield advice(CHECK, "port_given_away", port=port)

    async def _candidates(self, endpoint: str) -> list[Finding]:
        secret = load_secrets(self._settings).media_control
        router = f"doctor-{secrets.token_hex(8)}"
        connect = connect_to(endpoint, secret, process=router, tls=control_tls(self._settings))
        async with connect() as client:
            await client.request("router.create", {"routerId": router})
            try:
                made = await client.request(
                    "transport.create",
                    {"routerId": router, "transportId": router, "direction": "recv", "sctp": False},
                )
                self.told += [one["address"] for one in made["iceCandidates"]]
                asked = [answers_check(one, made["iceParameters"]) for one in made["iceCandidates"]]
                reached = await asyncio.gather(*asked)
            finally:
                await client.request("router.close", {"routerId": router})
        return [_of_candidate(one, ok) for one, ok in zip(made["iceCandidates"], reached, strict=True)]

    def _ports(self, index: int) -> Iterable[Finding]:
        """Say which ports of a process that is not there cannot be bound, and what it would tell browsers."""
        local = would_listen_on(
            self._settings.media_listen_addresses, loopback=self._settings.media_include_loopback
        )
        self.told += [address for address, _ in announced(self._settings)] or local
        for address in local:
            port = self._settings.media_port + index
            if not is_free(address, port):
                yield mend(CHECK, "port_taken", where=written(address, port))


def _of_candidate(candidate: dict[str, Any], reached: bool) -> Finding:
    where = written(candidate["address"], candidate["port"])
    if reached:
        return fine(REACHED, "candidate_answers", where=where, protocol=candidate["protocol"].upper())
    return mend(REACHED, "candidate_silent", where=where, protocol=candidate["protocol"].upper())
