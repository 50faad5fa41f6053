"""Bounds on what a peer may send as JSON."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc_server.errors import MalformedError
from rtc_server.sfu.parameters import (
    parse_rtp_capabilities,
    parse_rtp_parameters,
    parse_sctp_stream_parameters,
)

CODEC = {"mimeType": "video/VP8", "payloadType": 96, "clockRate": 90000}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda children: (
        st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=8), children, max_size=4)
    ),
    max_leaves=20,
)
known_names = st.sampled_from(
    [
        "codecs",
        "headerExtensions",
        "encodings",
        "rtcp",
        "mid",
        "msid",
        "mimeType",
        "payloadType",
        "clockRate",
        "parameters",
        "rtcpFeedback",
        "uri",
        "id",
        "kind",
        "preferredId",
        "ssrc",
        "rtx",
        "streamId",
        "ordered",
    ]
)
shaped = st.recursive(
    json_values,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(known_names, children, max_size=6),
    max_leaves=30,
)


@pytest.mark.parametrize(
    "parse", [parse_rtp_parameters, parse_rtp_capabilities, parse_sctp_stream_parameters]
)
@given(value=shaped)
def test_any_json_raises_only_malformed(parse: Any, value: Any) -> None:
    with contextlib.suppress(MalformedError):
        json.dumps(parse(value).to_json())


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"codecs": {}},
        {"codecs": [CODEC] * 129},
        {"codecs": [CODEC | {"payloadType": 128}]},
        {"codecs": [CODEC | {"payloadType": True}]},
        {"codecs": [CODEC | {"clockRate": 1.5}]},
        {"codecs": [CODEC | {"clockRate": 0}]},
        {"codecs": [CODEC | {"mimeType": "text/plain"}]},
        {"codecs": [CODEC | {"mimeType": "video/" + "x" * 300}]},
        {"codecs": [CODEC | {"parameters": []}]},
        {"codecs": [CODEC | {"parameters": {"apt": "96"}}]},
        {"codecs": [CODEC | {"parameters": {"x": None}}]},
        {"codecs": [CODEC | {"parameters": {"x": "y" * 300}}]},
        {"codecs": [CODEC | {"parameters": {str(index): 1 for index in range(129)}}]},
        {"codecs": [CODEC | {"rtcpFeedback": [{}]}]},
        {"codecs": [CODEC], "headerExtensions": [{"uri": "a", "id": 0}]},
        {"codecs": [CODEC], "headerExtensions": [{"uri": "a", "id": 256}]},
        {"codecs": [CODEC], "headerExtensions": [{"uri": "a", "id": 1, "encrypt": 1}]},
        {"codecs": [CODEC], "encodings": [{"ssrc": -1}]},
        {"codecs": [CODEC], "encodings": [{"ssrc": 2**32}]},
        {"codecs": [CODEC], "encodings": [{"rtx": {}}]},
        {"codecs": [CODEC], "mid": "m" * 33},
        {"codecs": [CODEC], "rtcp": {"cname": 1}},
    ],
)
def test_refused_parameters(params: Any) -> None:
    with pytest.raises(MalformedError):
        parse_rtp_parameters(params)


def test_javascript_writes_whole_numbers_either_way() -> None:
    parsed = parse_rtp_parameters({"codecs": [CODEC | {"clockRate": 90000.0, "parameters": {"x": 1.0}}]})
    assert parsed.codecs[0].clock_rate == 90000
    assert parsed.codecs[0].parameters == {"x": 1}
