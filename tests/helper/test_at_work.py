"""The packed helper at a desktop: what the X server and the helper's own files show."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import ImageGrab

from tests.helper.at_work import KEY, Specialist, helper_process, holds_within, specialist
from tests.helper.server import Double, helper_server
from tests.helper.x_screen import Hardware, desktop_screen, is_down, pointer, split_in_two
from tests.support.processes import descendants
from web_client.helper import build, settings, wire
from web_client.helper.effects import Button, Key
from web_client.helper.envelope import Frame, write
from web_client.helper.vocabulary import Chord, Reason, Refusal, Scope, State
from web_client.helper.x11.clipboard import Clipboard
from web_client.helper.x11.display import Display

pytestmark = pytest.mark.system("xvfb", "openbox")

BANNER = (0xB3, 0x26, 0x1E)
DOWN_A = wire.KeyDown("KeyA", "a")


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[Double]:
    async with helper_server(tmp_path / "tls") as made:
        yield made


@asynccontextmanager
async def granted(server: Double, screen: str, folder: Path, *scopes: Scope) -> AsyncIterator[Specialist]:
    async with specialist(server, screen, folder) as one:
        await one.be_granted(*scopes)
        yield one


async def test_without_a_grant_nothing_is_pressed(
    server: Double, screen: str, x: Display, tmp_path: Path
) -> None:
    async with specialist(server, screen, tmp_path) as one:
        await one.say(DOWN_A)
        assert (await one.link.hear(wire.NotDone)).code is Refusal.NO_GRANT
        assert not is_down(x, Key("KeyA"))


async def test_keys_and_pointer_arrive_in_order(
    server: Double, screen: str, x: Display, tmp_path: Path
) -> None:
    async with granted(server, screen, tmp_path) as one:
        await one.say(wire.KeyDown("ShiftLeft", "Shift"), DOWN_A, wire.PointerDown(0, *one.at(1439, 899)))
        assert (await one.done()).held == 3
        assert pointer(x)[:2] == (1439, 899)
        assert all(is_down(x, what) for what in (Key("ShiftLeft"), Key("KeyA"), Button.LEFT))
        await one.say(wire.ReleaseAll())
        assert (await one.done()).held == 0
        assert not any(is_down(x, what) for what in (Key("ShiftLeft"), Key("KeyA"), Button.LEFT))


async def test_a_helper_killed_in_mid_keypress_leaves_no_key_down_after_a_second(
    server: Double, screen: str, x: Display, tmp_path: Path
) -> None:
    async with granted(server, screen, tmp_path) as one:
        await one.say(wire.KeyDown("ControlLeft", "Control"), DOWN_A, wire.PointerDown(2, *one.at(5, 5)))
        await one.done()
        held = [Key("ControlLeft"), Key("KeyA"), Button.RIGHT]
        assert all(is_down(x, what) for what in held)
        one.process.kill()
        await holds_within(1.0, lambda: not any(is_down(x, what) for what in held))


async def test_a_helper_that_is_stopped_leaves_no_key_down(
    server: Double, screen: str, x: Display, tmp_path: Path
) -> None:
    async with granted(server, screen, tmp_path) as one:
        await one.say(DOWN_A)
        await one.done()
        one.process.send_signal(signal.SIGSTOP)
        try:
            await holds_within(5.0, lambda: not is_down(x, Key("KeyA")))
        finally:
            one.process.send_signal(signal.SIGCONT)


def running() -> set[int]:
    """Return the ids of all processes."""
    return {int(name) for name in os.listdir("/proc") if name.isdecimal()}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=str)
async def test_a_helper_that_is_ended_releases_and_goes_with_its_watchdog(
    server: Double, screen: str, x: Display, tmp_path: Path, number: signal.Signals
) -> None:
    async with granted(server, screen, tmp_path) as one:
        await one.say(DOWN_A)
        await one.done()
        below = list(descendants(one.process.pid))
        assert len(below) == 1
        one.process.send_signal(number)
        assert await one.process.wait() == 0
        assert not is_down(x, Key("KeyA"))
        assert below[0] not in running()


async def test_a_watchdog_that_is_lost_ends_the_grant_and_another_starts(
    server: Double, screen: str, x: Display, tmp_path: Path
) -> None:
    async with granted(server, screen, tmp_path) as one:
        await one.say(DOWN_A)
        await one.done()
        [dog] = descendants(one.process.pid)
        os.kill(dog, signal.SIGKILL)
        ended = await one.link.hear(wire.Status, past=1)
        assert (ended.state, ended.reason) == (State.REVOKED, Reason.WATCHDOG_LOST)
        assert not is_down(x, Key("KeyA"))
        await one.be_granted(name="g2")
        await one.say(DOWN_A)
        assert (await one.done()).held == 1


async def test_a_socket_that_is_lost_releases_within_a_tenth_of_a_second_and_revokes(
    server: Double, screen: str, x: Display, tmp_path: Path
) -> None:
    async with granted(server, screen, tmp_path) as one:
        await one.say(DOWN_A)
        await one.done()
        one.link.cut()
        await holds_within(0.1, lambda: not is_down(x, Key("KeyA")))
        again = await server.link()
        await again.hear(wire.Geometry)
        await again.say(DOWN_A)
        assert (await again.hear(wire.NotDone)).code is Refusal.NO_GRANT


async def test_local_input_suspends_within_100_ms(
    server: Double, screen: str, x: Display, hardware: Hardware, tmp_path: Path
) -> None:
    async with granted(server, screen, tmp_path) as one:
        await one.say(DOWN_A)
        await one.done()
        hardware.move(2, 2)
        await holds_within(0.1, lambda: not is_down(x, Key("KeyA")))
        paused = await one.link.hear(wire.Status, past=1)
        assert (paused.state, paused.reason) == (State.PAUSED_LOCAL, Reason.LOCAL_INPUT)
        await one.say(wire.PointerMove(*one.at(700, 700)))
        await one.done()
        assert pointer(x)[:2] != (700, 700)
        await one.done()
        assert (await one.link.hear(wire.Status, past=2)).state is State.GRANTED
        await one.say(wire.PointerMove(*one.at(700, 700)))
        await one.done()
        assert pointer(x)[:2] == (700, 700)


async def test_local_input_suspends_within_100_ms_in_the_thick_of_events(
    server: Double, screen: str, x: Display, hardware: Hardware, tmp_path: Path
) -> None:
    async with granted(server, screen, tmp_path) as one:
        moves = [wire.PointerMove(*one.at(100 + step, 300)) for step in range(90)]
        await one.say(DOWN_A, *moves)
        await holds_within(1.0, lambda: is_down(x, Key("KeyA")))
        hardware.key("KeyB")
        await holds_within(0.1, lambda: not is_down(x, Key("KeyA")))


async def test_escape_three_times_ends_it_and_takes_everything_away(
    server: Double, screen: str, x: Display, hardware: Hardware, tmp_path: Path
) -> None:
    async with granted(server, screen, tmp_path) as one:
        await one.say(wire.Draw(1, (one.at(100, 600)[:2], one.at(1300, 600)[:2]), one.geometry.rev), DOWN_A)
        await one.done()
        assert colours(screen) >= {BANNER, (0xE6, 0x00, 0x12)}
        for _ in range(3):
            hardware.key("Escape")
        await one.link.hear(wire.Status, past=1)
        ended = one.link.all(wire.Status)[-1]
        if ended.state is State.PAUSED_LOCAL:
            ended = await one.link.hear(wire.Status, past=2)
        assert (ended.state, ended.reason) == (State.REVOKED, Reason.ESCAPED)
        assert not is_down(x, Key("KeyA"))
        await holds_within(1.0, lambda: not colours(screen) & {BANNER, (0xE6, 0x00, 0x12)})


def colours(screen: str) -> set[object]:
    """Return what is seen on the middle column and the line at 600."""
    with ImageGrab.grab(xdisplay=screen) as picture:
        return {picture.getpixel((x, y)) for x, y in ((600, 2), (700, 600))}


async def test_a_thousand_events_a_second_pause_politely_and_lose_no_key_up(
    server: Double, screen: str, x: Display, tmp_path: Path
) -> None:
    async with granted(server, screen, tmp_path) as one:
        for step in range(500):
            await one.say(DOWN_A, wire.PointerMove(*one.at(100 + step, 300)), wire.KeyUp("KeyA", "a"))
            if step % 100 == 0:
                await one.say(wire.Heartbeat())
        paused = await one.link.hear(wire.Status, past=1)
        assert (paused.state, paused.reason) == (State.PAUSED_RATE, Reason.TOO_FAST)
        assert (await one.done()).held == 0
        assert not is_down(x, Key("KeyA"))
        calmed = await one.link.hear(wire.Status, past=2)
        assert (calmed.state, calmed.reason) == (State.GRANTED, Reason.CALMED)
        await one.say(DOWN_A)
        assert (await one.done()).held == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (write(Frame("g1", 1, DOWN_A)), Refusal.OUT_OF_ORDER),  # replayed
        (write(Frame("g1", 9, DOWN_A)), Refusal.OUT_OF_ORDER),
        (write(Frame("g0", 1, DOWN_A)), Refusal.STALE_GRANT),
        (write(Frame("g1", 3, DOWN_A)).replace('"v":1', '"v":2'), Refusal.UNKNOWN_VERSION),
        (write(Frame("g1", 3, wire.PointerMove(0.5, 0.5, 1))).replace("0.5", "1.5"), Refusal.BAD_FIELD),
        ('{"v":1,"g":"g1","s":3,"t":"file","name":"../../x"}', Refusal.UNKNOWN_TYPE),
        ("汉" * 43_690, Refusal.MALFORMED),
        ("\x00", Refusal.MALFORMED),
    ],
)
async def test_a_server_that_lies_is_refused_with_everything_released(
    server: Double, screen: str, x: Display, tmp_path: Path, text: str, code: Refusal
) -> None:
    async with granted(server, screen, tmp_path) as one:
        await one.say(DOWN_A)
        await one.done()
        await one.link.socket.send_str(text)
        ended = await one.link.hear(wire.Status, past=1)
        assert (ended.state, ended.reason) == (State.REVOKED, Reason.VIOLATION)
        assert (await one.link.hear(wire.NotDone)).code is code
        assert not is_down(x, Key("KeyA"))


async def test_a_message_longer_than_may_be_cuts_and_releases(
    server: Double, screen: str, x: Display, tmp_path: Path
) -> None:
    async with granted(server, screen, tmp_path) as one:
        await one.say(DOWN_A)
        await one.done()
        await one.link.socket.send_str("x" * 200_000)
        await one.link.over()
        assert not is_down(x, Key("KeyA"))


async def test_a_second_monitor_is_reached_to_its_corners(server: Double, tmp_path: Path) -> None:
    with desktop_screen(2880, 900) as screen, closing(Display(screen)) as x:
        split_in_two(x, 2880, 900)
        async with specialist(server, screen, tmp_path) as one:
            assert [monitor.id for monitor in one.geometry.monitors] == ["left", "right"]
            await one.be_granted(monitor=1)
            for corner in ((0, 0), (1, 0), (0, 1), (1, 1)):
                await one.say(wire.PointerMove(*corner, one.geometry.rev))
                await one.done()
                assert pointer(x)[:2] == (1440 + 1439 * corner[0], 899 * corner[1])


async def test_the_clipboard_goes_both_ways(server: Double, screen: str, x: Display, tmp_path: Path) -> None:
    async with granted(server, screen, tmp_path) as one:
        await one.say(wire.ClipboardPush("汉字 <x>\n"), wire.ClipboardPull())
        assert (await one.link.hear(wire.ClipboardText)).text == "汉字 <x>\n"
        other = Clipboard(x)
        other.put("别人的")
        await one.say(wire.ClipboardPull())

        def answered() -> bool:
            for event in x.events():
                other.handle(event)
            return len(one.link.all(wire.ClipboardText)) > 1

        await holds_within(5, answered)
        assert one.link.all(wire.ClipboardText)[1].text == "别人的"


async def test_the_log_holds_nothing_that_was_typed(
    server: Double, screen: str, hardware: Hardware, tmp_path: Path
) -> None:
    async with granted(server, screen, tmp_path) as one:
        await one.say(
            wire.KeyDown("KeyQ", "q"), wire.KeyUp("KeyQ", "q"), wire.TypeText("身份证号秘密", Chord.CTRL_V)
        )
        await one.say(wire.ClipboardPush("剪贴板秘密"), wire.KeyDown("Power", "Power"))
        await one.done()
        hardware.key("KeyZ")
        await one.link.hear(wire.Status, past=1)
        await one.link.socket.send_str('{"v":1,"g":"g1","s":99,"t":"tx","text":"坏消息秘密","mode":"x"}')
        await one.link.hear(wire.Status, past=2)
        one.process.terminate()
        await one.process.wait()
    log = (tmp_path / "helper.log").read_text()
    assert "violation" in log
    assert "unknown_key" in log
    for part in ("秘密", "KeyQ", "KeyZ", "Power", KEY):
        assert part not in log
    assert (tmp_path / "helper.log").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("message", "code"),
    [(wire.Welcome("99.0"), Refusal.TOO_OLD), (wire.Refused(Refusal.UNKNOWN_DEVICE), Refusal.UNKNOWN_DEVICE)],
)
async def test_a_helper_that_is_not_wanted_says_why_on_the_desktop_and_ends(
    server: Double, screen: str, hardware: Hardware, tmp_path: Path, message: wire.Message, code: Refusal
) -> None:
    async with helper_process(server, screen, tmp_path) as process:
        link = await server.link()
        await link.hear(wire.Hello)
        await link.say(message)
        await holds_within(5, lambda: BANNER in colours(screen))
        with ImageGrab.grab(bbox=(0, 2, 1440, 3), xdisplay=screen) as picture:
            right = max(x for x in range(1440) if picture.getpixel((x, 0)) == BANNER)
        here = pointer(hardware.x)
        hardware.move(right - 30 - here[0], 20 - here[1])
        hardware.click()
        assert await process.wait() == 3
    assert code.value in (tmp_path / "helper.log").read_text()


async def test_a_second_helper_ends_at_once(server: Double, screen: str, tmp_path: Path) -> None:
    async with specialist(server, screen, tmp_path):
        command = [
            sys.executable,
            str(tmp_path / build.NAME),
            "run",
            "--folder",
            str(tmp_path),
            "--language",
            "en",
        ]
        environ = {"DISPLAY": screen, "PATH": os.environ["PATH"]}
        second = await asyncio.create_subprocess_exec(*command, env=environ, stderr=asyncio.subprocess.PIPE)
        _, said = await second.communicate()
        assert second.returncode == 1
        assert b"running already" in said


async def test_pairing_keeps_the_key_and_starts_with_the_login(server: Double, tmp_path: Path) -> None:
    program, _ = build.write(tmp_path)
    command = [sys.executable, str(program), "pair", "123 456", "--server", server.url, "--proxy", ""]
    environ = {
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "LANG": "zh_CN.UTF-8",
        "PYTHONIOENCODING": "utf-8",
    }
    process = await asyncio.create_subprocess_exec(
        *command, "--ca", str(server.authority), env=environ, stdout=asyncio.subprocess.PIPE
    )
    link = await server.link()
    assert (await link.hear(wire.Hello)).code == "123456"
    await link.say(wire.Paired(KEY))
    said, _ = await process.communicate()
    assert process.returncode == 0
    assert "配对成功" in said.decode()
    kept = settings.load(tmp_path / ".config" / "bangban-helper")
    assert (kept.server, kept.key, kept.authority) == (server.url, KEY, str(server.authority))
    entry = (tmp_path / ".config" / "autostart" / "bangban-helper.desktop").read_text()
    assert f"{program} run" in entry


async def test_under_wayland_it_says_how_to_get_an_x11_session(tmp_path: Path) -> None:
    program, _ = build.write(tmp_path)
    wayland = {
        "WAYLAND_DISPLAY": "wayland-0",
        "DISPLAY": ":0",
        "PATH": os.environ["PATH"],
        "LANG": "en_GB.UTF-8",
    }
    command = [
        sys.executable,
        str(program),
        "run",
        "--server",
        "https://help.example",
        "--folder",
        str(tmp_path),
    ]
    process = await asyncio.create_subprocess_exec(*command, env=wayland, stderr=asyncio.subprocess.PIPE)
    _, said = await process.communicate()
    assert process.returncode == 1
    assert "X11 session only. Log out" in said.decode()
