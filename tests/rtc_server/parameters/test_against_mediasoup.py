"""Differential test: our parameter functions and mediasoup's `ortc` give the same answers."""

import copy
import itertools
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rtc_server.sfu.parameters import RtpCapabilities, parse_sctp_stream_parameters, router_capabilities
from rtc_server.sfu.parameters.types import RtpCodecCapability
from rtc_server.wire.codecs import CODECS
from tests.rtc_server.parameters.conftest import CLIENTS
from tests.rtc_server.parameters.differential import (
    PACKET_ID,
    assert_same_consume,
    assert_same_produce,
    attempt,
    our_consume,
    our_produce,
    router_json,
    their_consume,
    their_produce,
    type_error,
    unsupported_error,
)
from tests.rtc_server.parameters.oracle import Oracle

ALL_CAPS = {name: client["recvRtpCapabilities"] for name, client in CLIENTS.items()} | {
    "router": router_json()
}
ALL_PRODUCED = [entry for client in CLIENTS.values() for entry in client["produced"]]

generated = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.parametrize("names", [("opus", "VP8"), ("H264", "opus"), tuple(CODECS)])
def test_router_capabilities(oracle: Oracle, names: tuple[str, ...]) -> None:
    media_codecs = [
        {
            "kind": codec.kind,
            "mimeType": codec.mime_type,
            "clockRate": codec.clock_rate,
            "parameters": dict(parameters),
        }
        | ({"channels": codec.channels} if codec.channels else {})
        for codec in (CODECS[name] for name in names)
        for parameters in codec.parameter_sets
    ]
    theirs = oracle.ask("router", mediaCodecs=media_codecs)
    theirs["headerExtensions"] = [entry for entry in theirs["headerExtensions"] if entry["uri"] != PACKET_ID]
    assert router_capabilities(names).to_json() == theirs


@pytest.mark.parametrize("consumer", sorted(ALL_CAPS))
@pytest.mark.parametrize("enable_rtx", [True, False])
def test_recorded_clients(oracle: Oracle, client: Any, consumer: str, enable_rtx: bool) -> None:
    """Every stream a real client produced, simulcast too, consumed by every real client."""
    for produced in client["produced"]:
        theirs = their_produce(oracle, produced["kind"], produced["rtpParameters"])
        ours = our_produce(produced["kind"], produced["rtpParameters"], first_ssrc(theirs), checked=True)
        consumable = assert_same_produce(theirs, ours)
        assert_same_consume(oracle, consumable, ALL_CAPS[consumer], enable_rtx)


FEEDBACK = st.sampled_from(
    [
        {"type": "nack"},
        {"type": "nack", "parameter": "pli"},
        {"type": "ccm", "parameter": "fir"},
        {"type": "goog-remb", "parameter": ""},
        {"type": "transport-cc"},
    ]
)
PROFILE_IDS = (
    *("42e01f", "42001f", "42e00b", "42f00b", "42e00a", "42100b", "420015", "4d001f", "4d801f", "4d100b"),
    *("58e01f", "58a01f", "640c1f", "641c0b", "64001f", "f4001f", "42E01F"),
    *("zzzzzz", "", "42e0", "000000", "42e0ff", "42e01f0"),
)
PROFILES = st.sampled_from(PROFILE_IDS)
FORMATS = {
    "audio/opus": st.fixed_dictionaries(
        {}, optional={"stereo": st.integers(0, 1), "useinbandfec": st.just(1)}
    ),
    "video/VP8": st.just({}),
    "video/vp9": st.fixed_dictionaries({}, optional={"profile-id": st.sampled_from([0, 0, 0, 1, "0"])}),
    "video/AV1": st.just({"level-idx": 5}),
    "video/H264": st.fixed_dictionaries(
        {},
        optional={
            "packetization-mode": st.sampled_from([1, 1, 1, 1, 0, "1"]),
            "profile-level-id": st.sampled_from(["42e01f", "42001f"]) | PROFILES,
            "level-asymmetry-allowed": st.sampled_from([0, 1, "1"]),
        },
    ),
    "video/H265": st.just({}),
}

COMMON = ["audio/opus", "video/VP8", "video/vp9", "video/AV1", "video/H264"] * 5 + ["video/H265"]
RARELY_1000 = st.sampled_from([90000] * 19 + [1000])


@st.composite
def codecs(draw: st.DrawFn, payload_key: str) -> list[dict[str, Any]]:
    """Media codecs, some followed by RTX, some RTX pointing nowhere."""
    payload_types = iter(range(draw(st.integers(96, 110)), 128))
    entries: list[dict[str, Any]] = []
    for mime_type in draw(st.lists(st.sampled_from(COMMON), max_size=4)):
        kind = mime_type.partition("/")[0]
        payload_type = next(payload_types)
        entry = {
            "kind": kind,
            "mimeType": mime_type,
            "clockRate": 48000 if kind == "audio" else draw(RARELY_1000),
            payload_key: payload_type,
            "parameters": draw(FORMATS[mime_type]),
            "rtcpFeedback": draw(st.lists(FEEDBACK, max_size=5)),
        }
        if kind == "audio":
            entry["channels"] = draw(st.sampled_from([2] * 9 + [1]))
        entries.append(entry)
        if draw(st.booleans()):
            apt = payload_type if draw(st.integers(0, 19)) else 1
            rtx = {
                "kind": "video",
                "mimeType": "video/rtx",
                "clockRate": 90000,
                payload_key: next(payload_types),
                "parameters": {"apt": apt},
            }
            entries.append(rtx)
    return entries


