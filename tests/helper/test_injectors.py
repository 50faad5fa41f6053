"""One contract for every injector: X11 at a real X server, Windows at a recorded API."""

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from ctypes import c_ulong, c_void_p, sizeof

import pytest

from tests.helper.x_screen import desktop_screen, is_down, pointer
from tests.support.until import until
from web_client.helper.effects import Button, Key
from web_client.helper.injector import Injector, InjectorError
from web_client.helper.keymap.codes import EVDEV
from web_client.helper.keymap.scan_codes import scan_code
from web_client.helper.vocabulary import Chord
from web_client.helper.windows import api
from web_client.helper.windows.api import Api, Input, KeyboardInput, MouseInput
from web_client.helper.windows.injector import WindowsInjector
from web_client.helper.x11.clipboard import Clipboard
from web_client.helper.x11.display import Display
from web_client.helper.x11.injector import X11Injector
from web_client.helper.x11.structures import XButtonEvent

pytestmark = pytest.mark.system("xvfb", "openbox")


class Bench(ABC):
    """An injector, and what the system it injects into says."""

    injector: Injector

    @abstractmethod
    def is_down(self, what: Key | Button) -> bool: ...

    @abstractmethod
    def pointer(self) -> tuple[int, int]: ...

    @abstractmethod
    def scrolled(self) -> tuple[int, int]:
        """Return whole notches to the right and down since the start."""

    @abstractmethod
    def take_text(self) -> str:
        """Return the text the focused field gets."""


class X11Bench(Bench):
    def __init__(self, display: str) -> None:
        self._own, self._looking = Display(display), Display(display)
        self._clipboard = Clipboard(self._own)
        self._reader = Clipboard(self._looking)
        self.injector = X11Injector(self._own, self._clipboard)
        self._notches = {4: 0, 5: 0, 6: 0, 7: 0}
        self._looking.x11.XGrabPointer.argtypes = None
        grabbed = self._looking.x11.XGrabPointer(
            *(
                c_void_p(self._looking.handle),
                c_ulong(self._looking.root),
                1,
                1 << 2,
                1,
                1,
                c_ulong(0),
                c_ulong(0),
            ),
            c_ulong(0),
        )
        assert grabbed == 0

    def is_down(self, what: Key | Button) -> bool:
        return is_down(self._looking, what)

    def pointer(self) -> tuple[int, int]:
        return pointer(self._looking)[:2]

    def scrolled(self) -> tuple[int, int]:
        self._looking.sync()
        for event in self._looking.events():
            if event.type == 4 and event.button.button in self._notches:
                self._notches[event.button.button] += 1
        return self._notches[7] - self._notches[6], self._notches[5] - self._notches[4]

    def take_text(self) -> str:
        self._reader.fetch(0)
        found: list[str | None] = []

        def arrived() -> bool:
            for event in self._own.events():
                self._clipboard.handle(event)
            for event in self._looking.events():
                found.extend(self._reader.handle(event) or ())
            return bool(found)

        until(arrived, what="the text")
        assert found[0] is not None
        return found[0]

    def close(self) -> None:
        self._own.close()
        self._looking.close()


class RecordedApi(Api):
    """Does what winuser.h says of each input to a keyboard, a mouse and a text."""

    def __init__(self) -> None:
        self.down: set[tuple[int, bool] | Button] = set()
        self.at = (0.0, 0.0)
        self.turned = [0, 0]
        self.units: list[int] = []
        self.lets_through = True

    def desktop(self) -> tuple[int, int, int, int]:
        return -1440, 0, 2880, 900  # a second monitor to the left of the first

    def send(self, inputs: Sequence[Input]) -> int:
        if not self.lets_through:
            return 0
        for one in inputs:
            self._key(one.keyboard) if one.kind == api.INPUT_KEYBOARD else self._mouse(one.mouse)
        return len(inputs)

    def _key(self, key: KeyboardInput) -> None:
        if key.flags & api.KEY_UNICODE:
            if not key.flags & api.KEY_UP:
                self.units.append(key.scan_code)
            return
        assert key.flags & api.KEY_SCAN_CODE
        what = key.scan_code, bool(key.flags & api.KEY_EXTENDED)
        if key.flags & api.KEY_UP:
            self.down.discard(what)
            return
        if what == (0x1C, False) and self.units:
            self.units.append(ord("\n"))
        self.down.add(what)

    def _mouse(self, mouse: MouseInput) -> None:
        for button, (down, up) in {
            Button.LEFT: (0x2, 0x4),
            Button.RIGHT: (0x8, 0x10),
            Button.MIDDLE: (0x20, 0x40),
        }.items():
            if mouse.flags & down:
                self.down.add(button)
            if mouse.flags & up:
                self.down.discard(button)
        turned = mouse.data - (1 << 32) if mouse.data >> 31 else mouse.data
        if mouse.flags & api.MOUSE_HWHEEL:
            self.turned[0] += turned
        if mouse.flags & api.MOUSE_WHEEL:
            self.turned[1] -= turned
        if mouse.flags & api.MOUSE_MOVE:
            assert mouse.flags & api.MOUSE_ABSOLUTE
            assert mouse.flags & api.MOUSE_VIRTUAL_DESKTOP
            left, top, width, height = self.desktop()
            self.at = left + mouse.dx * width // 65_535, top + mouse.dy * height // 65_535


