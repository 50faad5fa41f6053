"""What a call's log says of remote control, for its replay: from when to when, by whom, and the clicks."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from itertools import groupby
from typing import Any, Final, TypeVar

from signaling.domain.call_model import CallEvent
from signaling.domain.control.grant import ControlEnd, ControlPause, ControlScope
from signaling.domain.log_kinds import LogKind
from signaling.services.directory import Directory
from signaling.web.messages.views.controlled import ClickView, ControlledView, ControlPauseView
from signaling.web.present.people import name_of

E = TypeVar("E", bound=StrEnum)

_TOLD: Final = frozenset(kind.value for kind in LogKind if kind.value.startswith("control."))


def controlled(
    events: Sequence[CallEvent], started_at: float, ended_at: float, directory: Directory
) -> list[ControlledView]:
    """Return each grant of a log, in order of time; what no entry ends ended with the recording.

    Args:
        started_at, ended_at: of the recording, seconds on the server's clock.
    """
    spans = [_Span(told) for told in _by_control(events)]
    granted = [span for span in spans if span.granted is not None]
    return [span.view(started_at, ended_at, directory) for span in granted]


def clicked(events: Sequence[CallEvent], started_at: float) -> list[ClickView]:
    """Return the clicks of all grants in order of time, on the recording's clock."""
    found = [click for event in events for click in _clicks(event, started_at)]
    return sorted(found, key=lambda click: click.offset_ms)


def without_clicks(event: CallEvent) -> CallEvent:
    """Return an entry without what `clicked` says of it."""
    if event.kind != LogKind.CONTROL_DOINGS.value:
        return event
    return replace(event, data={name: value for name, value in event.data.items() if name != "clicks"})


def _by_control(events: Sequence[CallEvent]) -> Iterator[list[CallEvent]]:
    told = [event for event in events if event.kind in _TOLD]
    order = {control_id: number for number, control_id in enumerate(dict.fromkeys(map(_control_id, told)))}
    told.sort(key=lambda event: (order[_control_id(event)], event.sequence))
    for _, found in groupby(told, key=_control_id):
        yield list(found)


def _control_id(event: CallEvent) -> str:
    return str(event.data.get("control_id"))


class _Span:
    """One grant: the entries of its control, in order."""

    def __init__(self, told: Sequence[CallEvent]) -> None:
        self._told = told
        self.granted = self._first(LogKind.CONTROL_GRANTED)

    def view(self, started_at: float, ended_at: float, directory: Directory) -> ControlledView:
        granted, asked = self.granted, self._first(LogKind.CONTROL_ASKED)
        ended = self._first(LogKind.CONTROL_ENDED)
        assert granted is not None
        end_at = ended.at if ended is not None else max(granted.at, ended_at)
        return ControlledView(
            control_id=_control_id(granted),
            name=name_of(asked.actor if asked is not None else None, directory),
            granted_by=name_of(granted.actor, directory),
            scopes=_values(ControlScope, granted.data.get("scopes")),
            offset_ms=_ms(granted.at - started_at),
            duration_ms=_ms(end_at - granted.at),
            pauses=list(self._pauses(end_at, started_at)),
            end=_value(ControlEnd, ended.data.get("end")) if ended is not None else None,
            clicks=self._count("clicks", "clicks_unlisted"),
            drags=self._count("drags"),
            keys=sum(count for _, count in self._done("keys")),
            texts=self._count("texts", "pushed", "texts_unlisted"),
            characters=sum(said[1] for kind in ("texts", "pushed") for said in self._done(kind)),
        )

    def _pauses(self, end_at: float, started_at: float) -> Iterator[ControlPauseView]:
        began: CallEvent | None = None
        for event in self._told:
            if event.kind == LogKind.CONTROL_PAUSED.value:
                began = began or event
            elif began is not None and event.kind in (
                LogKind.CONTROL_RESUMED.value,
                LogKind.CONTROL_ENDED.value,
            ):
                yield _pause(began, event.at, started_at)
                began = None
        if began is not None:
            yield _pause(began, end_at, started_at)

    def _first(self, kind: LogKind) -> CallEvent | None:
        return next((event for event in self._told if event.kind == kind.value), None)

    def _done(self, kind: str) -> list[Any]:
        return [one for event in self._told for one in _listed(event, kind)]

    def _count(self, *kinds: str) -> int:
        """Return how many there are, listed or only counted."""
        counts = [event.data.get(kind) for event in self._told for kind in kinds]
        return sum(
            len(one) if isinstance(one, list) else one for one in counts if isinstance(one, list | int)
        )


def _pause(began: CallEvent, until: float, started_at: float) -> ControlPauseView:
    return ControlPauseView(
        offset_ms=_ms(began.at - started_at),
        duration_ms=_ms(until - began.at),
        pause=_value(ControlPause, began.data.get("pause")),
    )


def _clicks(event: CallEvent, started_at: float) -> Iterator[ClickView]:
    if event.kind != LogKind.CONTROL_DOINGS.value:
        return
    since = event.data.get("since", event.at)
    for at, x, y, button in _listed(event, "clicks"):
        yield ClickView(
            control_id=_control_id(event),
            offset_ms=_ms(since - started_at) + at,
            x=x,
            y=y,
            button=button,
        )


def _listed(event: CallEvent, kind: str) -> list[Any]:
    found = event.data.get(kind) if event.kind == LogKind.CONTROL_DOINGS.value else None
    return found if isinstance(found, list) else []


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _value(of: type[E], value: object) -> E | None:
    """Return a value that this version knows; another one may have written others."""
    return next((one for one in of if one.value == value), None)


def _values(of: type[E], values: object) -> list[E]:
    return [one for one in of if isinstance(values, list) and one.value in values]
