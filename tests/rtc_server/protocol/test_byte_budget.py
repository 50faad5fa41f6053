"""A rate with some of it saved up."""

from rtc_server.protocol.byte_budget import SAVED_S, ByteBudget


def test_what_exceeds_the_rate_is_refused_and_costs_nothing() -> None:
    budget = ByteBudget(1000, now=5.0)
    assert budget.take(int(1000 * SAVED_S), 5.0)
    assert not budget.take(1, 5.0)
    assert not budget.take(600, 5.5)
    assert budget.take(500, 5.5)


def test_no_more_is_saved_than_its_time() -> None:
    budget = ByteBudget(1000, now=0.0)
    assert not budget.take(2001, 1e6)
    assert budget.take(2000, 1e6)
    assert not budget.take(1, 1e6)
