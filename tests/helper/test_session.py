"""Remote control on the counter PC, in virtual time."""

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helper.messages import LEFT, RIGHT, frames, grant
from web_client.helper import wire
from web_client.helper.effects import (
    Button,
    Disconnect,
    DrawLine,
    Effect,
    FetchClipboard,
    Key,
    Mark,
    Move,
    PointAt,
    Press,
    PutClipboard,
    Release,
    Scroll,
    Send,
    ShowBanner,
    Type,
    WipeLines,
)
from web_client.helper.envelope import Frame, WireError
from web_client.helper.limits import EVENTS_PER_S
from web_client.helper.session import Session
from web_client.helper.vocabulary import Chord, Reason, Refusal, Scope, State


class Peer:
    """The server's side: numbers messages and keeps the time."""

    def __init__(self, *scopes: Scope, lasts_ms: int = 600_000) -> None:
        self.now = 100.0
        self.session = Session(self.now)
        self.session.geometry((LEFT, RIGHT), self.now)
        self._numbers = {"": 0}
        self.granted = self.say(grant("g1", *scopes, lasts_ms=lasts_ms))

    def say(self, message: wire.Message, name: str = "g1") -> list[Effect]:
        of = name if message.in_grant else ""
        self._numbers[of] = self._numbers.get(of, 0) + 1
        return self.session.receive(Frame(of, self._numbers[of], message), self.now)

    def pass_time(self, seconds: float, *, beats: bool = True) -> list[Effect]:
        """Let time pass, with a heartbeat each half second."""
        found: list[Effect] = []
        end = self.now + seconds
        while self.now < end:
            self.now = min(end, self.now + 0.5, max(self.now, self.session.next_deadline()))
            found += self.session.handle_timeout(self.now)
            if beats and self.session.state not in (State.REVOKED, State.IDLE):
                self.say(wire.Heartbeat())
        return found


def statuses(effects: Iterable[Effect]) -> list[tuple[State, Reason]]:
    said = [one.message for one in effects if isinstance(one, Send)]
    return [(one.state, one.reason) for one in said if isinstance(one, wire.Status)]


def codes(effects: Iterable[Effect]) -> list[Refusal]:
    said = [one.message for one in effects if isinstance(one, Send)]
    return [one.code for one in said if isinstance(one, wire.NotDone)]


def released(effects: Iterable[Effect]) -> list[Key | Button]:
    return [one.what for one in effects if isinstance(one, Release)]


DOWN_A, UP_A = wire.KeyDown("KeyA", "a"), wire.KeyUp("KeyA", "a")


def test_without_a_grant_nothing_happens() -> None:
    session = Session(0)
    effects = session.receive(Frame("g1", 1, DOWN_A), 0)
    assert effects == [Send(wire.NotDone(1, Refusal.NO_GRANT))]
    assert session.state is State.IDLE


def test_a_grant_is_told_and_shown() -> None:
    peer = Peer()
    assert statuses(peer.granted) == [(State.GRANTED, Reason.CONSENT)]
    assert ShowBanner("王专员", State.GRANTED) in peer.granted


@pytest.mark.parametrize(
    ("message", "effects"),
    [
        (wire.PointerMove(0, 0, 1), [Move(0, 0)]),
        (wire.PointerMove(1, 1, 1), [Move(1439, 899)]),
        (wire.PointerDown(2, 0.5, 0.5, 1), [Move(720, 450), Press(Button.RIGHT)]),
        (wire.Wheel(0, -120, 0, 0, 1), [Move(0, 0), Scroll(0, -120)]),
        (DOWN_A, [Press(Key("KeyA"))]),
        (wire.TypeText("汉字", Chord.CTRL_V), [Type("汉字", Chord.CTRL_V)]),
        (wire.ClipboardPush("x"), [PutClipboard("x")]),
        (wire.ClipboardPull(), [FetchClipboard()]),
        (wire.ShowPointer(0.5, 0.5, 1), [PointAt((720, 450))]),
        (wire.HidePointer(), [PointAt(None)]),
        (wire.Draw(3, ((0.0, 0.0), (1.0, 1.0)), 1), [DrawLine(3, ((0, 0), (1439, 899)))]),
        (wire.ClearDrawing(), [WipeLines()]),
        (wire.MarkMonitors(True), [Mark(True)]),
        (wire.KeyUp("KeyB", "b"), []),
        (wire.PointerUp(0, 0.5, 0.5, 1), []),
        (wire.Heartbeat(), [Send(wire.Acknowledge(1, 0, State.GRANTED), "g1")]),
    ],
)
def test_what_is_done(message: wire.Message, effects: list[Effect]) -> None:
    assert Peer().say(message) == effects


