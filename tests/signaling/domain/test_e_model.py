"""The score of speech: the published tables, and that it falls with loss and delay without a leap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.domain.lines.e_model import (
    BPL_LOST,
    BPL_MADE_UP,
    R_OF_A_CLEAN_LINE,
    delay_impairment,
    loss_impairment,
    mean_opinion,
    rating,
)

DELAYS = st.floats(0, 20_000)
LOSSES = st.floats(0, 100)
BPLS = st.sampled_from([BPL_LOST, BPL_MADE_UP])


@pytest.mark.parametrize(("r", "mos"), [(90, 4.34), (80, 4.03), (70, 3.60), (60, 3.10), (50, 2.58)])
def test_opinions_are_those_of_annex_b(r: float, mos: float) -> None:
    """ITU-T G.107, Table B.1."""
    assert mean_opinion(r) == pytest.approx(mos, abs=0.01)


def test_a_clean_line_has_the_default_rating() -> None:
    """ITU-T G.107 §7.7: R = 93.2 with all defaults, MOS 4.41."""
    assert rating(0, 0, bpl=BPL_LOST) == R_OF_A_CLEAN_LINE
    assert mean_opinion(R_OF_A_CLEAN_LINE) == pytest.approx(4.41, abs=0.005)


@pytest.mark.parametrize(
    ("loss", "ie_eff"),
    [(0, 11), (1, 15), (1.5, 17), (2, 19), (3, 23), (4, 26), (8, 36), (16, 49)],
)
def test_loss_impairs_g729a_as_the_table_says(loss: float, ie_eff: float) -> None:
    """ITU-T G.113 Appendix I: G.729A with VAD and random loss (Ie 11, Bpl 19)."""
    assert loss_impairment(loss, ie=11, bpl=19) == pytest.approx(ie_eff, abs=0.6)


@pytest.mark.parametrize(
    ("one_way_ms", "impairment"), [(0, 0), (100, 0), (150, 0.16), (200, 3.04), (400, 24.07), (800, 40.83)]
)
def test_delay_impairs_by_the_formula(one_way_ms: float, impairment: float) -> None:
    """ITU-T G.107 §7.4, Idd worked out by hand: X is 0.585, 1, 2 and 3."""
    assert delay_impairment(one_way_ms) == pytest.approx(impairment, abs=0.05)


def test_delay_does_not_leap_where_it_begins_to_count() -> None:
    """A misread formula costs half of the scale at 101 ms."""
    assert delay_impairment(101) < 0.01


@given(DELAYS, DELAYS, LOSSES, BPLS)
def test_more_delay_is_never_better(one: float, other: float, loss: float, bpl: float) -> None:
    near, far = sorted((one, other))
    assert rating(near, loss, bpl=bpl) >= rating(far, loss, bpl=bpl) - 1e-9


@given(DELAYS, LOSSES, LOSSES, BPLS)
def test_more_loss_is_never_better(delay: float, one: float, other: float, bpl: float) -> None:
    less, more = sorted((one, other))
    assert rating(delay, less, bpl=bpl) >= rating(delay, more, bpl=bpl)


@given(st.floats(-200, 200), st.floats(-200, 200))
def test_opinions_are_bounded_and_never_fall_with_the_rating(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 1.0 <= mean_opinion(low) <= mean_opinion(high) + 1e-9 <= 4.5 + 1e-9
