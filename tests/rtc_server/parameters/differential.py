"""Ask mediasoup and ourselves the same, in the same words.

Each function returns plain JSON, or the name of the error class in mediasoup's words, so that the two can
be compared with ==.
"""

from collections.abc import Callable
from typing import Any

from rtc_server.errors import MalformedError, UnsupportedError
from rtc_server.sfu.parameters import (
    RtpCapabilities,
    RtpParameters,
    can_consume,
    check_producer_parameters,
    consumable_parameters,
    consumer_parameters,
    map_producer,
    parse_rtp_capabilities,
    parse_rtp_parameters,
    router_capabilities,
)
from rtc_server.wire.codecs import CODECS
from tests.rtc_server.parameters.oracle import Oracle, OracleError

ROUTER: RtpCapabilities = router_capabilities(tuple(CODECS))
PACKET_ID = "urn:mediasoup:params:rtp-hdrext:packet-id"
"""mediasoup's internal extension, which we leave out (MEDIA_CONTRACT 6)."""

ENCODING_FIELDS = ("ssrc", "rtx", "scalabilityMode", "maxBitrate")

type_error, unsupported_error = "TypeError", "UnsupportedError"


def attempt(call: Callable[[], Any]) -> Any:
    """Return the call's value, or the error's name as mediasoup says it."""
    try:
        return call()
    except MalformedError:
        return type_error
    except UnsupportedError:
        return unsupported_error
    except OracleError as error:
        return error.name


def router_json() -> dict[str, Any]:
    return ROUTER.to_json()


def their_produce(oracle: Oracle, kind: str, params: Any, caps: RtpCapabilities = ROUTER) -> Any:
    return attempt(lambda: oracle.ask("produce", kind=kind, params=params, caps=caps.to_json()))


def our_produce(
    kind: str, params: Any, first_ssrc: int, *, checked: bool, caps: RtpCapabilities = ROUTER
) -> Any:
    """Return the same three things; `checked` adds our own checks, which refuse doubles."""

    def run() -> Any:
        parsed = parse_rtp_parameters(params)
        if checked:
            parsed = check_producer_parameters(kind, parsed)
        parsed, mapping = map_producer(parsed, caps, first_ssrc)
        return parsed, mapping, consumable_parameters(kind, parsed, caps, mapping)

    return attempt(run)


def their_consume(oracle: Oracle, consumable: Any, caps: Any, enable_rtx: bool) -> Any:
    return attempt(lambda: oracle.ask("consume", consumable=consumable, caps=caps, enableRtx=enable_rtx))


def our_consume(consumable: RtpParameters, caps: Any, enable_rtx: bool, ssrc: int) -> Any:
    def run() -> Any:
        parsed = parse_rtp_capabilities(caps)
        if not can_consume(consumable, parsed):
            return {"can": False}
        params = consumer_parameters(consumable, parsed, ssrc=ssrc, enable_rtx=enable_rtx)
        return {"can": True, "params": comparable(params.to_json())}

    return attempt(run)


def comparable(params: dict[str, Any]) -> dict[str, Any]:
    """Keep what both of us keep of RTP parameters."""
    return {
        "codecs": params["codecs"],
        "headerExtensions": [entry for entry in params["headerExtensions"] if entry["uri"] != PACKET_ID],
        "encodings": [
            {name: encoding[name] for name in ENCODING_FIELDS if encoding.get(name) is not None}
            for encoding in params["encodings"]
        ],
        "rtcp": {"reducedSize": True}
        | ({"cname": params["rtcp"]["cname"]} if params["rtcp"].get("cname") else {}),
        "msid": params.get("msid") or None,
    }


def assert_same_produce(theirs: Any, ours: Any) -> RtpParameters:
    """Compare two successes of produce; return our consumable parameters."""
    params, mapping, consumable = ours
    their_types = {entry["payloadType"]: entry["mappedPayloadType"] for entry in theirs["mapping"]["codecs"]}
    assert their_types == dict(mapping.payload_types)
    assert [entry["mappedSsrc"] for entry in theirs["mapping"]["encodings"]] == [
        entry.mapped_ssrc for entry in mapping.encodings
    ]
    assert [entry["parameters"] for entry in theirs["params"]["codecs"]] == [
        dict(entry.parameters) for entry in params.codecs
    ]
    assert comparable(theirs["consumable"]) == comparable(consumable.to_json())
    assert isinstance(consumable, RtpParameters)
    return consumable


def assert_same_consume(oracle: Oracle, consumable: RtpParameters, caps: Any, enable_rtx: bool) -> None:
    """Let both make a consumer and compare."""
    theirs = their_consume(oracle, consumable.to_json(), caps, enable_rtx)
    ssrc = 1
    if isinstance(theirs, dict) and theirs["can"]:
        ssrc = theirs["params"]["encodings"][0]["ssrc"]
        theirs = {"can": True, "params": comparable(theirs["params"])}
    assert our_consume(consumable, caps, enable_rtx, ssrc) == theirs