def test_a_second_monitor_has_its_own_pixels() -> None:
    peer = Peer()
    peer.say(wire.Revoke("g1"))
    peer.say(grant("g2", monitor="right"))
    assert peer.say(wire.PointerMove(0, 0, 1), "g2") == [Move(1440, 0)]
    assert peer.say(wire.PointerMove(1, 1, 1), "g2") == [Move(2879, 899)]


def test_repeats_are_dropped_and_one_release_lets_go() -> None:
    peer = Peer()
    assert [peer.say(DOWN_A) for _ in range(3)] == [[Press(Key("KeyA"))], [], []]
    assert peer.say(UP_A) == [Release(Key("KeyA"))]
    assert peer.say(UP_A) == []


def test_what_is_held_goes_buttons_first_then_the_last_key() -> None:
    peer = Peer()
    for message in (wire.KeyDown("ControlLeft", "Control"), DOWN_A, wire.PointerDown(0, 0, 0, 1)):
        peer.say(message)
    assert peer.say(wire.ReleaseAll()) == [
        *(Release(Button.LEFT), Release(Key("KeyA")), Release(Key("ControlLeft"))),
    ]


def test_a_text_is_typed_with_nothing_held() -> None:
    peer = Peer()
    peer.say(wire.KeyDown("ShiftLeft", "Shift"))
    assert peer.say(wire.TypeText("x", Chord.CTRL_V)) == [
        *(Release(Key("ShiftLeft")), Type("x", Chord.CTRL_V)),
    ]


SCOPED = [
    (wire.PointerMove(0, 0, 1), Scope.POINTER),
    (wire.PointerDown(0, 0, 0, 1), Scope.POINTER),
    (wire.Wheel(0, 120, 0, 0, 1), Scope.POINTER),
    (DOWN_A, Scope.KEYBOARD),
    (wire.TypeText("x", Chord.CTRL_V), Scope.TEXT),
    (wire.ClipboardPush("x"), Scope.CLIPBOARD),
    (wire.ClipboardPull(), Scope.CLIPBOARD),
    (wire.ShowPointer(0, 0, 1), Scope.DRAW),
    (wire.Draw(1, ((0.0, 0.0),), 1), Scope.DRAW),
]


@pytest.mark.parametrize(("message", "needed"), SCOPED)
def test_every_scope_but_the_needed_one_is_not_enough(message: wire.Message, needed: Scope) -> None:
    others = Peer(*(scope for scope in Scope if scope is not needed))
    assert others.say(message) == [Send(wire.NotDone(1, Refusal.OUT_OF_SCOPE))]
    assert others.session.state is State.GRANTED
    assert codes(Peer(needed).say(message)) == []


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (Frame("g1", 2, UP_A), Refusal.OUT_OF_ORDER),  # replayed
        (Frame("g1", 4, UP_A), Refusal.OUT_OF_ORDER),  # one is missing
        (Frame("g1", 1, UP_A), Refusal.OUT_OF_ORDER),  # reordered
        (Frame("g0", 3, UP_A), Refusal.STALE_GRANT),
        (Frame("other-session", 1, UP_A), Refusal.STALE_GRANT),
        (Frame("", 2, grant("g2")), Refusal.SECOND_GRANT),
        (Frame("", 3, wire.MarkMonitors(True)), Refusal.OUT_OF_ORDER),
    ],
)
def test_what_is_out_of_order_or_of_another_grant_releases_and_revokes(frame: Frame, code: Refusal) -> None:
    peer = Peer()
    peer.say(DOWN_A)
    peer.say(wire.PointerDown(0, 0, 0, 1))
    effects = peer.session.receive(frame, peer.now)
    assert released(effects) == [Button.LEFT, Key("KeyA")]
    assert statuses(effects) == [(State.REVOKED, Reason.VIOLATION)]
    assert codes(effects) == [code]
    assert (Disconnect() in effects) == (not frame.grant and code is Refusal.OUT_OF_ORDER)


