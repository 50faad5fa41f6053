"""How speech over a line is judged: ITU-T G.107's E-model, as far as a network changes anything of it.

    R = R0 − Is − Id − Ie,eff + A,   R0 − Is = 93.2,   A = 0

- Id (G.107 §7.4, Idd alone: browsers cancel echo) is 0 up to 100 ms one way, then with
  X = lg(Ta/100) / lg 2
  Id = 25 · ((1 + X⁶)^(1/6) − 3 · (1 + (X/3)⁶)^(1/6) + 2). Ta is half the round trip and what is waited.
- Ie,eff (G.107 §7.5) = Ie + (95 − Ie) · Ppl / (Ppl / BurstR + Bpl), Ppl in percent, BurstR = 1: loss in
  bursts is not told apart.
- MOS (G.107 Annex B) = 1 + 0.035 R + R (R − 60) (100 − R) · 7 · 10⁻⁶, 1 for R ≤ 0, 4.5 for R ≥ 100.

G.113 Appendix I gives Ie and Bpl of telephone codecs and has none of Opus. Ours has Ie = 0 at the rates that
browsers use; Bpl is that of GSM-EFR (10) for sound that had to be made up, whatever repeats and FEC had
mended before, and that of G.729A with its concealment (19) for packets lost on a line whose in-band FEC mends
some.

Not done: the wideband scales of G.107.1 and G.107.2 (what a telephone hears is enough to tell lines apart),
loudness, noise and side tone.
"""

from math import exp, log, log2
from typing import Final

R_OF_A_CLEAN_LINE: Final = 93.2
"""R0 − Is with every parameter at G.107's default."""
IE_OPUS: Final = 0.0
BPL_MADE_UP: Final = 10.0
"""Robustness where Ppl is the share of sound that was made up."""
BPL_LOST: Final = 19.0
"""Robustness where Ppl is the share of packets that were lost, some of which FEC mends."""

GOOD_R: Final = 80.0
"""G.107 Annex B: from here on people are satisfied."""
BEARABLE_R: Final = 60.0
"""G.107 Annex B: below nearly everybody is dissatisfied."""


def delay_impairment(one_way_ms: float) -> float:
    """Return Id for a delay from mouth to ear, in ms."""
    if one_way_ms <= 100.0:
        return 0.0
    x = log2(one_way_ms / 100.0)
    return 25.0 * (_sixth_root(1.0 + x**6) - 3.0 * _sixth_root(1.0 + (x / 3.0) ** 6) + 2.0)


def _sixth_root(value: float) -> float:
    return exp(log(value) / 6.0)


def loss_impairment(loss_percent: float, *, ie: float, bpl: float) -> float:
    """Return Ie,eff for random loss of 0–100 percent."""
    return ie + (95.0 - ie) * loss_percent / (loss_percent + bpl)


def rating(one_way_ms: float, loss_percent: float, *, bpl: float) -> float:
    """Return R of Opus over a line; it falls with delay and loss and may be below 0."""
    return (
        R_OF_A_CLEAN_LINE - delay_impairment(one_way_ms) - loss_impairment(loss_percent, ie=IE_OPUS, bpl=bpl)
    )


def mean_opinion(r: float) -> float:
    """Return the MOS of a rating, 1.0–4.5; the formula dips below 1 for small R, which no opinion is."""
    if r >= 100.0:
        return 4.5
    return max(1.0, 1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6) if r > 0.0 else 1.0
