"""Read a file back: every sample is counted, and key frames become the thumbnails of the review page."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import av

from recording.mux.writer import WrittenFile

THUMBNAIL_WIDTH: Final = 240


@dataclass(frozen=True, slots=True)
class Picture:
    """A thumbnail: seconds from the start of its file, of the picture it shows."""

    seconds: float
    path: Path


def read_back(written: WrittenFile, interval: float) -> tuple[list[Picture], bool]:
    """Write a JPEG for each `interval` seconds of a file, as its lane is to be seen.

    Only key frames are decoded: a few milliseconds each.

    Returns:
        The thumbnails, and whether every sample that was written is in the file. Rubbish may not be.

    Raises:
        FFmpegError: the file cannot be read at all.
    """
    found: list[Picture] = []
    counts = {"audio": 0, "video": 0}
    due = 0.0
    with av.open(str(written.path)) as source:
        for stream in source.streams.video:
            stream.codec_context.skip_frame = "NONKEY"
            stream.codec_context.thread_count = 1
        for packet in source.demux():
            if packet.pts is None or not packet.size:
                continue
            kind = packet.stream.type
            counts[kind] += 1
            if kind == "video" and packet.is_keyframe and packet.pts * packet.time_base >= due:
                seconds = float(packet.pts * packet.time_base)
                for frame in _decode(packet.stream, packet)[:1]:
                    found.append(_write(written, seconds, frame))
                    due = seconds + interval
    return found, (counts["audio"], counts["video"]) == written.samples


def _write(written: WrittenFile, seconds: float, frame: Any) -> Picture:
    media = written.path
    path = media.with_name(f"{media.stem}.{round(seconds * 1000):08d}.jpg")
    turned = [degrees for at, degrees in written.rotations if at <= written.start + seconds + 0.001]
    path.write_bytes(_jpeg(frame, turned[-1] if turned else 0))
    return Picture(seconds, path)


def _decode(stream: Any, packet: Any) -> list[Any]:
    try:
        return list(stream.codec_context.decode(packet))
    except av.error.FFmpegError:
        return []


def _jpeg(frame: Any, degrees: int) -> bytes:
    height = max(2, round(frame.height * THUMBNAIL_WIDTH / frame.width / 2) * 2)
    small = frame.reformat(THUMBNAIL_WIDTH, height, "yuvj420p")
    if degrees:
        small = _turned(small, degrees)
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = small.width, small.height, "yuvj420p"
    encoder.options = {"qmin": "4", "qmax": "8"}
    small.pts = 0
    packets = [*encoder.encode(small), *encoder.encode(None)]
    return b"".join(bytes(packet) for packet in packets)


def _turned(frame: Any, degrees: int) -> Any:
    """Return a small picture turned clockwise."""
    width, height = frame.width, frame.height
    across = degrees in (90, 270)
    turned = av.VideoFrame(height if across else width, width if across else height, "yuvj420p")
    for plane, target in zip(frame.planes, turned.planes, strict=True):
        data = bytes(plane)
        rows = [data[y * plane.line_size :][: plane.width] for y in range(plane.height)]
        for _ in range(degrees // 90):
            rows = [bytes(column) for column in zip(*reversed(rows), strict=True)]
        target.update(b"".join(_padded(rows, target.line_size)))
    return turned


def _padded(rows: list[bytes], line_size: int) -> Iterator[bytes]:
    return (row.ljust(line_size, b"\0") for row in rows)
