"""A noisy counter in a real browser: what is suppressed there arrives so at the other side.

The microphone is a file: speech-like bursts over a hiss that never ends.
"""

import math
import random
import struct
import wave
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean

import pytest
from playwright.sync_api import Browser, Playwright, expect

from tests.browser.people import Clerk, Specialist
from tests.browser.product import Product
from tests.browser.windows import Window, launch, wait_for

RATE = 48_000
TURN_S = 3.0
"""A burst of speech of 1.2 s, then the hiss alone."""
SPEECH_S = 1.2
HISS = 0.03
FORMANTS = ((700, 110), (1220, 120), (2600, 170))
"""Of an open vowel, in Hz: middle and width."""
LESS_NOISE_DB = 10.0

DEAF = """
const open = MediaDevices.prototype.getUserMedia;
MediaDevices.prototype.getUserMedia = async function (wanted) {
  if (!wanted.audio || !window.__deaf) return open.call(this, wanted);
  return new AudioContext().createMediaStreamDestination().stream;
};
window.__deaf = location.pathname === "/enter";
"""
"""A microphone whose plug is out: silence to the last bit, until `__deaf` is taken back."""

SENT = """
(() => {
  const all = window.__connections.flatMap((one) => one.getSenders()).map((sender) => sender.track);
  return all.filter((track) => track?.readyState === "live").map((track) => track.label);
})()
"""
LOUDNESS = """
(async () => {
  const heard = window.__connections.flatMap((one) => one.getReceivers()).map((receiver) => receiver.track)
    .filter((track) => track.kind === "audio" && track.readyState === "live").at(-1);
  const audio = new AudioContext();
  const analyser = new AnalyserNode(audio, { fftSize: 2048 });
  audio.createMediaStreamSource(new MediaStream([heard])).connect(analyser);
  const samples = new Float32Array(2048);
  const levels = [];
  for (let at = 0; at < 180; at += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    analyser.getFloatTimeDomainData(samples);
    levels.push(10 * Math.log10(samples.reduce((sum, one) => sum + one * one, 0) / 2048 + 1e-10));
  }
  await audio.close();
  return levels.sort((one, other) => one - other);
})()
"""
"""Levels of three turns, in dBFS, the lowest first."""


def hall(seconds: float) -> Iterator[float]:
    """A voice with a moving pitch that comes and goes, in a hiss, −1…1."""
    chance = random.Random(7)
    phase = 0.0
    for index in range(int(seconds * RATE)):
        at = index / RATE
        sample = chance.gauss(0, HISS / 3)
        within = at % TURN_S
        if within < SPEECH_S:
            pitch = 120 + 25 * math.sin(2 * math.pi * 0.9 * at)
            phase += pitch / RATE
            mouth = 0.5 - 0.5 * math.cos(2 * math.pi * 4 * within)
            sample += 0.5 * mouth * voice(phase, pitch)
        yield max(-1.0, min(1.0, sample))


def voice(phase: float, pitch: float) -> float:
    """The harmonics of a throat, as loud as the mouth lets them through."""
    total = 0.0
    for number in range(1, 26):
        hz = number * pitch
        strength = sum(1 / (1 + ((hz - middle) / width) ** 2) for middle, width in FORMANTS)
        total += strength / number**0.5 * math.sin(2 * math.pi * number * phase)
    return total / 4


@pytest.fixture(scope="module")
def noisy(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser whose microphone stands in a noisy hall."""
    path = tmp_path_factory.mktemp("hall") / "hall.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(b"".join(struct.pack("<h", int(one * 32767)) for one in hall(2 * TURN_S)))
    browser = launch(playwright, more=(f"--use-file-for-fake-audio-capture={path}",))
    yield browser
    browser.close()


def contrast(window: Window) -> tuple[float, float]:
    """Return how loud the speech arrives, in dBFS, and how far the hiss lies below it, in dB."""
    levels = window.probe(LOUDNESS)
    hiss = fmean(levels[len(levels) // 10 : len(levels) // 3])
    speech = fmean(levels[-len(levels) // 6 :])
    return speech, speech - hiss


def switch(clerk: Clerk, effect: str) -> None:
    """Switch one on or off in the person's menu."""
    clerk.window.by("person-menu").click()
    clerk.window.by(f"menu-{effect}").click()


def test_noise_is_left_at_the_counter(
    product: Product, noisy: Browser, headless: Browser, shots: Path
) -> None:
    specialist = Specialist.arrive(headless, product)
    specialist.go_online()
    clerk = Clerk.arrive(noisy, product, devices=DEAF)

    # A microphone that gives nothing at all is told apart from one that nobody speaks into.
    clerk.window.probe("void (window.__deaf = true)")
    clerk.window.by("device-test").click()
    finding = clerk.window.by("microphone-finding")
    expect(finding).to_have_attribute("data-finding", "flat", timeout=15_000)
    clerk.window.screenshot(shots / "effects-flat.png")
    clerk.window.probe("void (window.__deaf = false)")
    look_at_the_switches(clerk.window, shots)
    clerk.window.by("switch-noise").click()
    clerk.window.by("switch-noise").click()
    expect(finding).to_have_attribute("data-finding", "heard", timeout=15_000)
    clerk.choose_devices()

    clerk.find()
    clerk.start()
    specialist.accept()
    clerk.is_connected()
    clerk.has_on("bar-microphone")
    clerk.has_on("bar-camera")
    specialist.window.until_hears_and_sees(videos=1)
    raw = sorted(clerk.window.probe(SENT))
    _, before = contrast(specialist.window)

    switch(clerk, "noise")
    wait_for(lambda: sorted(clerk.window.probe(SENT)) != raw, clerk.window.page, what="another sound")
    speech, after = contrast(specialist.window)
    print(f"speech over hiss: {before:.1f} dB before, {after:.1f} dB with RNNoise; speech {speech:.1f} dBFS")
    assert after >= before + LESS_NOISE_DB
    assert speech > -45

    # Off again: the microphone itself, opened anew with the browser's own suppression.
    switch(clerk, "noise")
    wait_for(
        lambda: sorted(clerk.window.probe(SENT)) == raw, clerk.window.page, what="the microphone's own sound"
    )


def look_at_the_switches(window: Window, shots: Path) -> None:
    """Keep pictures of both switches, in both languages and sizes."""
    for language in ("en", "zh-CN"):
        window.by("language-switch").click()
        expect(window.page.locator("html")).to_have_attribute("lang", language)
        for width, height in ((1366, 768), (390, 844)):
            window.page.set_viewport_size({"width": width, "height": height})
            for effect in ("blur", "noise"):
                window.by(f"effect-{effect}").scroll_into_view_if_needed()
                window.screenshot(shots / f"effects-{effect}-{language}-{width}.png")
    window.page.set_viewport_size({"width": 1366, "height": 768})