URIS = [*sorted({entry["uri"] for entry in router_json()["headerExtensions"]}), "urn:unknown"]
CAPABILITIES = st.fixed_dictionaries(
    {
        "codecs": codecs("preferredPayloadType"),
        "headerExtensions": st.lists(
            st.builds(
                lambda kind, uri, identifier: {"kind": kind, "uri": uri, "preferredId": identifier},
                st.sampled_from(["audio", "video"]),
                st.sampled_from(URIS),
                st.integers(1, 12),
            )
            | st.sampled_from(router_json()["headerExtensions"]),
            max_size=12,
        ),
    }
)
ENCODINGS = st.lists(
    st.fixed_dictionaries(
        {"ssrc": st.integers(0, 2**32 - 1)},
        optional={
            "rid": st.sampled_from(["r0", "r1"]),
            "rtx": st.fixed_dictionaries({"ssrc": st.integers(0, 2**32 - 1)}),
            "scalabilityMode": st.sampled_from(["L1T3", "S3T3", "L3T3_KEY", "L1T1", "odd"]),
            "maxBitrate": st.integers(0, 10**7),
            "dtx": st.booleans(),
        },
    ),
    min_size=1,
    max_size=3,
)


@st.composite
def rtp_parameters(draw: st.DrawFn) -> dict[str, Any]:
    uris = draw(st.lists(st.sampled_from(URIS), unique=True, max_size=6))
    return {
        "mid": draw(st.sampled_from(["0", "", "a1"])),
        "codecs": draw(codecs("payloadType")),
        "headerExtensions": [{"uri": uri, "id": number} for number, uri in enumerate(uris, 1)],
        "encodings": draw(ENCODINGS),
        "rtcp": draw(st.sampled_from([{"cname": "c"}, {"cname": ""}, {}, {"reducedSize": False}])),
        "msid": draw(st.sampled_from(["stream track", ""])),
    }


@generated
@given(
    params=rtp_parameters(), caps=CAPABILITIES, kind=st.sampled_from(["audio", "video"]), rtx=st.booleans()
)
def test_generated_parameters(oracle: Oracle, params: Any, caps: Any, kind: str, rtx: bool) -> None:
    theirs = their_produce(oracle, kind, params)
    ours = our_produce(kind, params, first_ssrc(theirs), checked=False)
    if isinstance(theirs, str):
        assert ours == theirs
        return
    assert_same_consume(oracle, assert_same_produce(theirs, ours), caps, rtx)


@generated
@given(produced=st.sampled_from(ALL_PRODUCED), caps=CAPABILITIES, rtx=st.booleans())
def test_generated_capabilities(oracle: Oracle, produced: Any, caps: Any, rtx: bool) -> None:
    ours = our_produce(produced["kind"], produced["rtpParameters"], 1000, checked=False)
    assert_same_consume(oracle, ours[2], caps, rtx)


LEVEL_1B_IDS = ("42f00b", "42100b", "4d100b")
"""As the router's own level: mediasoup's library has libwebrtc's comparison with 1b inverted, we do not."""


@pytest.mark.parametrize("capability", [name for name in PROFILE_IDS if name not in LEVEL_1B_IDS])
def test_every_pair_of_h264_profiles(oracle: Oracle, capability: str) -> None:
    """A router with this profile, producers and consumers with each other one; asymmetry on and off."""
    asymmetries: tuple[str | int, ...] = (0, 1, "1")
    for ours, theirs, offered in itertools.product(asymmetries, (0, 1), (None, *PROFILE_IDS)):
        caps = RtpCapabilities((h264(capability, ours), h264("42e01f", 1, 98)), ())
        params = h264_producer(offered, theirs)
        expected = their_produce(oracle, "video", params, caps)
        found = our_produce("video", params, first_ssrc(expected), checked=False, caps=caps)
        if isinstance(expected, str):
            assert found == expected
            continue
        consumable = assert_same_produce(expected, found)
        consumer = RtpCapabilities((h264(capability, theirs),), ()).to_json()
        assert_same_consume(oracle, consumable, consumer, True)


def h264(profile: str, asymmetry: str | int, payload_type: int = 100) -> RtpCodecCapability:
    return RtpCodecCapability(
        kind="video",
        mime_type="video/H264",
        clock_rate=90000,
        preferred_payload_type=payload_type,
        parameters={"profile-level-id": profile, "level-asymmetry-allowed": asymmetry},
    )


