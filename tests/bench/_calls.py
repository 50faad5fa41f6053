"""One side of a call at the media level: two transports as native peers, streams both ways."""

import asyncio
import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.bench._peer import Certificate, Peer, Remote
from tests.bench._people import Meeting, Person
from tests.bench._rtp import Kind, receivable, sent_parameters

HANDSHAKES = 20
_handshakes = ThreadPoolExecutor(HANDSHAKES, "handshake")


@dataclass(slots=True)
class Side:
    """A person in a call, whose `sending` and `receiving` peers are connected."""

    person: Person
    call_id: str
    sending: Peer
    receiving: Peer
    _transports: dict[str, str]
    _capabilities: dict[str, object]
    _mids: "itertools.count[int]"

    @classmethod
    async def join(cls, person: Person, call_id: str, certificate: Certificate, host: str) -> "Side":
        """Join the call and connect both transports.

        Args:
            host: local address of the peers; the server must offer the same one.
        """
        snapshot = await person.do("call.join", call_id=call_id)
        peers = {direction: Peer(certificate, host) for direction in ("send", "recv")}
        transports = {
            direction: await _transport(person, call_id, direction, peer, host)
            for direction, peer in peers.items()
        }
        capabilities = receivable(snapshot["media"]["router_rtp_capabilities"])
        return cls(person, call_id, peers["send"], peers["recv"], transports, capabilities, itertools.count())

    async def produce(self, track: str, kind: Kind, ssrc: int) -> str:
        """Announce a stream; return its producer id."""
        produced = await self.person.do(
            "media.produce",
            call_id=self.call_id,
            transport_id=self._transports["send"],
            track=track,
            rtp_parameters=sent_parameters(kind, ssrc, str(next(self._mids))),
        )
        return str(produced["producer_id"])

    async def consume(self, producer_id: str) -> None:
        """Have somebody's stream sent here."""
        consumed = await self.person.do(
            "media.consume",
            call_id=self.call_id,
            transport_id=self._transports["recv"],
            producer_id=producer_id,
            rtp_capabilities=self._capabilities,
        )
        await self.person.do(
            "media.resume_consumer", call_id=self.call_id, consumer_id=consumed["consumer_id"]
        )

    def close(self) -> None:
        """Give the sockets back."""
        self.sending.close()
        self.receiving.close()


async def _transport(person: Person, call_id: str, direction: str, peer: Peer, host: str) -> str:
    made = await person.do("media.create_transport", call_id=call_id, direction=direction)
    fingerprint = {"algorithm": "sha-256", "value": peer.certificate.fingerprint}
    await person.do(
        "media.connect_transport",
        call_id=call_id,
        transport_id=made["transport_id"],
        dtls_parameters={"role": "client", "fingerprints": [fingerprint]},
    )
    candidate = next(
        one for one in made["ice_candidates"] if one["protocol"] == "udp" and one["address"] == host
    )
    ice = made["ice_parameters"]
    remote = Remote((host, candidate["port"]), ice["usernameFragment"], ice["password"], "server")
    await asyncio.get_running_loop().run_in_executor(_handshakes, peer.connect, remote)
    return str(made["transport_id"])


async def join_both(meeting: Meeting, certificate: Certificate, host: str) -> tuple[Side, Side]:
    """Have clerk and specialist join their call at the same time."""
    clerk, specialist = await asyncio.gather(
        Side.join(meeting.clerk, meeting.call_id, certificate, host),
        Side.join(meeting.specialist, meeting.call_id, certificate, host),
    )
    return clerk, specialist
