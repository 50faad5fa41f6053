"""Debian's Firefox with fake devices."""

import contextlib
from collections.abc import Iterator

from tests.browser.puppets import Puppet, puppet
from tests.browser.windows import KEEP_CONNECTIONS

FIREFOX = "/usr/bin/firefox-esr"
PREFERENCES = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "permissions.default.camera": 1,
    "permissions.default.microphone": 1,
    "permissions.default.desktop-notification": 2,
    "media.gmp-manager.updateEnabled": False,  # would download OpenH264
    "intl.accept_languages": "zh-CN",
}
SOUND_CARD = """
AudioContext.prototype.resume = async () => {};
Object.defineProperty(AudioContext.prototype, "state", { get: () => "running" });
"""
"""Stands for the sound card that test machines lack: without one Firefox's `resume` waits for ever."""


@contextlib.contextmanager
def firefox(*, loopback: bool) -> Iterator[Puppet]:
    """Run headless Firefox.

    Args:
        loopback: let ICE use loopback addresses, which Firefox does not do by itself.
    """
    options = {
        "browser": "firefox",
        "executablePath": FIREFOX,
        "headless": True,
        "extraPrefsFirefox": PREFERENCES | {"media.peerconnection.ice.loopback": loopback},
    }
    with puppet(options, KEEP_CONNECTIONS + SOUND_CARD) as window:
        yield window