@pytest.mark.parametrize("code", list(Refusal))
def test_what_is_no_message_releases_revokes_and_cuts(code: Refusal) -> None:
    peer = Peer()
    peer.say(DOWN_A)
    effects = peer.session.unreadable(WireError(code))
    assert released(effects) == [Key("KeyA")]
    assert statuses(effects) == [(State.REVOKED, Reason.VIOLATION)]
    assert effects[-1] == Disconnect()


@pytest.mark.parametrize("message", [DOWN_A, wire.PointerDown(0, 0.5, 0.5, 1)])
def test_local_input_suspends_for_two_seconds_after_the_last(message: wire.Message) -> None:
    peer = Peer()
    peer.say(DOWN_A)
    suspended = peer.session.local_input(peer.now)
    assert released(suspended) == [Key("KeyA")]
    assert statuses(suspended) == [(State.PAUSED_LOCAL, Reason.LOCAL_INPUT)]
    assert peer.say(message) == []
    peer.pass_time(1.5)
    assert peer.session.local_input(peer.now) == []
    assert peer.pass_time(1.9) == []
    assert statuses(peer.pass_time(0.2)) == [(State.GRANTED, Reason.LOCAL_QUIET)]
    assert Press in {type(one) for one in peer.say(message)}


def test_a_text_that_comes_in_a_pause_is_refused_aloud() -> None:
    peer = Peer()
    peer.session.local_input(peer.now)
    assert codes(peer.say(wire.TypeText("x", Chord.CTRL_V))) == [Refusal.PAUSED]


def test_the_pointer_is_shown_beside_local_input_but_not_over_a_locked_desktop() -> None:
    peer = Peer()
    peer.session.local_input(peer.now)
    assert peer.say(wire.ShowPointer(0, 0, 1)) == [PointAt((0, 0))]
    peer.session.desktop_locked(True, peer.now)
    assert peer.say(wire.ShowPointer(0, 0, 1)) == []


def test_three_escapes_within_a_second_revoke_whatever_the_state() -> None:
    peer = Peer()
    peer.say(DOWN_A)
    assert released(peer.session.local_key(True, peer.now)) == [Key("KeyA")]
    assert statuses(peer.session.local_key(True, peer.now + 0.4)) == []
    ended = peer.session.local_key(True, peer.now + 0.9)
    assert statuses(ended) == [(State.REVOKED, Reason.ESCAPED)]
    assert ShowBanner("王专员", None) in ended


def test_escapes_that_are_slow_or_not_in_a_row_do_not() -> None:
    peer = Peer()
    for at in (0.0, 0.6, 1.2):
        assert State.REVOKED not in {
            state for state, _ in statuses(peer.session.local_key(True, peer.now + at))
        }
    for is_escape in (True, False, True, True):
        peer.session.local_key(is_escape, peer.now + 2)
    assert peer.session.state is State.PAUSED_LOCAL


def test_three_seconds_without_a_heartbeat_release_and_revoke() -> None:
    peer = Peer()
    peer.pass_time(10)
    peer.say(DOWN_A)
    peer.say(wire.Heartbeat())
    assert peer.pass_time(2.9, beats=False) == []
    effects = peer.pass_time(0.2, beats=False)
    assert released(effects) == [Key("KeyA")]
    assert statuses(effects) == [(State.REVOKED, Reason.SILENT)]


def test_a_heartbeat_that_waits_behind_a_text_keeps_the_grant() -> None:
    peer = Peer()
    peer.now += 2.5
    peer.session.heartbeat_arrived(Frame("g0", 1, wire.Heartbeat()), peer.now)  # of another grant
    assert peer.session.next_deadline() == 103.0
    peer.session.heartbeat_arrived(Frame("g1", 1, wire.Heartbeat()), peer.now)
    assert peer.session.next_deadline() == 105.5


def test_a_grant_expires() -> None:
    peer = Peer(lasts_ms=5_000)
    assert statuses(peer.pass_time(5.1)) == [(State.REVOKED, Reason.EXPIRED)]


