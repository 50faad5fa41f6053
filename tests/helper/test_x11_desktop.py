"""Local input, monitors, clipboard, banner and overlay at a real X server with a window manager."""

import contextlib
import ctypes
import os
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from ctypes import byref

import pytest
from PIL import ImageGrab

from tests.helper.x_screen import Hardware, desktop_screen, is_down, pointer, split_in_two, window_at
from tests.support.until import until
from web_client.helper.desktop import (
    ClipboardRead,
    Happening,
    LocalInput,
    LocalKey,
    Locked,
    MonitorsChanged,
    StopPressed,
)
from web_client.helper.effects import Button, Key
from web_client.helper.keymap.codes import EVDEV
from web_client.helper.mapping import COLOURS
from web_client.helper.vocabulary import Chord, State
from web_client.helper.wire import Monitor
from web_client.helper.x11 import xlib
from web_client.helper.x11.clipboard import Clipboard, clean
from web_client.helper.x11.desktop import X11Desktop
from web_client.helper.x11.display import Display
from web_client.helper.x11.structures import XSetWindowAttributes
from web_client.helper.x11.windows import OverWindow
from web_client.helper.x11.xlib import X11Error

pytestmark = pytest.mark.system("xvfb", "openbox")

RED, BANNER = (0xE6, 0x00, 0x12), (0xB3, 0x26, 0x1E)


@pytest.fixture
def desktop(screen: str) -> Iterator[X11Desktop]:
    with contextlib.closing(X11Desktop(screen, "zh-CN")) as made:
        made.poll(0.0)
        yield made


def after(desktop: X11Desktop, act: Callable[[], None], now: float = 0.5) -> list[Happening]:
    """Return what the desktop says has happened by an act."""
    act()
    desktop._display.sync()
    return desktop.poll(now)


def colour(screen: str, x: int, y: int) -> tuple[int, ...]:
    """Return what is seen at a pixel."""
    with ImageGrab.grab(bbox=(x, y, x + 1, y + 1), xdisplay=screen) as picture:
        found = picture.getpixel((0, 0))
    assert isinstance(found, tuple)
    return found


def test_what_hands_do_is_local_input(desktop: X11Desktop, hardware: Hardware) -> None:
    assert after(desktop, lambda: hardware.move(3, 4)) == [LocalInput()]
    assert after(desktop, hardware.click) == [LocalInput(), LocalInput()]
    assert after(desktop, lambda: hardware.key("KeyA")) == [LocalKey(False), LocalInput()]
    assert after(desktop, lambda: hardware.key("Escape")) == [LocalKey(True), LocalInput()]


def test_what_is_injected_is_not(desktop: X11Desktop) -> None:
    def everything() -> None:
        for what in (*map(Key, EVDEV), *Button):
            desktop.injector.press(what)
            desktop.injector.release(what)
        desktop.injector.move(300, 300)
        desktop.injector.scroll(240, -240)
        desktop.injector.type_text("x", Chord.CTRL_V, 0.0)

    assert after(desktop, everything) == []


def test_local_input_that_an_injection_brings_along_is_not_left_waiting(
    desktop: X11Desktop, hardware: Hardware
) -> None:
    assert not desktop.has_more
    hardware.key("KeyA")
    desktop.injector.move(10, 10)  # Xlib reads the events while it waits for the server's answer
    readable, _, _ = select.select([desktop], [], [], 0)
    assert not readable, "the case is not there"
    assert desktop.has_more
    assert desktop.poll(0.5)[0] == LocalKey(False)
    assert not desktop.has_more


def test_local_input_is_heard_while_an_application_grabs(
    desktop: X11Desktop, x: Display, hardware: Hardware
) -> None:
    x.x11.XGrabKeyboard.argtypes = [ctypes.c_void_p, ctypes.c_ulong, *[ctypes.c_int] * 3, ctypes.c_ulong]
    assert x.x11.XGrabKeyboard(x.handle, x.root, 1, 1, 1, 0) == 0
    assert LocalKey(True) in after(desktop, lambda: hardware.key("Escape"))


def test_one_screen_is_one_monitor(desktop: X11Desktop) -> None:
    assert desktop.monitors() == (Monitor("screen", 0, 0, 1440, 900, COLOURS[0]),)


def test_two_monitors_are_seen_and_their_coming_is_heard() -> None:
    with desktop_screen(2880, 900) as screen, contextlib.closing(X11Desktop(screen, "en")) as desktop:
        desktop.poll(0.0)
        with contextlib.closing(Display(screen)) as x:
            split_in_two(x, 2880, 900)
        two = (Monitor("left", 0, 0, 1440, 900, COLOURS[0]), Monitor("right", 1440, 0, 1440, 900, COLOURS[1]))
        assert desktop.monitors() == two
        assert MonitorsChanged(two) in after(desktop, lambda: None)
        desktop.mark(True)
        assert [colour(screen, at, 20) for at in (20, 1460)] == [RED, (0x00, 0x68, 0xB7)]
        desktop.mark(False)
        assert colour(screen, 20, 20) != RED


