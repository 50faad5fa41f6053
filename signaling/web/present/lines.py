"""The lines of a call as they are shown."""

from collections.abc import Callable, Iterable

from signaling.domain.lines.sample import Reported
from signaling.domain.lines.worst import WorstLine
from signaling.services.lines import Line
from signaling.web.messages.views.lines import LineList, LineView, WorstLineView
from signaling.web.present.places import moment


def worst_line_view(worst: WorstLine) -> WorstLineView:
    """Show the worst line of a call on the wall."""
    return WorstLineView(name=worst.name, direction=worst.direction, level=worst.level, opinion=worst.opinion)


def line_list(lines: Iterable[Line]) -> LineList:
    """Show lines; those that nothing is known of are left out."""
    return LineList(lines=[_line_view(line) for line in lines if line.samples])


def _line_view(line: Line) -> LineView:
    samples = line.samples
    began_at = samples[0].at

    def told(value: Callable[[Reported], int | None]) -> list[int | None]:
        return [None if one.reported is None else value(one.reported) for one in samples]

    return LineView(
        participant_id=line.participant_id,
        name=line.name,
        part=line.part,
        direction=line.direction,
        step_ms=round(line.step_s * 1000),
        began_at=moment(began_at),
        at_ms=[round((one.at - began_at) * 1000) for one in samples],
        opinion=[one.opinion for one in samples],
        level=[one.level for one in samples],
        kbps=[one.kbps for one in samples],
        lost=[one.lost_permille for one in samples],
        sound_lost=[one.sound_lost_permille for one in samples],
        rtt_ms=[one.rtt_ms for one in samples],
        jitter_ms=[one.jitter_ms for one in samples],
        layer=[one.layer for one in samples],
        made_up=told(lambda one: one.made_up_permille),
        freezes=told(lambda one: one.freezes),
        freeze_ms=told(lambda one: one.freeze_ms),
        frames=told(lambda one: one.frames),
        buffer_ms=told(lambda one: one.buffer_ms),
    )
