"""Rates of what is counted, by the time that passed and not by how often somebody asks."""

import pytest

from rtc_server.protocol.rate_meter import QUIET_S, RateMeter


def test_the_rate_is_that_of_the_last_seconds_however_often_it_is_asked_for() -> None:
    meter = RateMeter(2)
    for tick in range(1000):
        meter.sample((tick * 125, tick), tick / 100)
    assert meter.bps[0] == pytest.approx(100_000, rel=0.01)
    assert meter.bps[1] == pytest.approx(800, rel=0.01)
    meter.sample((999 * 125, 999), 20.0)
    meter.sample((999 * 125, 999), 23.5)
    assert meter.bps == (0, 0)


def test_what_begins_with_a_key_frame_is_not_taken_for_a_rate() -> None:
    meter = RateMeter(1)
    meter.sample((0,), 0.0)
    meter.sample((30_000,), 0.3)
    assert meter.bps[0] == pytest.approx(160_000)


def test_it_flows_as_long_as_something_came_lately() -> None:
    meter = RateMeter(1)
    assert not meter.flows(0.0)
    meter.sample((1,), 0.0)
    assert meter.flows(1.0)
    meter.sample((1,), 1.0)
    assert not meter.flows(QUIET_S)
