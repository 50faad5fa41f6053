"""The screen that tests of the helper's X11 part share; each leaves it as it found it."""

import contextlib
from collections.abc import Iterator

import pytest

from tests.helper.x_screen import Hardware, desktop_screen
from web_client.helper.x11.display import Display


@pytest.fixture(scope="module")
def screen() -> Iterator[str]:
    """Name of a display with openbox, 1440 × 900."""
    with desktop_screen() as name:
        yield name


@pytest.fixture
def x(screen: str) -> Iterator[Display]:
    """A connection of the test's own, to look with."""
    with contextlib.closing(Display(screen)) as display:
        yield display


@pytest.fixture
def hardware(screen: str) -> Iterator[Hardware]:
    """Hands at the screen's own devices."""
    with contextlib.closing(Hardware(screen)) as hands:
        yield hands
