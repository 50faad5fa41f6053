"""Second pass over a journal: records → samples on the wall clock, one by one."""

from collections.abc import Iterable, Iterator
from typing import Final

from recording.assemble.clock import TrackClock
from recording.assemble.codecs import recorded_codec
from recording.assemble.frames import Frame, OrderedPacket, Sample, is_picture_size
from recording.assemble.numbering import Numbering, read_view
from recording.assemble.opus import packet_seconds
from recording.assemble.reorder import ReorderBuffer
from recording.assemble.survey import Gap
from recording.format import Description, Record, RecordKind
from rtc_server.wire.extensions import AUDIO_LEVEL, VIDEO_ORIENTATION, parse_audio_level

DAMAGED: Final = "damaged"
"""Reason of a gap: what was sent here could not be read, or not be decoded."""
_SHORTEST_STEP: Final = 0.001
"""Containers count in milliseconds; two pictures need two times."""
_LISTED_GAP_SECONDS: Final = 0.5
_RTP: Final = int(RecordKind.RTP)


def ordered_packets(records: Iterable[Record]) -> Iterator[OrderedPacket]:
    """Yield the packets of a journal in sequence order, padding left out but not missed."""
    numbering, buffer = Numbering(), ReorderBuffer()
    for record in records:
        if record.kind != _RTP:
            if record.kind == RecordKind.RESUME:
                numbering.interrupt()
            continue
        arrival = record.arrival_ns / 1e9
        view = read_view(record.payload)
        if view is None:
            numbering.number(record.payload, arrival)  # as the survey did
            continue
        sequence, timestamp = numbering.follow(view.sequence_number, view.timestamp, arrival)
        if buffer.advance(sequence):
            yield OrderedPacket(view, sequence, timestamp, False)
        else:
            yield from buffer.push(sequence, timestamp, arrival, view)
    yield from buffer.finish()


def audio_samples(records: Iterable[Record], description: Description, clock: TrackClock) -> Iterator[Sample]:
    """Yield the sound packets of a journal; silence is not filled in yet.

    Raises:
        UnrecordableError: no file holds this codec.
    """
    depacketizer = recorded_codec(description.mime_type).make()
    level_id = description.extension_ids.get(AUDIO_LEVEL)
    for packet in ordered_packets(records):
        frame = depacketizer.push(packet)
        if frame is None:
            continue
        if level_id is not None and (value := packet.view.extension(level_id)):
            level = parse_audio_level(value)
            frame = Frame(frame.sequence, frame.timestamp, frame.data, key=True, level=level)
        yield Sample(clock.time(frame.sequence, frame.timestamp), packet_seconds(frame.data), frame)


class VideoSamples:
    """The pictures of a journal, from a key frame on and, after damage, from the next one on.

    Iterate once. Afterwards `gaps` has (start, end) in wall seconds where pictures are missing for long.

    Raises:
        UnrecordableError: no file holds this codec.
    """

    def __init__(self, records: Iterable[Record], description: Description, clock: TrackClock) -> None:
        self.gaps: list[Gap] = []
        self._records = records
        self._clock = clock
        self._depacketizer = recorded_codec(description.mime_type).make()
        self._orientation_id = description.extension_ids.get(VIDEO_ORIENTATION)
        self._rotation = 0
        self._waiting = True
        self._last: float | None = None

    def __iter__(self) -> Iterator[Sample]:
        for packet in ordered_packets(self._records):
            frame = self._depacketizer.push(packet)
            if packet.after_hole:
                self._waiting = True
            if self._orientation_id is not None and packet.view.marker:
                self._turn(packet.view.extension(self._orientation_id))
            if frame is not None and self._is_decodable(frame):
                yield self._timed(frame)

    def _turn(self, orientation: bytes | None) -> None:
        """Note the camera's rotation (3GPP TS 26.114 §7.4.5); packets that do not say it change nothing."""
        if orientation:
            self._rotation = (orientation[0] & 3) * 90

    def _is_decodable(self, frame: Frame) -> bool:
        if frame.damaged_before:
            self._waiting = True
        if frame.key:
            return is_picture_size(frame.width, frame.height)
        return not self._waiting and bool(frame.data)

    def _timed(self, frame: Frame) -> Sample:
        time = self._clock.time(frame.sequence, frame.timestamp)
        if self._last is not None:
            time = max(time, self._last + _SHORTEST_STEP)
            if self._waiting and time - self._last > _LISTED_GAP_SECONDS:
                self.gaps.append(Gap(self._last, time, DAMAGED))
        self._waiting = False
        self._last = time
        return Sample(time, 0.0, frame._replace(rotation=self._rotation) if self._rotation else frame)
