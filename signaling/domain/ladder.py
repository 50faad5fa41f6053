"""The ladder that a thin line is walked down: what somebody still sends or receives, and why no more."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class LadderStep(StrEnum):
    """How much goes one way, the most first; each step leaves out what the one before it still had."""

    HIGH = "high"
    """高清: everything."""
    STANDARD = "standard"
    """标清: no picture in its best encoding."""
    SAVER = "saver"
    """省流量: the least of each picture, and fewer of them a second."""
    VOICE_DESKTOP = "voice_desktop"
    """仅语音+桌面: no camera."""
    VOICE = "voice"
    """仅语音: no picture."""
    TEXT = "text"
    """文字与图片: no sound either; chat and stills go on."""


class LadderReason(StrEnum):
    """Why somebody is not on the highest step, or is held on one."""

    LOSS = "loss"
    DELAY = "delay"
    RATE = "rate"
    """The line carries no more."""
    SLOW_PC = "slow_pc"
    PINNED = "pinned"
    """They chose it."""
    HIDDEN = "hidden"
    """Their page is in the background: it shows nothing."""


@dataclass(frozen=True, slots=True)
class Rung:
    """Where one direction of somebody's media is; without a reason nothing keeps it from being whole."""

    step: LadderStep = LadderStep.HIGH
    why: LadderReason | None = None


TOP: Final = Rung()
