"""Our media process as the load sees it: started by the product's command, told what to do by its channel."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rtc_server.server.client import MediaClient
from rtc_server.tap_commands import TAP_OPENINGS, TRACK_TAGS, OpenTap, TrackTags
from tests.bench._peer import Peer, Remote
from tests.bench._rtp import receivable, sent_parameters

DOES = (
    "one port, ICE-lite, statistics, NACK cache, transport-cc feedback every 50 ms, "
    "sender and receiver reports, a recording journal of every stream; "
    "an estimate of each subscriber's line from feedback every 100 ms, and a paced sender"
)
NUMBER_ID = 5
"""Of the transport-wide number towards subscribers: the router's."""
START_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class MediaProcess:
    """A running media process."""

    pid: int
    control: str
    folder: str

    def connect(self, pairs: list[tuple[Peer, Peer, int]], *, recorded: bool = True) -> None:
        """Make a router per pair, with one VP8 producer and its consumer, and connect all peers.

        Args:
            pairs: publisher, subscriber and the SSRC the publisher sends.
        """
        asyncio.run(self._connect(pairs, recorded))

    async def _connect(self, pairs: list[tuple[Peer, Peer, int]], recorded: bool) -> None:
        async with MediaClient.connect(self.control) as client:
            for number, (publisher, subscriber, ssrc) in enumerate(pairs):
                name = f"bench{number}"
                tap = TAP_OPENINGS.write(OpenTap(os.path.join(self.folder, name), name))
                options = {"routerId": name} | ({"tap": tap} if recorded else {})
                router = await client.request("router.create", options)
                await self._pair(client, name, router, publisher, subscriber, ssrc)

    async def _pair(
        self,
        client: MediaClient,
        name: str,
        router: dict[str, Any],
        publisher: Peer,
        subscriber: Peer,
        ssrc: int,
    ) -> None:
        await self._transport(client, name, f"{name}-send", "send", publisher)
        await client.request(
            "producer.create",
            {
                "transportId": f"{name}-send",
                "producerId": f"{name}-video",
                "kind": "video",
                "rtpParameters": sent_parameters("video", ssrc),
                "appData": TRACK_TAGS.write(TrackTags(name, "camera", 1, True)),
                "paused": False,
            },
        )
        await self._transport(client, name, f"{name}-recv", "recv", subscriber)
        await client.request(
            "consumer.create",
            {
                "transportId": f"{name}-recv",
                "consumerId": f"{name}-consumer",
                "producerId": f"{name}-video",
                "rtpCapabilities": receivable(router["rtpCapabilities"]),
                "paused": False,
            },
        )

    async def _transport(
        self, client: MediaClient, router: str, name: str, direction: str, peer: Peer
    ) -> None:
        made = await client.request(
            "transport.create",
            {"routerId": router, "transportId": name, "direction": direction, "sctp": False},
        )
        fingerprint = {"algorithm": "sha-256", "value": peer.certificate.fingerprint}
        await client.request(
            "transport.connect",
            {"transportId": name, "dtlsParameters": {"role": "client", "fingerprints": [fingerprint]}},
        )
        candidate = next(c for c in made["iceCandidates"] if c["protocol"] == "udp")
        ice = made["iceParameters"]
        remote = Remote(
            (candidate["address"], candidate["port"]), ice["usernameFragment"], ice["password"], "server"
        )
        await asyncio.to_thread(peer.connect, remote)


@contextlib.contextmanager
def running(host: str) -> Iterator[MediaProcess]:
    """Start the media process on the address `host`; stop it and drop its journals afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        environ = os.environ | {
            "BANGBAN_DATA_DIR": folder,
            "BANGBAN_MEDIA_LISTEN_ADDRESSES": host,
            "BANGBAN_MEDIA_PORT": "41000",
            "BANGBAN_LOG_LEVEL": "warning",
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "signaling", "media"],
            env=environ,
            stdout=subprocess.DEVNULL,
            stderr=sys.stderr,
        )
        try:
            yield MediaProcess(process.pid, _control(folder, process), folder)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _control(folder: str, process: subprocess.Popen[bytes]) -> str:
    from signaling.config import load

    path = load({"data_dir": folder}).media_socket(0)
    deadline = time.monotonic() + START_SECONDS
    while not Path(path).exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("the media process did not start")
        time.sleep(0.05)
    return str(path)
