"""Figures for /metrics: what the media processes carry, as far as they answer."""

from pathlib import Path

from prometheus_client import generate_latest

from signaling.web.metrics import WebMetrics
from tests.rtc_server.server.host import hosted
from tests.signaling.web.house import House, open_house


async def figures(house: House) -> str:
    anybody = await house.somebody()
    return str((await anybody.ask("GET", "/metrics")).decode())


async def test_what_the_media_process_carries_is_shown(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.running.ports.media.create_router("call-1", None)
        shown = await figures(house)
        epoch = house.media.epoch
        assert f'bangban_media_routers{{epoch="{epoch}"}} 1.0' in shown
        assert f'bangban_media_drops{{epoch="{epoch}",reason="egress_full"}} 2.0' in shown


async def test_a_media_process_that_does_not_answer_is_left_out_at_once(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.running.ports.media.create_router("call-1", None)
        house.media.called.clear()
        house.media.hang_up()
        await house.media.called.wait()
        shown = await figures(house)
        assert "bangban_sockets" in shown
        assert "bangban_media_routers{" not in shown


async def test_a_real_media_process_has_every_figure() -> None:
    metrics = WebMetrics()
    async with hosted() as on:
        await on.client.request("router.create", {"routerId": "r"})
        metrics.media([await on.client.request("stats")])
    assert (
        f'bangban_media_routers{{epoch="{on.client.epoch}"}} 1.0'
        in generate_latest(metrics.registry).decode()
    )
