"""Which encoding each receiver gets: by its line and its picture, changed without a break at a key frame."""

import pytest

from rtc_server.owner_events import ConsumerLayerChanged, LayerLimit, ProducerLayersWanted
from rtc_server.sfu.drops import Drop
from rtc_server.wire.rtcp import Nack, serialize
from rtc_server.wire.rtx import unwrap
from tests.rtc_server.server.host import RememberingTap
from tests.rtc_server.sfu.rig import Rig, rtp_of
from tests.rtc_server.sfu.simulcast import FRAME_S, Simulcast, Witness


def told(camera: Simulcast, witness: Witness) -> list[tuple[int | None, LayerLimit]]:
    return [
        (event.layer, event.limited_by)
        for event in camera.rig.events
        if isinstance(event, ConsumerLayerChanged) and event.consumer_id == witness.consumer.id
    ]


def wanted(camera: Simulcast) -> list[int]:
    return [event.max_layer for event in camera.rig.events if isinstance(event, ProducerLayersWanted)]


def test_a_wide_line_has_the_best_encoding_soon_and_stays_with_it() -> None:
    camera = Simulcast()
    wide = camera.receiver()
    wide.line(20_000_000)
    camera.run(30, wide)
    assert set(wide.heights[15:]) == {720}
    assert [layer.asked for layer in camera.layers][2] == 1, "one key frame is asked for, once"
    assert told(camera, wide)[-1:] in ([], [(2, LayerLimit.NONE)])


def test_a_thin_line_has_the_low_one_and_pulls_nobody_down() -> None:
    camera = Simulcast()
    wide, thin = camera.receiver(), camera.receiver()
    wide.line(20_000_000)
    thin.line(20_000_000)
    camera.run(10, wide, thin)
    thin.line(150_000)
    camera.run(1, wide, thin)
    before = len(thin.heights)
    camera.run(10, wide, thin)
    assert set(thin.heights[before:]) == {180}
    assert set(wide.heights[-150:]) == {720}
    assert told(camera, thin)[-1] == (0, LayerLimit.LINE)
    gaps = [later - earlier for earlier, later in zip(thin.came_at, thin.came_at[1:], strict=False)]
    assert max(gaps) < 2.5 * FRAME_S, "nothing stands still at a switch"


def test_an_encoding_that_is_left_ends_where_its_key_frame_would_keep_the_smaller_one_waiting() -> None:
    camera = Simulcast(is_libvpx=True)
    thin = camera.receiver()
    thin.line(20_000_000)
    camera.run(10, thin)
    assert thin.heights[-1] == 720
    before = len(thin.keys)
    thin.line(150_000)
    camera.run(1, thin)
    assert thin.keys[before:] == [180]
    gaps = [later - earlier for earlier, later in zip(thin.came_at, thin.came_at[1:], strict=False)]
    assert max(gaps[-20:]) < 2.5 * FRAME_S


def test_what_ended_begins_again_when_the_smaller_one_does_not_come() -> None:
    camera = Simulcast(is_libvpx=True)
    one = camera.receiver()
    one.line(20_000_000)
    camera.run(5, one)
    one.consumer.view(200, camera.rig.now)
    low, middle, _ = camera.layers
    low.runs = False
    camera.run(0.3, one)
    assert one.consumer.stats()["layer"] is None, "its key frame came, and the low one's did not"
    camera.run(3, one)
    assert (one.heights[-1], one.consumer.stats()["layer"]) == (360, 1)
    middle.runs = False
    one.consumer.view(720, camera.rig.now)
    camera.run(3, one)
    assert (one.heights[-1], one.consumer.stats()["layer"]) == (720, 2)


def test_up_again_only_after_fifteen_seconds() -> None:
    camera = Simulcast()
    one = camera.receiver()
    one.line(20_000_000)
    camera.run(5, one)
    one.line(150_000)
    camera.run(5, one)
    one.line(20_000_000)
    camera.run(14, one)
    assert one.heights[-1] == 180
    camera.run(3, one)
    assert one.heights[-1] == 720


@pytest.mark.parametrize("reports", [True, False], ids=["reports", "no_reports"])
def test_time_goes_on_as_it_did_through_many_switches(reports: bool) -> None:
    camera = Simulcast(reports=reports)
    one = camera.receiver()
    one.line(20_000_000)
    camera.run(3, one)
    began, at = one.timestamp, camera.rig.now
    for height in (90, 720, 360, 90, 360, 720) * 3:
        one.consumer.view(height, camera.rig.now)
        camera.run(2, one)
    passed = (one.timestamp - began & 0xFFFF_FFFF) / 90_000
    assert passed == pytest.approx(camera.rig.now - at, abs=0.02 if reports else 0.1)
    assert set(one.heights) == {180, 360, 720}