def test_after_the_end_only_a_new_consent_brings_control_back() -> None:
    peer = Peer()
    assert statuses(peer.say(wire.Revoke("g1"))) == [(State.REVOKED, Reason.WITHDRAWN)]
    assert codes(peer.say(DOWN_A)) == [Refusal.NO_GRANT]
    peer.say(grant("g2"))
    assert peer.say(DOWN_A, "g2") == [Press(Key("KeyA"))]
    assert peer.say(wire.Revoke("g1")) == []  # of the grant before
    assert peer.session.state is State.GRANTED


def test_a_grant_that_has_ended_is_not_given_again() -> None:
    peer = Peer()
    peer.say(wire.Revoke("g1"))
    assert codes(peer.say(grant("g1"))) == [Refusal.STALE_GRANT]
    assert peer.session.state is State.REVOKED


def test_too_many_events_pause_politely_and_no_release_is_lost() -> None:
    """1,000 events a second are offered for two seconds; then the sender calms down."""
    peer = Peer()
    seen: list[Effect] = []
    for number in range(2_000):
        peer.now += 0.001
        seen += peer.say(
            wire.PointerMove(number % 100 / 100, 0.5, 1) if number % 2 else [DOWN_A, UP_A][number % 4 // 2]
        )
        if number % 500 == 0:
            peer.say(wire.Heartbeat())
    presses = [one for one in seen if isinstance(one, Press)]
    assert len(released(seen)) == len(presses) > 0
    assert statuses(seen) == [(State.PAUSED_RATE, Reason.TOO_FAST)]
    assert len([one for one in seen if isinstance(one, (Move, Press))]) <= EVENTS_PER_S
    assert statuses(peer.pass_time(1.1)) == [(State.GRANTED, Reason.CALMED)]
    assert peer.say(DOWN_A) == [Press(Key("KeyA"))]


def test_the_limit_itself_is_within_it() -> None:
    peer = Peer()
    for number in range(5 * EVENTS_PER_S):
        peer.now += 1 / EVENTS_PER_S
        peer.say(wire.PointerMove(0.5, 0.5, 1))
        if number % 100 == 0:
            peer.say(wire.Heartbeat())
    assert peer.session.state is State.GRANTED


def test_another_geometry_releases_and_makes_old_coordinates_void() -> None:
    peer = Peer()
    peer.say(DOWN_A)
    effects = peer.session.geometry((RIGHT, LEFT), peer.now)
    assert Send(wire.Geometry(2, (RIGHT, LEFT))) in effects
    assert released(effects) == [Key("KeyA")]
    assert codes(peer.say(wire.PointerMove(0, 0, 1))) == [Refusal.STALE_GEOMETRY]
    assert peer.say(wire.PointerMove(0, 0, 2)) == [Move(0, 0)]


def test_the_same_geometry_is_not_told_again() -> None:
    peer = Peer()
    assert peer.session.geometry((LEFT, RIGHT), peer.now) == []


def test_a_button_is_let_go_where_it_may_not_move_any_more() -> None:
    peer = Peer()
    peer.say(wire.PointerDown(0, 0, 0, 1))
    peer.session.geometry((LEFT,), peer.now)
    peer.say(wire.PointerDown(0, 0, 0, 2))
    assert peer.say(wire.PointerUp(0, 1, 1, 1)) == [Release(Button.LEFT)]


def test_a_shared_monitor_that_goes_ends_the_grant() -> None:
    peer = Peer()
    assert statuses(peer.session.geometry((RIGHT,), peer.now)) == [(State.REVOKED, Reason.MONITOR_GONE)]


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (grant("g1", monitor="nowhere"), Refusal.UNKNOWN_MONITOR),
        (wire.Grant("g1", "王", tuple(Scope), "left", 7, 600_000), Refusal.STALE_GEOMETRY),
    ],
)
def test_a_grant_for_what_is_not_there_is_refused(wanted: wire.Grant, code: Refusal) -> None:
    session = Session(0)
    session.geometry((LEFT,), 0)
    assert codes(session.receive(Frame("", 1, wanted), 0)) == [code]
    assert session.state is State.IDLE


def test_a_locked_desktop_is_left_alone_until_it_is_unlocked() -> None:
    peer = Peer()
    peer.say(DOWN_A)
    assert released(peer.session.desktop_locked(True, peer.now)) == [Key("KeyA")]
    assert peer.say(DOWN_A) == []
    assert peer.session.local_input(peer.now) == []  # the password is being typed
    assert statuses(peer.session.desktop_locked(False, peer.now)) == [
        (State.GRANTED, Reason.DESKTOP_UNLOCKED)
    ]


