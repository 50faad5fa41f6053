"""Control beside pictures that wait: it has a way of its own, so a full line of media does not hold it up."""

import socket
import statistics
import time
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Playwright

from tests.browser.controlled import Controlled, controlled
from tests.browser.lines import HERE, leading
from tests.browser.product import free_port
from tests.support.bad_line import bad_line
from tests.support.impairment import Impairment
from tests.support.until import until
from tests.support.x_witness import KEY_PRESS, KEY_RELEASE, Witness, witness

pytestmark = pytest.mark.system("xvfb", "openbox", "chromium")

FULL: Final = Impairment(rate_bps=24_000, queue_ms=2_000)
"""Less than the voice alone needs: whatever the pictures give way, two seconds of media wait."""
WAITS_MS: Final = 1_000
"""What everything sent on the full line takes at least; control has to be far from it."""
KEYS: Final = 30


def test_control_does_not_wait_for_a_full_line_of_media(playwright: Playwright, tmp_path: Path) -> None:
    port = free_port(socket.SOCK_DGRAM)
    settings = {"MEDIA_PORT": str(port), "MEDIA_LISTEN_ADDRESSES": HERE}
    with (
        bad_line(udp=[port], tcp=[port]) as line,
        controlled(playwright, tmp_path / "beside", settings=settings, script=leading(line)) as scene,
    ):
        box = scene.grant()
        with witness(scene.screen, (300, 200, 1200, 700)) as application:
            scene.specialist.window.page.mouse.click(*scene.seen_at(box, 900, 550))  # takes the keyboard
            _pressed(scene, application)
            alone = [_pressed(scene, application) for _ in range(KEYS)]
            line.be(uplink=FULL, downlink=FULL)
            until(lambda: min(one.queue_full for one in line.tallies()) > 0, what="a full line both ways")
            before = line.tallies()
            beside = [_pressed(scene, application) for _ in range(KEYS)]
            after = line.tallies()
            line.be()
        for was, now in zip(before, after, strict=True):
            assert now.queue_full > was.queue_full, "the line was not full all the while"
        keys = [one.kind for one in application.of(KEY_PRESS, KEY_RELEASE)]
        assert keys == [KEY_PRESS, KEY_RELEASE] * (2 * KEYS + 1)
        assert statistics.median(beside) < WAITS_MS / 10, (alone, beside)
        assert max(beside) < WAITS_MS, (alone, beside)


def _pressed(scene: Controlled, application: Witness) -> float:
    """Press a key and let it go; return the ms from the specialist's hand to the application."""
    came = len(application.of(KEY_RELEASE))
    began = time.monotonic()
    scene.specialist.window.page.keyboard.press("a")
    until(lambda: len(application.of(KEY_RELEASE)) > came, what="a key", patience_s=10)
    return (application.of(KEY_PRESS)[came].at - began) * 1_000
