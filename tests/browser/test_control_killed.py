"""Remote control of a counter with two monitors whose helper, page and server are killed."""

from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from tests.bench.control.kills import killed
from tests.browser.controlled import controlled

pytestmark = pytest.mark.system("xvfb", "openbox", "xterm", "chromium")


def test_a_second_monitor_is_found_and_what_is_killed_in_mid_keypress_leaves_no_key_down(
    playwright: Playwright, tmp_path: Path
) -> None:
    """Helper, page and server are killed in turn; the benchmark does it twenty times each."""
    with controlled(playwright, tmp_path, two_monitors=True) as scene:
        scene.grant("pointer")
        left, top, width, height = scene.shared
        for x, y in ((left + 100, top + 100), (left + width - 11, top + height - 11)):
            scene.click(x, y)
        scene.clerk.window.by("control-revoke").click()
        scene.understand()
        stayed = {what: figures["worst_s"] for what, figures in killed(scene, 1).items()}
    assert {what: worst for what, worst in stayed.items() if worst >= 1.0} == {}