@pytest.mark.parametrize("text", ["x", "汉字" * 200, "两\n行"], ids=len)
def test_the_clipboard_of_others_is_read(desktop: X11Desktop, x: Display, text: str) -> None:
    other = Clipboard(x)
    other.put(text)
    assert fetched(desktop, lambda: [other.handle(event) for event in x.events()]) == ClipboardRead(text)


def test_our_own_clipboard_is_read_too(desktop: X11Desktop) -> None:
    desktop.put_clipboard("自己的")
    assert fetched(desktop, lambda: None) == ClipboardRead("自己的")


def test_without_an_owner_there_is_no_text() -> None:
    with desktop_screen() as screen, contextlib.closing(X11Desktop(screen, "en")) as desktop:
        assert fetched(desktop, lambda: None) == ClipboardRead(None)


def test_an_owner_that_does_not_answer_is_not_waited_for(desktop: X11Desktop, x: Display) -> None:
    Clipboard(x).put("never given")
    desktop.fetch_clipboard(10.0)
    assert desktop.next_deadline() <= 12.0
    assert [one for one in desktop.poll(11.9) if isinstance(one, ClipboardRead)] == []
    assert ClipboardRead(None) in desktop.poll(12.1)


class InPieces(Clipboard):
    """An owner that gives its text by INCR (ICCCM §2.7.2), as browsers do with long ones."""

    def give(self, data: bytes, size: int) -> None:
        self.pieces = [data[at : at + size] for at in range(0, len(data), size)] + [b""]
        self.put("")

    def _answer(self, request: object) -> None:
        x, atom = self._display, self._display.atom
        self.request = request
        x.x11.XSelectInput(x.handle, request.requestor, 1 << 22)  # type: ignore[attr-defined]
        length = bytes(ctypes.c_ulong(1))
        self._change(atom("INCR"), 32, length, 1)
        self._say(request, request.property)  # type: ignore[attr-defined]

    def _change(self, kind: int, form: int, data: bytes, count: int) -> None:
        where = self.request
        self._display.x11.XChangeProperty(
            *(self._display.handle, where.requestor, where.property),  # type: ignore[attr-defined]
            *(kind, form, 0, data, count),
        )
        self._display.sync()

    def handle(self, event: object) -> tuple[str | None] | None:
        if event.type == 28 and event.property.state == 1 and self.pieces:  # type: ignore[attr-defined]
            piece = self.pieces.pop(0)
            self._change(self._display.atom("UTF8_STRING"), 8, piece, len(piece))
            return None
        return super().handle(event)