class WindowsBench(Bench):
    def __init__(self) -> None:
        self.api = RecordedApi()
        self.injector = WindowsInjector(self.api)

    def is_down(self, what: Key | Button) -> bool:
        return (what if isinstance(what, Button) else scan_code(what.code)) in self.api.down

    def pointer(self) -> tuple[int, int]:
        return int(self.api.at[0]), int(self.api.at[1])

    def scrolled(self) -> tuple[int, int]:
        return int(self.api.turned[0] / 120), int(self.api.turned[1] / 120)

    def take_text(self) -> str:
        return b"".join(unit.to_bytes(2, "little") for unit in self.api.units).decode("utf-16-le")


@pytest.fixture(scope="module", params=["x11", "windows"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    if request.param == "windows":
        yield WindowsBench()
        return
    with desktop_screen() as display, contextlib.closing(X11Bench(display)) as made:
        yield made


@pytest.mark.parametrize("what", [Button.LEFT, Button.MIDDLE, Button.RIGHT, *map(Key, EVDEV)], ids=repr)
def test_what_is_pressed_is_down_until_it_is_released(bench: Bench, what: Key | Button) -> None:
    bench.injector.press(what)
    assert bench.is_down(what)
    bench.injector.release(what)
    assert not bench.is_down(what)
    bench.injector.release(what)  # harmless
    assert not bench.is_down(what)


def test_several_are_down_at_once(bench: Bench) -> None:
    held = [Key("ControlLeft"), Key("ShiftLeft"), Key("KeyS"), Button.LEFT]
    for what in held:
        bench.injector.press(what)
    assert all(bench.is_down(what) for what in held)
    for what in held:
        bench.injector.release(what)
    assert not any(bench.is_down(what) for what in held)


@pytest.mark.parametrize("at", [(0, 0), (1439, 0), (0, 899), (1439, 899), (720, 450), (1, 1)])
def test_the_pointer_goes_to_the_very_pixel(bench: Bench, at: tuple[int, int]) -> None:
    bench.injector.move(*at)
    assert bench.pointer() == at


def test_notches_and_parts_of_them_add_up(bench: Bench) -> None:
    right, down = bench.scrolled()
    for dx, dy in [(0, 120), (0, 120), (0, -120), (120, 0), (-240, 0), (0, 60), (0, 60), (0, -40), (0, -80)]:
        bench.injector.scroll(dx, dy)
    assert bench.scrolled() == (right - 1, down + 1)


@pytest.mark.parametrize("text", ["Hello <world> \\ ~", "汉字，𠮷野家。", "两\n行", "汉" * 500], ids=len)
def test_a_text_arrives_whole(bench: Bench, text: str) -> None:
    if isinstance(bench, WindowsBench):
        bench.api.units.clear()
    bench.injector.type_text(text, Chord.CTRL_V, 0.0)
    assert bench.take_text() == text
    bench.injector.is_typing(0.5)
    assert not bench.injector.is_typing(0.8)
    assert not any(
        bench.is_down(Key(code)) for code in ("ControlLeft", "ShiftLeft", "KeyV", "Insert", "Enter")
    )


@pytest.mark.parametrize("what", [Key("Power"), Key("")], ids=repr)
def test_a_key_nobody_knows_is_an_error_of_the_caller(bench: Bench, what: Key) -> None:
    with pytest.raises(KeyError):
        bench.injector.press(what)


def test_an_application_that_does_not_fetch_is_not_waited_for(bench: Bench) -> None:
    bench.injector.type_text("x", Chord.SHIFT_INSERT, 100.0)
    assert not bench.injector.is_typing(101.6)


def test_windows_structures_have_the_sizes_of_winuser() -> None:
    assert sizeof(MouseInput) == 32
    assert sizeof(KeyboardInput) == 24
    assert sizeof(Input) == 40


def test_what_windows_does_not_let_through_is_said() -> None:
    bench = WindowsBench()
    bench.api.lets_through = False
    with pytest.raises(InjectorError, match="administrator"):
        bench.injector.press(Key("KeyA"))


def test_windows_reaches_the_monitor_to_the_left() -> None:
    bench = WindowsBench()
    for x in range(-1440, 1440):
        bench.injector.move(x, 5)
        assert bench.pointer() == (x, 5)


def test_the_size_of_a_button_event_is_xlibs() -> None:
    assert sizeof(XButtonEvent) == 96
