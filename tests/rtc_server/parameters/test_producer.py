"""Our own rules for producers, beyond mediasoup's."""

import copy
from typing import Any

import pytest

from rtc_server.errors import MalformedError, UnsupportedError
from rtc_server.sfu.parameters import (
    RtpEncoding,
    check_producer_parameters,
    map_producer,
    parse_rtp_parameters,
    producer_type,
    router_capabilities,
)
from rtc_server.wire import extensions
from tests.rtc_server.parameters.conftest import CLIENTS

CHROMIUM_VIDEO: Any = CLIENTS["chromium"]["produced"][1]["rtpParameters"]


def changed(**fields: Any) -> dict[str, Any]:
    return {**copy.deepcopy(CHROMIUM_VIDEO), **fields}


def check(params: Any, kind: str = "video") -> Any:
    return check_producer_parameters(kind, parse_rtp_parameters(params))


def test_recorded_single_encodings_pass(client: Any) -> None:
    for produced in client["produced"]:
        if len(produced["rtpParameters"]["encodings"]) == 1:
            checked = check(produced["rtpParameters"], produced["kind"])
            assert checked.media_codec is checked.codecs[0]
            assert producer_type(checked) == "simple"


def test_recorded_simulcast_passes() -> None:
    simulcast = [p for p in CLIENTS["chromium"]["produced"] if len(p["rtpParameters"]["encodings"]) > 1]
    assert simulcast
    for produced in simulcast:
        checked = check(produced["rtpParameters"], produced["kind"])
        assert len(checked.encodings) > 1
        assert all(checked.rids)
        assert producer_type(checked) == "simulcast"


def test_simulcast_of_a_codec_we_do_not_switch_between_is_unsupported() -> None:
    vp9 = {**CHROMIUM_VIDEO["codecs"][0], "mimeType": "video/VP9"}
    with pytest.raises(UnsupportedError, match="VP8 and H264 only"):
        check(changed(codecs=[vp9], encodings=[{"rid": "l"}, {"rid": "h"}]))


def test_no_encodings_are_one_empty_encoding() -> None:
    assert check(changed(encodings=[])).encodings == (RtpEncoding(),)


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        (changed(codecs=[]), "no media codec"),
        (changed(codecs=CHROMIUM_VIDEO["codecs"][1:]), "no media codec"),
        (changed(codecs=[CHROMIUM_VIDEO["codecs"][0]] * 2), "payload type is used twice"),
        (changed(headerExtensions=[{"uri": "a", "id": 1}, {"uri": "b", "id": 1}]), "id is used twice"),
        (changed(mid=None, encodings=[{}]), "neither ssrc nor rid"),
        (changed(encodings=[{"ssrc": 5, "rtx": {"ssrc": 5}}]), "ssrc of the media"),
        (changed(encodings=[{"rid": "l"}, {}]), "neither ssrc nor rid"),
        (changed(encodings=[{"rid": "l"}, {"rid": "l"}]), "rid is used twice"),
        (changed(encodings=[{"ssrc": 1}, {"ssrc": 2, "rtx": {"ssrc": 1}}]), "ssrc is used twice"),
        (changed(encodings=[{"rid": str(number)} for number in range(5)]), "more than 4 encodings"),
    ],
)
def test_refusals(params: Any, sentence: str) -> None:
    with pytest.raises(MalformedError, match=sentence):
        check(params)


def test_wrong_kind() -> None:
    with pytest.raises(MalformedError, match="not of kind audio"):
        check(CHROMIUM_VIDEO, "audio")
    with pytest.raises(MalformedError, match="neither audio nor video"):
        check(CHROMIUM_VIDEO, "smell")


def test_scalability_mode_with_layers_is_svc() -> None:
    assert producer_type(check(changed(encodings=[{"ssrc": 1, "scalabilityMode": "L1T3"}]))) == "svc"
    assert producer_type(check(changed(encodings=[{"ssrc": 1, "scalabilityMode": "L1T1"}]))) == "simple"


def test_codec_that_the_router_lacks_is_unsupported() -> None:
    with pytest.raises(UnsupportedError, match="VP8"):
        map_producer(check(CHROMIUM_VIDEO), router_capabilities(("opus", "H264")), 1)


def test_what_the_forwarder_asks_of_checked_parameters() -> None:
    checked = check(CHROMIUM_VIDEO)
    assert checked.rtx_codec is not None
    assert checked.rtx_codec.parameters["apt"] == checked.media_codec.payload_type
    assert checked.media_codec.has_feedback("nack")
    assert checked.media_codec.has_feedback("nack", "pli")
    assert not checked.media_codec.has_feedback("nack", "sli")
    assert checked.extension_id(extensions.MID) is not None
    assert checked.extension_id("urn:unknown") is None
    assert parse_rtp_parameters(changed(codecs=CHROMIUM_VIDEO["codecs"][:1])).rtx_codec is None


def test_input_is_never_altered() -> None:
    before = copy.deepcopy(CHROMIUM_VIDEO)
    map_producer(check(CHROMIUM_VIDEO), router_capabilities(("VP8",)), 1)
    assert before == CHROMIUM_VIDEO


def test_json_of_parameters_reads_back() -> None:
    parsed = parse_rtp_parameters(CHROMIUM_VIDEO)
    assert parse_rtp_parameters(parsed.to_json()) == parsed


def test_unknown_router_codec() -> None:
    with pytest.raises(UnsupportedError, match="Theora"):
        router_capabilities(("opus", "Theora"))
