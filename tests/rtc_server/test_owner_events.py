"""What passes between media and its owner survives its way, and nothing else is taken for it."""

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc_server.errors import MalformedError
from rtc_server.owner_events import (
    OWNER_EVENTS,
    OwnerEvent,
    RecordingStalled,
    SpeakerChanged,
    TransportQualityChanged,
    TransportState,
    TransportStateChanged,
)
from rtc_server.tagged_json import TaggedJson
from rtc_server.tap_commands import TAP_COMMANDS, TapCommand

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
EVENTS = st.one_of(*(st.from_type(kind) for kind in get_args(OwnerEvent)))


@given(EVENTS)
def test_every_event_comes_back_as_it_was(event: OwnerEvent) -> None:
    try:
        travelled = json.loads(json.dumps(OWNER_EVENTS.write(event), allow_nan=False))
    except ValueError:  # no line loses NaN of its packets
        return
    assert OWNER_EVENTS.read(travelled) == event


@given(st.one_of(*(st.from_type(kind) for kind in get_args(TapCommand))))
def test_every_tap_command_arrives_as_it_was(command: TapCommand) -> None:
    assert TAP_COMMANDS.read(json.loads(json.dumps(TAP_COMMANDS.write(command)))) == command


@given(JSON)
def test_any_json_is_an_event_or_malformed(found: object) -> None:
    with pytest.raises(MalformedError):
        OWNER_EVENTS.read(found)


@given(EVENTS, st.data())
def test_an_event_with_a_field_changed_is_an_event_or_malformed(
    event: OwnerEvent, data: st.DataObject
) -> None:
    travelled = OWNER_EVENTS.write(event)
    name = data.draw(st.sampled_from([*travelled, "more"]))
    travelled[name] = data.draw(JSON)
    with suppress(MalformedError):
        assert isinstance(OWNER_EVENTS.read(travelled), get_args(OwnerEvent))


def test_an_event_travels_as_its_own_name_and_fields() -> None:
    event = TransportStateChanged("call", "t", TransportState.CLOSED, "closed")
    assert OWNER_EVENTS.write(event) == {
        "is": "TransportStateChanged",
        "router_id": "call",
        "transport_id": "t",
        "state": "closed",
        "reason": "closed",
    }


@pytest.mark.parametrize(
    "change",
    [
        {"is": "SpeakerVanished"},
        {"is": ["SpeakerChanged"]},
        {"more": 1},
        {"router_id": None},
        {"router_id": 7},
        {"producer_id": ["p"]},
    ],
)
def test_what_differs_from_the_definition_is_malformed(change: dict[str, object]) -> None:
    with pytest.raises(MalformedError):
        OWNER_EVENTS.read(OWNER_EVENTS.write(SpeakerChanged("call", None)) | change)


def test_a_missing_field_is_malformed() -> None:
    with pytest.raises(MalformedError, match="router_id"):
        OWNER_EVENTS.read({"is": "SpeakerChanged", "producer_id": None})


@pytest.mark.parametrize("seconds", [True, "3", float("nan"), float("inf"), 10**400, None])
def test_a_number_is_a_finite_number(seconds: object) -> None:
    travelled = OWNER_EVENTS.write(RecordingStalled("call", "clerk", "camera", 3.0)) | {"silence_s": seconds}
    with pytest.raises(MalformedError):
        OWNER_EVENTS.read(travelled)


def test_a_whole_number_may_stand_for_seconds() -> None:
    travelled = OWNER_EVENTS.write(RecordingStalled("call", "clerk", "camera", 3.0)) | {"silence_s": 3}
    assert OWNER_EVENTS.read(travelled) == RecordingStalled("call", "clerk", "camera", 3.0)


def test_an_enum_takes_its_own_values_only() -> None:
    travelled = OWNER_EVENTS.write(
        TransportQualityChanged("call", "t", level=TransportState.NEW, loss_in=0, loss_out=0, rtt_ms=None)  # type: ignore[arg-type]
    )
    with pytest.raises(MalformedError):
        OWNER_EVENTS.read(travelled)


def test_a_definition_with_a_field_that_cannot_travel_is_an_error_at_start() -> None:
    @dataclass(frozen=True, slots=True)
    class Wide:
        anything: object

    with pytest.raises(TypeError):
        TaggedJson("thing", Wide)
