"""Which journals make which files."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from recording.assemble.plan import JOIN_SECONDS, Span, plan_files


def span(
    key: int, start: float, end: float, *, kind: str = "video", codec: str = "video/vp8", generation: int = 1
) -> Span:
    return Span(key, "a", generation, kind, codec if kind == "video" else "audio/opus", start, end)


def keys(spans: list[Span]) -> list[list[int]]:
    return [sorted(source.key for source in file.sources) for file in plan_files(spans)]


def test_sound_and_picture_share_a_file() -> None:
    assert keys([span(0, 0, 10, kind="audio"), span(1, 2, 10)]) == [[0, 1]]


def test_camera_switched_off_and_on_under_running_sound_stays_one_file() -> None:
    assert keys([span(0, 0, 100, kind="audio"), span(1, 0, 20), span(2, 60, 100)]) == [[0, 1, 2]]


def test_second_sharing_of_a_desktop_is_a_segment_of_its_own() -> None:
    assert keys([span(0, 0, 10), span(1, 10 + JOIN_SECONDS + 1, 30)]) == [[0], [1]]


def test_reload_is_a_segment_of_its_own() -> None:
    assert keys([span(0, 0, 10), span(1, 11, 20, generation=2)]) == [[0], [1]]


def test_codec_change_cuts_the_sound() -> None:
    first, second = plan_files(
        [span(0, 0, 100, kind="audio"), span(1, 0, 50), span(2, 51, 100, codec="video/h264")]
    )
    assert [(s.key, s.until) for s in first.sources] == [(0, 51), (1, 51)]
    assert [(s.key, s.start) for s in second.sources] == [(0, 51), (2, 51 - JOIN_SECONDS)]


def test_lanes_are_apart() -> None:
    other = Span(1, "b", 1, "video", "video/vp8", 0, 10)
    assert [(file.lane, file.segment) for file in plan_files([span(0, 0, 10), other])] == [("a", 1), ("b", 1)]


spans = st.lists(
    st.builds(
        lambda start, length, kind, codec, generation: (start, start + length, kind, codec, generation),
        st.floats(0, 100),
        st.floats(0, 50),
        st.sampled_from(["audio", "video"]),
        st.sampled_from(["video/vp8", "video/h264"]),
        st.integers(1, 2),
    ),
    max_size=10,
)


@given(spans)
def test_every_journal_is_in_a_file_and_no_file_mixes_codecs(
    found: list[tuple[float, float, str, str, int]],
) -> None:
    made = [
        span(key, start, end, kind=kind, codec=codec, generation=generation)
        for key, (start, end, kind, codec, generation) in enumerate(found)
    ]
    files = plan_files(made)
    assert {source.key for file in files for source in file.sources} == set(range(len(made)))
    for file in files:
        video = [source for source in file.sources if source.kind == "video"]
        assert len({made[source.key].codec for source in video}) <= 1
        assert len({made[source.key].generation for source in file.sources}) == 1
        assert all(a.until <= b.start + JOIN_SECONDS for a, b in pairwise(video))
