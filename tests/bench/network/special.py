"""Rows that need more than a line: a firewall that lets only TCP pass, or TURN over TLS; a third person."""

import asyncio
import socket
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Playwright

from rtc_server.server.client import MediaClient
from signaling.compose.certificates import ensure_certificate
from tests.bench.network.product import HERE, Blocked, House, Met, house
from tests.bench.network.watching import TAKE, Seen
from tests.browser.product import free_port
from tests.browser.test_network import trust
from tests.browser.test_turn import coturn
from tests.browser.windows import launch
from tests.rtc_server.media import stage as stages
from tests.support.impairment import Impairment
from tests.support.udp_relay import UdpRelay

Figures = dict[str, Any]
WATCHED_S: Final = 8.0
SETTLED_S: Final = 6.0
BAD: Final = Impairment(rate_bps=80_000, delay_ms=100, loss=0.05, queue_ms=300)
_PATHS: Final = """
Promise.all(window.__connections.filter((one) => one.connectionState === "connected").map(async (one) => {
  const rows = await one.getStats();
  const transport = [...rows.values()].find((row) => row.type === "transport");
  const ours = rows.get(rows.get(transport.selectedCandidatePairId).localCandidateId);
  return ours.relayProtocol ?? ours.protocol;
}))
"""


def _connected(meeting: Met) -> Figures:
    """Return how the clerk's media goes, and how long it took to connect."""
    seen = Seen()
    seen.add(meeting.clerk.probe(TAKE), 0.0)
    return {"connected_s": seen.connected_s(), "over": meeting.clerk.probe(_PATHS)}


def udp_blocked(playwright: Playwright, more: tuple[str, ...]) -> Figures:
    """Only TCP leads from the counter to the media port."""
    browser = launch(playwright, more=more)
    try:
        with house(browser) as place:
            return _only(place, Blocked.UDP, "tcp")
    finally:
        browser.close()


def only_turns(playwright: Playwright, more: tuple[str, ...]) -> Figures:
    """Only TLS leads from the counter to the TURN server, and nothing to the media port."""
    with tempfile.TemporaryDirectory(prefix="bangban-bench-") as kept:
        folder = Path(kept)
        files = ensure_certificate(folder / "tls", [HERE], ["localhost"])
        port = free_port(socket.SOCK_STREAM)
        settings = {
            "DATA_DIR": str(folder / "data"),
            "TURN_URLS": f"turns:localhost:{port}?transport=tcp",
            "TURN_PORT": str(port),
            "TURN_LISTEN_ADDRESSES": HERE,
            "TURN_SECRET": "a secret of the benchmark's own",
            "TLS_CERTIFICATE": str(files.certificate),
            "TLS_KEY": str(files.key),
            "MEDIA_LISTEN_ADDRESSES": HERE,
        }
        told = {name: settings[name] for name in ("TURN_URLS", "TURN_SECRET")}
        told["ICE_TRANSPORT_POLICY"] = "relay"
        browser = launch(playwright, more=(*more, trust(files.authority)))
        try:
            with coturn(settings, folder, port), house(browser, told) as place:
                return _only(place, Blocked.MEDIA, "tls")
        finally:
            browser.close()


def _only(place: House, blocked: Blocked, expected: str) -> Figures:
    with place.call(blocked=blocked) as meeting:
        found = _connected(meeting)
        if any(path != expected for path in found["over"]):
            raise RuntimeError(f"media goes another way: {found['over']}")
        return found


class _Through:
    """A media process whose candidates lead through another port."""

    def __init__(self, client: MediaClient, port: int) -> None:
        self._client, self._port = client, port

    async def request(self, method: str, parameters: Mapping[str, Any] | None = None) -> dict[str, Any]:
        answer = dict(await self._client.request(method, dict(parameters or {})))
        for candidate in answer.get("iceCandidates", ()):
            candidate["port"] = self._port
        return answer


def two_receivers(_playwright: Playwright, _more: tuple[str, ...]) -> Figures:
    """One camera, a receiver on a good line, and a second one on a bad line."""
    with ThreadPoolExecutor(1) as beside:  # this thread's loop is Playwright's
        return beside.submit(asyncio.run, _two_receivers()).result()


async def _two_receivers() -> Figures:
    stages.build_page()
    async with (
        stages.media_process(enable_tcp=False) as client,
        stages.page_origin() as origin,
        stages.chromium() as browser,
    ):
        [bound] = (await client.request("stats"))["sockets"]
        async with UdpRelay((HERE, bound["port"]), seed=7) as relay:
            relay.uplink = relay.downlink = BAD
            stage = stages.Stage(client)
            await stage.open()
            behind = stages.Stage(_Through(client, relay.port))  # type: ignore[arg-type]
            behind.capabilities = stage.capabilities
            behind.numbers = stage.numbers
            sender = await stage.enter(browser, origin, "sender")
            good = await stage.enter(browser, origin, "good")
            bad = await behind.enter(browser, origin, "bad")
            camera = await sender.produce("video", width=640, height=360)
            shown = await good.consume(camera)
            await good.more_frames(shown, 30)
            await asyncio.sleep(SETTLED_S)
            alone = await _received(good, shown)
            other = await bad.consume(camera)
            await bad.more_frames(other, 1)
            await asyncio.sleep(SETTLED_S)
            beside, badly = await asyncio.gather(_received(good, shown), _received(bad, other))
    share = min(beside[name] / alone[name] for name in ("fps", "kbps"))
    return {"alone": alone, "beside_a_bad_one": beside, "the_bad_one": badly, "good_share": round(share, 3)}


async def _received(actor: stages.Actor, consumer_id: str) -> dict[str, float]:
    """Return what a receiver gets in a while."""
    before = await actor.call("consumerStats", consumer_id)
    await asyncio.sleep(WATCHED_S)
    after = await actor.call("consumerStats", consumer_id)
    frames = after["framesDecoded"] - before["framesDecoded"]
    octets = after["bytesReceived"] - before["bytesReceived"]
    seconds = (after["timestamp"] - before["timestamp"]) / 1000
    return {
        "fps": round(frames / seconds, 2),
        "kbps": round(octets * 8 / seconds / 1000),
        "height": after["frameHeight"],
    }


ROWS: Final[Mapping[str, Callable[[Playwright, tuple[str, ...]], Figures]]] = {
    "udp_blocked": udp_blocked,
    "only_turns": only_turns,
    "two_receivers": two_receivers,
}
