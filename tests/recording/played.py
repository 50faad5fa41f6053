"""Send synthetic people through the tap, mux what it wrote, and look at the files as a player would."""

from array import array
from collections.abc import Callable, Mapping
from pathlib import Path

import av

from recording.mux import MuxOptions, RecordingIndex, mux_call
from recording.tap import RecordingTapHost
from recording.tap.track import RecordingTap
from rtc_server.tap_commands import TRACK_TAGS, OpenTap, TrackTags
from tests.recording.synthetic import Track
from tests.recording.tap.machine import WALL_OFFSET, make_host

Person = Mapping[str, list[Track]]
"""Track name → producers one after the other."""
Command = tuple[float, Callable[[RecordingTapHost], object]]


def record(directory: Path, people: Mapping[str, Person], commands: list[Command] | None = None) -> None:
    """Journal what people send, in order of arrival, with the host's commands in between."""
    host = make_host()
    host.open_router("r", OpenTap(str(directory), "c1"))
    events: list[tuple[float, Callable[[], object]]] = [
        (at, lambda command=command: command(host)) for at, command in commands or []
    ]
    for participant, tracks in people.items():
        for name, producers in tracks.items():
            for number, track in enumerate(producers):
                events += _events_of(host, participant, name, number, track)
    for now, act in sorted(events, key=lambda event: event[0]):
        host.last_now = now
        act()
        host.flush(now)
        host.handle_timeout(now)
    host.close()


def _events_of(
    host: RecordingTapHost, participant: str, name: str, number: int, track: Track
) -> list[tuple[float, Callable[[], object]]]:
    taps: list[RecordingTap] = []

    def begin() -> None:
        app_data = TRACK_TAGS.write(TrackTags(participant, name, 1, True))
        tap = host.create_tap("r", f"{participant}-{name}-{number}", app_data)
        assert tap is not None
        tap.on_stream(track.describe())
        taps.append(tap)

    media = [(at, lambda at=at, act=act: act(taps[0], at)) for at, act in track.events()]
    return [(media[0][0] - 0.001, begin), *media, (media[-1][0] + 0.001, lambda: taps[0].on_end("closed"))]


def mux(directory: Path) -> RecordingIndex:
    """Mux a journal directory into `<directory>/../out`."""
    output = directory.parent / "out"
    output.mkdir(exist_ok=True)
    return mux_call(directory, output, MuxOptions("c1"), lambda done: None)


def media_path(directory: Path, key: str) -> Path:
    """Return where `mux` wrote an object."""
    return directory.parent / "out" / key.partition("/")[2]


def server_seconds(milliseconds: int) -> float:
    """Return the server's monotonic time of a wall time in an index."""
    return milliseconds / 1000 - WALL_OFFSET


def flashes(path: Path) -> list[float]:
    """Return when the picture turns white, seconds from the start of the file."""
    found: list[float] = []
    white = False
    with av.open(str(path)) as source:
        for frame in source.decode(video=0):
            bright = bytes(frame.reformat(16, 16, "gray").planes[0])[100] > 150
            if bright and not white:
                found.append(float(frame.pts * frame.time_base))
            white = bright
    return found


def beeps(path: Path) -> list[float]:
    """Return when sound starts, counting samples as a player does, timestamps ignored."""
    found: list[float] = []
    loud_until = position = 0
    resampler = av.AudioResampler(format="s16", layout="mono", rate=48000)
    with av.open(str(path)) as source:
        for decoded in source.decode(audio=0):
            for frame in resampler.resample(decoded):
                samples = array("h", bytes(frame.planes[0])[: frame.samples * 2])
                for index in range(0, len(samples), 48):
                    if max(map(abs, samples[index : index + 48])) > 3000:
                        if position + index > loud_until:
                            found.append((position + index) / 48000)
                        loud_until = position + index + 9600
                position += len(samples)
    return found


def sound_seconds(path: Path) -> float:
    """Return how long the decoded sound is."""
    with av.open(str(path)) as source:
        return sum(frame.samples / frame.sample_rate for frame in source.decode(audio=0))
