"""A route: how the packets of one producer stream are written for one consumer, as plain data.

The loop that applies routes lives in `consumer`; it can be replaced by a compiled one because nothing
here decides.
"""

from dataclasses import dataclass


@dataclass(slots=True)
class Route:
    """Everything that differs between a packet as it came and as one consumer gets it.

    Attributes:
        ssrc: of the consumer's media stream.
        source_payload_type: the producer's payload type that is forwarded.
        payload_type: what the consumer gets instead.
        extension_block: header extension block of every packet (the consumer's MID), ready to write.
        orientation_source_id: where the producer writes its camera's rotation (3GPP TS 26.114 §7.4.5), on the
            last packet of a frame; None when one of the two did not negotiate it.
        orientation_blocks: the byte's low four bits → the extension block that carries it too.
        timestamp_offset: added to the producer's timestamp, modulo 2³².
        rtx_ssrc, rtx_payload_type: of the repair stream; None without one.
    """

    ssrc: int
    source_payload_type: int
    payload_type: int
    extension_block: bytes
    timestamp_offset: int = 0
    rtx_ssrc: int | None = None
    rtx_payload_type: int | None = None
    orientation_source_id: int | None = None
    orientation_blocks: tuple[bytes, ...] = ()