def h264_producer(profile: str | None, asymmetry: int) -> dict[str, Any]:
    parameters = {"level-asymmetry-allowed": asymmetry} | ({"profile-level-id": profile} if profile else {})
    codec = {"mimeType": "video/H264", "payloadType": 96, "clockRate": 90000, "parameters": parameters}
    return {"mid": "0", "codecs": [codec], "encodings": [{"ssrc": 1}]}


def paths(value: Any, prefix: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to every node of a JSON value, the root left out."""
    children: Any = ()
    if isinstance(value, dict):
        children = value.items()
    elif isinstance(value, list):
        children = enumerate(value)
    return [path for key, child in children for path in ((*prefix, key), *paths(child, (*prefix, key)))]


@st.composite
def mutated(draw: st.DrawFn, values: list[Any]) -> Any:
    """A valid JSON value with a few nodes removed or replaced by junk."""
    value = copy.deepcopy(draw(st.sampled_from(values)))
    junk = (
        st.none()
        | st.booleans()
        | st.integers(-2, 400)
        | st.floats(0, 10)
        | st.sampled_from(["", "x", "video/rtx", "audio/opus", [], {}, [1], {"a": 1}, "1"])
    )
    for _ in range(draw(st.integers(1, 3))):
        # What an extension's own parameters say is of no interest to us, so we do not check it.
        open_paths = [
            path for path in paths(value) if not ("headerExtensions" in path and "parameters" in path)
        ]
        if not open_paths:
            break
        *way, last = draw(st.sampled_from(open_paths))
        node = value
        for key in way:
            node = node[key]
        if draw(st.booleans()):
            node[last] = copy.deepcopy(draw(junk))
        else:
            del node[last]
    return value


@generated
@given(produced=mutated(ALL_PRODUCED))
def test_mutated_parameters_are_never_taken_when_mediasoup_refuses(oracle: Oracle, produced: Any) -> None:
    """We are stricter (bounds, doubles), never laxer; what both take means the same."""
    kind, params = produced.get("kind"), produced.get("rtpParameters")
    theirs = their_produce(oracle, kind, params)
    ours = our_produce(kind, params, first_ssrc(theirs), checked=True)
    if isinstance(ours, str):
        assert ours in (type_error, unsupported_error)
    else:
        assert not isinstance(theirs, str), theirs
        # An empty list of encodings means one empty encoding to us (MEDIA_CONTRACT 23).
        if params.get("encodings"):
            assert_same_produce(theirs, ours)


@generated
@given(caps=mutated(list(ALL_CAPS.values())), produced=st.sampled_from(ALL_PRODUCED))
def test_mutated_capabilities_are_never_taken_when_mediasoup_refuses(
    oracle: Oracle, caps: Any, produced: Any
) -> None:
    consumable = our_produce(produced["kind"], produced["rtpParameters"], 1000, checked=False)[2]
    theirs = their_consume(oracle, consumable.to_json(), caps, True)
    if attempt(lambda: our_consume(consumable, caps, True, 1)) == type_error:
        return
    assert not isinstance(theirs, str) or theirs == unsupported_error
    assert_same_consume(oracle, consumable, caps, True)


@generated
@given(
    params=st.fixed_dictionaries(
        {},
        optional={
            "streamId": st.integers(0, 65534) | st.none() | st.just("1"),
            "ordered": st.booleans() | st.none(),
            "maxPacketLifeTime": st.integers(0, 3) | st.none() | st.just("1"),
            "maxRetransmits": st.integers(0, 3) | st.none() | st.just("1"),
        },
    )
)
def test_sctp_stream_parameters(oracle: Oracle, params: Any) -> None:
    theirs = attempt(lambda: oracle.ask("sctp", params=params))
    ours = attempt(lambda: parse_sctp_stream_parameters(params).to_json())
    if isinstance(theirs, dict):
        theirs = {name: value for name, value in theirs.items() if value is not None}
    if params.get("ordered") is False and isinstance(ours, dict):
        # mediasoup's quirk: 0 counts as absent. We keep it, because `ordered: false` says that it is meant.
        assert isinstance(theirs, dict)
        assert ours["ordered"] is False
        assert ours.get("maxRetransmits", 0) == (theirs.get("maxRetransmits") or 0)
        return
    if isinstance(theirs, dict):
        theirs = {name: value for name, value in theirs.items() if name in ("streamId", "ordered") or value}
    assert ours == theirs


def test_oracle_is_locked_without_registry() -> None:
    """The lock names no registry, so that every user's own npm settings are honoured."""
    from tests.rtc_server.parameters.oracle import FOLDER

    lock = json.loads((FOLDER / "package-lock.json").read_text())
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]


def first_ssrc(theirs: Any) -> int:
    """Return the random SSRC mediasoup's mapping began with."""
    if isinstance(theirs, str) or not theirs["mapping"]["encodings"]:
        return 1000
    ssrc = theirs["mapping"]["encodings"][0]["mappedSsrc"]
    assert isinstance(ssrc, int)
    return ssrc