@pytest.mark.parametrize(("length", "fits"), [(60_000, True), (240_000, False)])
def test_a_clipboard_in_pieces_is_put_together_up_to_its_bound(
    desktop: X11Desktop, x: Display, length: int, fits: bool
) -> None:
    other, text = InPieces(x), "汉" * (length // 3)
    other.give(text.encode(), 7_000)
    found = fetched(desktop, lambda: [other.handle(event) for event in x.events()])
    assert found == ClipboardRead(text if fits else None)


def fetched(desktop: X11Desktop, meanwhile: Callable[[], object]) -> Happening:
    desktop.fetch_clipboard(0.0)
    found: list[Happening] = []

    def arrived() -> bool:
        meanwhile()
        found.extend(one for one in desktop.poll(0.5) if isinstance(one, ClipboardRead))
        return bool(found)

    until(arrived, what="the clipboard")
    return found[0]


def test_what_a_message_may_not_hold_is_taken_out_of_a_clipboard() -> None:
    assert clean("a\r\nb\rc\x00\x1b\td\x7f") == "a\nb\nc\td"


def test_the_pointer_and_the_lines_are_seen_and_take_no_click(
    desktop: X11Desktop, screen: str, x: Display
) -> None:
    below = shown_window(x, 0, 0, 1420, 860)  # large: the window manager puts it where it likes
    desktop.injector.move(305, 310)
    before = window_at(x)
    assert below in before
    desktop.point_at((300, 300))
    desktop.draw(1, [(250, 500), (700, 500)])
    desktop.draw(1, [(700, 550)])
    assert [colour(screen, *at) for at in ((302, 306), (400, 500), (700, 530))] == [RED] * 3
    assert colour(screen, 320, 300) != RED
    assert window_at(x) == before
    desktop.injector.move(400, 500)
    assert below in window_at(x)
    desktop.point_at(None)
    desktop.wipe()
    assert RED not in {colour(screen, *at) for at in ((302, 306), (400, 500))}
    x.x11.XDestroyWindow(x.handle, below)
    x.sync()


def shown_window(x: Display, left: int, top: int, width: int, height: int) -> int:
    """Show an application's window, which the window manager may frame, and wait until it is seen."""
    attributes = XSetWindowAttributes(background_pixel=0xFFFFFF, event_mask=1 << 15)
    window: int = x.x11.XCreateWindow(
        *(x.handle, x.root, left, top, width, height, 0, 0, 1, None, 1 << 1 | 1 << 11), byref(attributes)
    )
    x.x11.XMapRaised(x.handle, window)
    x.sync()
    until(lambda: any(event.type == 12 for event in x.events()), what="the window")
    return window


def test_the_banner_names_who_controls_and_its_button_stops(
    desktop: X11Desktop, screen: str, hardware: Hardware
) -> None:
    desktop.show_banner("王专员", State.GRANTED)
    desktop.poll(0.0)
    left, right = banner_edges(screen)
    assert left > 200
    assert right < 1240
    with ImageGrab.grab(bbox=(left, 0, right, 40), xdisplay=screen) as picture:
        inked = sum(1 for pixel in picture.convert("RGB").get_flattened_data() if pixel != BANNER)
    assert inked > 2_000, "nothing is written on it"
    desktop.injector.move((left + right) // 2, 20)
    assert StopPressed() not in after(desktop, hardware.click)
    desktop.injector.move(right - 30, 20)
    assert StopPressed() in after(desktop, hardware.click)
    desktop.hide_banner()
    assert colour(screen, left + 2, 2) != BANNER


def banner_edges(screen: str) -> tuple[int, int]:
    with ImageGrab.grab(bbox=(0, 2, 1440, 3), xdisplay=screen) as picture:
        columns = [x for x in range(1440) if picture.getpixel((x, 0)) == BANNER]
    return columns[0], columns[-1]


def test_without_optional_libraries_the_banner_is_in_english(
    screen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlib, "_load_optional", lambda *_: None)
    with contextlib.closing(X11Desktop(screen, "zh-CN")) as desktop:
        desktop.show_banner("王专员", State.GRANTED)
        desktop.poll(0.0)
        left, right = banner_edges(screen)
        with ImageGrab.grab(bbox=(left, 10, right - 100, 30), xdisplay=screen) as picture:
            inked = sum(1 for pixel in picture.convert("RGB").get_flattened_data() if pixel != BANNER)
        assert inked > 500, "nothing is written on it"
        assert desktop.poll(9.0) == []


def test_the_banner_comes_back_on_top(desktop: X11Desktop, screen: str, x: Display) -> None:
    desktop.show_banner("王专员", State.GRANTED)
    left, _ = banner_edges(screen)
    cover = OverWindow(x, (0, 0, 1440, 100), "#123456")
    cover.show()
    x.sync()
    assert colour(screen, left + 2, 2) == (0x12, 0x34, 0x56)
    after(desktop, lambda: None, 1.0)
    assert desktop.next_deadline() <= 1.3
    desktop.poll(1.3)
    assert colour(screen, left + 2, 2) == BANNER
    cover.close()
    x.sync()


def test_the_banner_takes_no_focus(desktop: X11Desktop, x: Display) -> None:
    focus = ctypes.c_ulong(), ctypes.c_int()
    x.x11.XGetInputFocus(ctypes.c_void_p(x.handle), byref(focus[0]), byref(focus[1]))
    before = focus[0].value
    desktop.show_banner("王专员", State.GRANTED)
    desktop.poll(0.0)
    x.x11.XGetInputFocus(ctypes.c_void_p(x.handle), byref(focus[0]), byref(focus[1]))
    assert focus[0].value == before


def test_a_locked_desktop_is_noticed(desktop: X11Desktop, x: Display) -> None:
    x.x11.XForceScreenSaver.argtypes = [ctypes.c_void_p, ctypes.c_int]
    x.x11.XForceScreenSaver(x.handle, 1)
    x.sync()
    assert Locked(True) in desktop.poll(5.0)
    assert desktop.poll(7.0) == []
    x.x11.XForceScreenSaver(x.handle, 0)
    x.sync()
    assert Locked(False) in desktop.poll(9.0)


def test_where_there_is_no_desktop_it_says_what_to_do() -> None:
    with pytest.raises(X11Error, match="Start the helper in the desktop's session"):
        X11Desktop(":987", "en")


def test_a_connection_that_is_cut_leaves_no_window(screen: str, x: Display) -> None:
    code = (
        "import os, sys; from web_client.helper.x11.desktop import X11Desktop\n"
        "desktop = X11Desktop(sys.argv[1], 'en'); desktop.draw(1, [(0, 600), (1400, 600)])\n"
        "os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, screen], env=os.environ, check=False)
    until(lambda: colour(screen, 700, 600) != RED, what="the desktop without lines")
    assert not is_down(x, Key("KeyA"))
    assert pointer(x)[2] & (1 << 8) == 0
