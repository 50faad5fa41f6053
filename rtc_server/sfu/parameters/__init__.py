"""Negotiation without SDP: pure functions over RTP and SCTP parameters (mediasoup's `ortc`).

produce: `parse_rtp_parameters` → `check_producer_parameters` → `map_producer` → `consumable_parameters`
consume: `parse_rtp_capabilities` → `can_consume` → `consumer_parameters`
"""

from rtc_server.sfu.parameters.consumer import can_consume, consumer_parameters
from rtc_server.sfu.parameters.parse import parse_rtp_capabilities, parse_rtp_parameters
from rtc_server.sfu.parameters.producer import (
    check_producer_parameters,
    consumable_parameters,
    map_producer,
    producer_type,
)
from rtc_server.sfu.parameters.router import router_capabilities
from rtc_server.sfu.parameters.sctp import SctpStreamParameters, StreamIds, parse_sctp_stream_parameters
from rtc_server.sfu.parameters.types import (
    RtpCapabilities,
    RtpCodecParameters,
    RtpEncoding,
    RtpMapping,
    RtpParameters,
)

__all__ = [
    "RtpCapabilities",
    "RtpCodecParameters",
    "RtpEncoding",
    "RtpMapping",
    "RtpParameters",
    "SctpStreamParameters",
    "StreamIds",
    "can_consume",
    "check_producer_parameters",
    "consumable_parameters",
    "consumer_parameters",
    "map_producer",
    "parse_rtp_capabilities",
    "parse_rtp_parameters",
    "parse_sctp_stream_parameters",
    "producer_type",
    "router_capabilities",
]
