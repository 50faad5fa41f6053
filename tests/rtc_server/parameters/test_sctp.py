import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc_server.errors import LimitError, MalformedError
from rtc_server.sfu.parameters import SctpStreamParameters, StreamIds, parse_sctp_stream_parameters


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"streamId": 0}, SctpStreamParameters(0, True)),
        ({"streamId": 1, "maxRetransmits": 3}, SctpStreamParameters(1, False, None, 3)),
        ({"streamId": 1, "maxPacketLifeTime": 50}, SctpStreamParameters(1, False, 50, None)),
        # mediasoup's quirk: 0 alone counts as absent …
        ({"streamId": 1, "maxRetransmits": 0}, SctpStreamParameters(1, True)),
        # … but with `ordered: false` it is meant.
        ({"streamId": 1, "ordered": False, "maxRetransmits": 0}, SctpStreamParameters(1, False, None, 0)),
        (
            {"streamId": 1, "ordered": False, "maxRetransmits": 0, "maxPacketLifeTime": 9},
            SctpStreamParameters(1, False, 9, None),
        ),
    ],
)
def test_normalised(params: dict[str, object], expected: SctpStreamParameters) -> None:
    parsed = parse_sctp_stream_parameters(params)
    assert parsed == expected
    assert parse_sctp_stream_parameters(parsed.to_json()) == expected


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"streamId": 65535},
        {"streamId": 1, "maxRetransmits": 1, "maxPacketLifeTime": 1},
        {"streamId": 1, "ordered": True, "maxRetransmits": 1},
        {"streamId": 1, "ordered": "yes"},
    ],
)
def test_refused(params: dict[str, object]) -> None:
    with pytest.raises(MalformedError):
        parse_sctp_stream_parameters(params)


def test_ids_go_round_and_come_back() -> None:
    """A freed id is not given out at once: the other side may still be resetting its stream."""
    ids = StreamIds(3)
    assert [ids.take(), ids.take()] == [0, 1]
    ids.release(0)
    assert [ids.take(), ids.take()] == [2, 0]
    with pytest.raises(LimitError):
        ids.take()
    ids.release(7)
    ids.release(1)
    assert ids.take() == 1


@given(st.lists(st.integers(0, 7), max_size=60))
def test_an_id_is_never_given_out_twice(script: list[int]) -> None:
    ids = StreamIds(4)
    taken: set[int] = set()
    for act in script:
        if act < 4:
            ids.release(act)
            taken.discard(act)
        elif len(taken) < 4:
            new = ids.take()
            assert new not in taken
            taken.add(new)