def test_a_grant_over_a_locked_desktop_waits() -> None:
    session = Session(0)
    session.geometry((LEFT,), 0)
    session.desktop_locked(True, 0)
    assert statuses(session.receive(Frame("", 1, grant()), 0)) == [(State.LOCKED, Reason.DESKTOP_LOCKED)]


def test_a_key_that_is_not_in_the_table_is_refused() -> None:
    peer = Peer()
    assert codes(peer.say(wire.KeyDown("Power", "Power"))) == [Refusal.UNKNOWN_KEY]
    assert peer.session.state is State.GRANTED


@pytest.mark.parametrize(
    ("text", "told"), [("x", []), (None, [Refusal.UNREADABLE]), ("x" * 20_001, [Refusal.UNREADABLE])]
)
def test_the_clipboard_is_sent_or_said_to_be_unreadable(text: str | None, told: Sequence[Refusal]) -> None:
    peer = Peer()
    peer.say(wire.ClipboardPull())
    effects = peer.session.clipboard_read(text)
    assert codes(effects) == told
    assert told or effects == [Send(wire.ClipboardText("x"), "g1")]


def test_a_clipboard_that_is_read_too_late_is_not_sent() -> None:
    peer = Peer()
    peer.say(wire.ClipboardPull())
    peer.session.end(Reason.STOPPED)
    assert peer.session.clipboard_read("x") == []


class Desk:
    """What the effects leave behind; asserts what must hold at each."""

    def __init__(self) -> None:
        self.down: set[Key | Button] = set()

    def do(self, effects: Iterable[Effect], session: Session) -> None:
        for effect in effects:
            match effect:
                case Press(what):
                    assert session.state is State.GRANTED
                    assert what not in self.down
                    self.down.add(what)
                case Release(what):
                    self.down.remove(what)
                case Move() | Scroll() | Type() | PutClipboard():
                    assert session.state is State.GRANTED
        assert self.down == set(session.held)
        assert not self.down or session.state is State.GRANTED


STEPS = st.one_of(
    st.sampled_from(
        [
            *(DOWN_A, UP_A, wire.KeyDown("ShiftLeft", "Shift"), wire.KeyUp("ShiftLeft", "Shift")),
            *(wire.PointerDown(0, 0.5, 0.5, 1), wire.PointerUp(0, 0.5, 0.5, 1), wire.PointerMove(0, 0, 1)),
            *(
                wire.TypeText("x", Chord.CTRL_V),
                wire.ReleaseAll(),
                wire.Heartbeat(),
                grant("g1"),
                wire.Revoke("g1"),
            ),
        ]
    ),
    frames(wire.DOWN),
    st.sampled_from(
        [
            "local",
            "escape",
            "lock",
            "unlock",
            "monitors",
            "same",
            "nonsense",
            *sorted(r.value for r in Reason),
        ]
    ),
    st.floats(0, 4),
)


@given(st.lists(STEPS, max_size=60))
def test_whatever_comes_in_whatever_order_nothing_is_held_without_a_grant(steps: list[object]) -> None:
    peer, desk = Peer(), Desk()
    for step in steps:
        match step:
            case wire.Message():
                effects = peer.say(step)
            case Frame():
                effects = peer.session.receive(step, peer.now)
            case float():
                peer.now += step
                effects = peer.session.handle_timeout(peer.now)
            case "local" | "escape":
                effects = peer.session.local_key(step == "escape", peer.now)
            case "lock" | "unlock":
                effects = peer.session.desktop_locked(step == "lock", peer.now)
            case "monitors" | "same":
                effects = peer.session.geometry(
                    (RIGHT, LEFT) if step == "monitors" else (LEFT, RIGHT), peer.now
                )
            case "nonsense":
                effects = peer.session.unreadable(WireError(Refusal.MALFORMED))
            case _:
                reason = Reason(step)
                effects = peer.session.end(reason) if reason is not Reason.CONSENT else []
        desk.do(effects, peer.session)
    desk.do(peer.session.end(Reason.DISCONNECTED), peer.session)
    assert desk.down == set()