def test_sender_reports_that_cannot_be_are_not_followed() -> None:
    camera = Simulcast()
    one = camera.receiver()
    one.line(20_000_000)
    camera.run(3, one)
    began, at = one.timestamp, camera.rig.now
    camera.layers[0].timestamp += 90_000 * 60  # its packets jump by a minute, as a liar's
    camera.reports = False
    one.consumer.view(90, camera.rig.now)
    camera.run(3, one)
    assert one.heights[-1] == 180
    assert (one.timestamp - began & 0xFFFF_FFFF) / 90_000 == pytest.approx(camera.rig.now - at, abs=0.2)


def test_small_pictures_are_sent_small_and_hidden_ones_not_at_all() -> None:
    camera = Simulcast()
    one = camera.receiver()
    one.line(20_000_000)
    camera.run(3, one)
    one.consumer.view(200, camera.rig.now)
    camera.run(1.2, one)
    assert (one.heights[-1], told(camera, one)[-1]) == (180, (0, LayerLimit.VIEWER))
    one.consumer.view(0, camera.rig.now)
    count = len(one.heights)
    camera.run(3, one)
    assert (len(one.heights), told(camera, one)[-1]) == (count, (None, LayerLimit.VIEWER))
    one.consumer.view(720, camera.rig.now)
    camera.run(1.2, one)
    assert one.heights[-1] == 720


def test_encodings_that_the_sender_stops_are_left_for_those_that_flow() -> None:
    camera = Simulcast()
    one = camera.receiver()
    one.line(20_000_000)
    camera.run(3, one)
    for layer in camera.layers[1:]:
        layer.runs = False
    camera.run(4, one)
    assert (one.heights[-1], told(camera, one)[-1]) == (180, (0, LayerLimit.SENDER))
    camera.layers[0].runs, camera.layers[2].runs = False, True
    camera.run(4, one)
    assert one.heights[-1] == 720


def test_temporal_layers_are_left_out_before_anything_else() -> None:
    camera = Simulcast()
    one, other = camera.receiver(), camera.receiver()
    other.line(20_000_000)
    one.line(20_000_000)
    camera.run(3, one, other)
    rate = camera.producer.layers(camera.rig.now)[0].bps
    assert rate[0] == pytest.approx(rate[1] / 2, rel=0.1), "each is measured"
    one.line(round(rate[0]))
    camera.run(3, one, other)
    count = len(one.heights)
    camera.run(4, one, other)
    assert len(one.heights) - count == pytest.approx(30, abs=2), "half the pictures"
    assert one.transport.drops[Drop.TEMPORAL_LAYER] > 25
    assert len(other.heights) > 140


def test_a_repeat_is_the_very_same_picture() -> None:
    camera = Simulcast()
    one = camera.receiver()
    one.line(20_000_000)
    camera.run(3, one)
    one.consumer.view(90, camera.rig.now)
    camera.run(2, one)
    number = max(one.payloads)
    one.transport.receive_rtcp(serialize([Nack(1, 5000, (number,))]), camera.rig.now)
    [repeat] = [view for view in rtp_of(one.transport) if view.payload_bytes]
    media = unwrap(repeat, payload_type=0, ssrc=5000)
    assert media.sequence_number == number
    assert bytes(media.payload) == one.payloads[number]


def test_the_sender_is_told_what_nobody_takes_and_what_somebody_may_take_again() -> None:
    camera = Simulcast()
    one, other = camera.receiver(), camera.receiver()
    one.line(20_000_000)
    camera.run(3, one, other)
    one.consumer.view(180, camera.rig.now)
    other.consumer.view(90, camera.rig.now)
    camera.run(3, one, other)
    assert wanted(camera) == [], "who looks away for a moment costs nothing"
    camera.run(4, one, other)
    assert wanted(camera) == [0]
    one.consumer.view(720, camera.rig.now)
    camera.run(0.2, one, other)
    assert wanted(camera) == [0, 2]
    one.consumer.view(0, camera.rig.now)
    other.consumer.pause()
    camera.run(8, one, other)
    assert wanted(camera) == [0, 2, -1]
    camera.rig.router.open_tap(lambda producer_id, app_data: RememberingTap())
    camera.run(1, one, other)
    assert wanted(camera) == [0, 2, -1, 2], "a recording wants the best"


