"""From the picture to pixels."""

from hypothesis import given
from hypothesis import strategies as st

from web_client.helper.mapping import COLOURS, pixel
from web_client.helper.wire import Monitor

SIDE, PLACE = st.integers(1, 32_767), st.integers(-32_768, 32_767)
MONITORS = st.builds(Monitor, st.just("m"), PLACE, PLACE, SIDE, SIDE, st.just("#000000"))


@given(MONITORS, st.floats(0, 1), st.floats(0, 1))
def test_a_point_of_the_picture_is_a_pixel_of_the_monitor(monitor: Monitor, x: float, y: float) -> None:
    left, top = pixel(monitor, x, y)
    assert monitor.x <= left < monitor.x + monitor.w
    assert monitor.y <= top < monitor.y + monitor.h


@given(MONITORS)
def test_the_corners_are_the_first_and_the_last_pixel(monitor: Monitor) -> None:
    assert pixel(monitor, 0, 0) == (monitor.x, monitor.y)
    assert pixel(monitor, 1, 1) == (monitor.x + monitor.w - 1, monitor.y + monitor.h - 1)


@given(MONITORS, st.data())
def test_the_middle_of_a_pixel_is_that_pixel(monitor: Monitor, data: st.DataObject) -> None:
    column, row = data.draw(st.integers(0, monitor.w - 1)), data.draw(st.integers(0, monitor.h - 1))
    found = pixel(monitor, (column + 0.5) / monitor.w, (row + 0.5) / monitor.h)
    assert found == (monitor.x + column, monitor.y + row)


def test_marks_are_different_colours() -> None:
    assert len(set(COLOURS)) == len(COLOURS)