def test_what_the_line_does_not_carry_is_not_sent_until_it_does() -> None:
    camera = Simulcast(obeys=True)
    one = camera.receiver()
    one.line(20_000_000)
    camera.run(5, one)
    price = camera.producer.layers(camera.rig.now)[2].bps
    one.line(150_000)
    camera.run(8, one)
    assert (wanted(camera), one.heights[-1]) == ([0], 180)
    assert told(camera, one)[-1] == (0, LayerLimit.LINE), "whose fault it is does not change"
    resting = camera.producer.layers(camera.rig.now)[2]
    assert (resting.flows, resting.rests) == (False, True)
    assert resting.bps == pytest.approx(price, rel=0.2)
    one.line(20_000_000)
    camera.run(18, one)
    assert (wanted(camera)[-1], one.heights[-1]) == (2, 720)
    assert told(camera, one)[-1] == (2, LayerLimit.NONE)


def test_a_wish_of_another_or_a_recording_keeps_what_one_line_does_not_carry() -> None:
    camera = Simulcast(obeys=True)
    wide, thin = camera.receiver(), camera.receiver()
    wide.line(20_000_000)
    thin.line(20_000_000)
    camera.run(5, wide, thin)
    thin.line(150_000)
    camera.run(10, wide, thin)
    assert wanted(camera) == []
    camera.rig.router.open_tap(lambda producer_id, app_data: RememberingTap())
    wide.consumer.pause()
    camera.run(10, wide, thin)
    assert (wanted(camera), thin.heights[-1]) == ([], 180)


def test_what_a_sender_does_not_begin_again_is_given_up() -> None:
    camera = Simulcast(obeys=True)
    one = camera.receiver()
    one.line(20_000_000)
    camera.run(5, one)
    one.line(150_000)
    camera.run(8, one)
    camera.obeys = False
    one.line(20_000_000)
    camera.run(25, one)
    assert one.heights[-1] == 180
    assert told(camera, one)[-1] == (0, LayerLimit.SENDER)
    assert wanted(camera)[-1] == 2, "and is asked for all the same"
    gaps = [later - earlier for earlier, later in zip(one.came_at, one.came_at[1:], strict=False)]
    assert max(gaps) < 2.5 * FRAME_S, "meanwhile the picture goes on"


def test_statistics_tell_the_encodings_and_which_one_is_sent() -> None:
    camera = Simulcast()
    one = camera.receiver()
    one.line(20_000_000)
    camera.run(5, one)
    layers = camera.producer.stats(camera.rig.now)["layers"]
    assert [(layer["height"], layer["flows"], layer["rests"]) for layer in layers] == [
        (180, True, False),
        (360, True, False),
        (720, True, False),
    ]
    assert layers[0]["bps"] < layers[1]["bps"] < layers[2]["bps"]
    assert one.consumer.stats()["layer"] == 2


def test_the_recording_keeps_the_best_encoding_that_flows() -> None:
    tap = RememberingTap()
    camera = Simulcast(Rig())
    camera.rig.router.open_tap(lambda producer_id, app_data: tap)
    camera.run(4)
    assert [stream.ssrc for stream in tap.streams] == [7000, 9000]
    begins = next(payload for _, payload in tap.packets if len(payload) > 8000)
    assert not begins[6] & 1, "from a key frame on"
    camera.layers[2].runs = False
    camera.run(4)
    assert tap.streams[-1].ssrc == 8000
    camera.layers[2].runs = True
    camera.run(7)
    assert tap.streams[-1].ssrc == 8000, "a file for each flap would be many"
    camera.run(10)
    assert tap.streams[-1].ssrc == 9000
    size = len(tap.packets[-1][1])
    assert size > 8000


def test_the_camera_of_who_speaks_goes_before_the_others() -> None:
    camera = Simulcast()
    one = camera.receiver()
    camera.run(1, one)
    sharing = one.transport.sharing
    before = sharing._rank(one.consumer)
    sharing.speaks(camera.sender.id, camera.rig.now)
    assert sharing._rank(one.consumer) < before
    sharing.speaks(None, camera.rig.now)
    assert sharing._rank(one.consumer) == before


def test_a_peer_that_lies_about_its_line_costs_no_key_frames_and_few_words() -> None:
    camera = Simulcast()
    liar = camera.receiver()
    camera.run(3, liar)
    asked = sum(layer.asked for layer in camera.layers)
    camera.rig.events.clear()
    for turn in range(450):
        liar.line((1, 2**60)[turn % 2])
        camera.run(FRAME_S, liar)
    assert sum(layer.asked for layer in camera.layers) - asked <= 5
    assert len(told(camera, liar)) <= 30
