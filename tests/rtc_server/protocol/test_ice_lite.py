"""The ICE-lite server: the contract's checks in their order, paths, restart, consent."""

from typing import Any

import pytest
from aioice import stun as aioice_stun
from hypothesis import given
from hypothesis import strategies as st

from rtc_server.config import MediaLimits
from rtc_server.protocol.deadline import NEVER
from rtc_server.protocol.ice_lite import (
    CredentialsRetired,
    IceCredentials,
    IceDrop,
    IceEvent,
    IceLiteServer,
    IceResult,
    IceState,
    IceTuple,
    StateChanged,
    TupleAdded,
    TupleRemoved,
    TupleSelected,
)
from rtc_server.wire.stun import build_binding_request
from tests.rtc_server.wire.vectors import load

OURS = IceCredentials("us", "password")
NEWER = IceCredentials("us2", "password2")


def ice_server(credentials: IceCredentials = OURS, **bounds: Any) -> IceLiteServer:
    """Return a server with the bounds of the product, changed."""
    limits = MediaLimits()
    product = {"consent_timeout": limits.consent_timeout_s, "max_tuples": limits.max_tuples_per_transport}
    return IceLiteServer(credentials, **product | bounds)


def path(port: int, protocol: str = "udp") -> IceTuple:
    return IceTuple(protocol, ("192.0.2.1", 40000), ("198.51.100.7", port))


def request(
    credentials: IceCredentials = OURS,
    *,
    use_candidate: bool = False,
    controlled: bool = False,
    nomination: int | None = None,
) -> bytes:
    return build_binding_request(
        b"transaction!",
        f"{credentials.username_fragment}:them",
        credentials.password,
        priority=1,
        tie_breaker=2,
        use_candidate=use_candidate,
        controlled=controlled,
        nomination=nomination,
    )


def unsigned(data: bytes, *, drop: str) -> bytes:
    """Rebuild a request with aioice, leaving one attribute out."""
    message = aioice_stun.parse_message(data)
    attributes = {
        name: value
        for name, value in message.attributes.items()
        if name not in (drop, "MESSAGE-INTEGRITY", "FINGERPRINT")
    }
    rebuilt = aioice_stun.Message(
        message_method=message.message_method,
        message_class=message.message_class,
        transaction_id=message.transaction_id,
        attributes=attributes,
    )
    if drop != "MESSAGE-INTEGRITY":
        rebuilt.add_message_integrity(OURS.password.encode())
        if drop == "FINGERPRINT":
            del rebuilt.attributes["FINGERPRINT"]
    else:
        rebuilt.add_fingerprint()
    return bytes(rebuilt)


def error_code(result: IceResult) -> int | None:
    assert result.response is not None
    code: int | None = aioice_stun.parse_message(result.response).error_code
    return code


def test_first_valid_check_connects_and_selects() -> None:
    server = ice_server()
    result = server.handle(request(), path(1), 10.0)
    assert result.events == (TupleAdded(path(1)), TupleSelected(path(1)), StateChanged(IceState.CONNECTED))
    assert result.drop is None
    assert result.response is not None
    answer = aioice_stun.parse_message(result.response)
    assert answer.message_class is aioice_stun.Class.RESPONSE
    assert answer.attributes["XOR-MAPPED-ADDRESS"] == ("198.51.100.7", 1)
    assert answer.check_message_integrity(OURS.password.encode())
    assert server.selected == path(1)


@pytest.mark.parametrize(
    ("browser", "state"),
    [("chromium", IceState.CONNECTED), ("firefox", IceState.COMPLETED)],  # Firefox nominates at once
)
def test_recorded_first_check_of_a_browser(browser: str, state: IceState) -> None:
    vector = load("stun")[f"{browser}_request"]
    server = ice_server(IceCredentials("abcdefgh", vector["password"]))
    result = server.handle(vector["data"], path(1), 10.0)
    assert result.drop is None
    assert server.state is state


def test_second_check_on_the_same_path_changes_nothing() -> None:
    server = ice_server()
    server.handle(request(), path(1), 10.0)
    assert server.handle(request(), path(1), 11.0).events == ()


def test_use_candidate_completes_and_reselects() -> None:
    server = ice_server()
    server.handle(request(), path(1), 10.0)
    result = server.handle(request(use_candidate=True), path(2), 10.1)
    assert result.events == (TupleAdded(path(2)), TupleSelected(path(2)), StateChanged(IceState.COMPLETED))
    assert server.tuples == (path(1), path(2))


def test_only_a_higher_nomination_moves_the_path() -> None:
    server = ice_server()
    server.handle(request(nomination=2), path(1), 10.0)
    server.handle(request(nomination=2, use_candidate=True), path(2), 10.1)
    server.handle(request(nomination=1), path(2), 10.2)
    server.handle(request(use_candidate=True), path(2), 10.3)
    assert server.selected == path(1)
    server.handle(request(nomination=3), path(2), 10.4)
    assert server.selected == path(2)


@pytest.mark.parametrize(
    ("data", "code", "drop"),
    [
        (unsigned(request(), drop="FINGERPRINT"), 400, IceDrop.BAD_REQUEST),
        (unsigned(request(), drop="PRIORITY"), 400, IceDrop.BAD_REQUEST),
        (unsigned(request(), drop="MESSAGE-INTEGRITY"), 401, IceDrop.UNAUTHORIZED),
        (unsigned(request(), drop="USERNAME"), 401, IceDrop.UNAUTHORIZED),
        (request(IceCredentials("us", "guess")), 401, IceDrop.UNAUTHORIZED),
        (request(IceCredentials("somebody", OURS.password)), 401, IceDrop.UNAUTHORIZED),
        (request(controlled=True), 487, IceDrop.ROLE_CONFLICT),
        # the order of the checks: PRIORITY before MESSAGE-INTEGRITY before the role
        (request(IceCredentials("us", "guess"), controlled=True), 401, IceDrop.UNAUTHORIZED),
    ],
)
def test_refused_requests(data: bytes, code: int, drop: IceDrop) -> None:
    server = ice_server()
    result = server.handle(data, path(1), 10.0)
    assert error_code(result) == code
    assert (result.drop, result.events) == (drop, ())
    assert server.selected is None
    assert server.state is IceState.NEW


def test_indications_and_responses_get_no_answer() -> None:
    server = ice_server()
    indication = bytes(
        aioice_stun.Message(
            aioice_stun.Method.BINDING, aioice_stun.Class.INDICATION, transaction_id=bytes(12)
        )
    )
    for data in (indication, load("stun")["rfc5769_response"]["data"]):
        assert server.handle(data, path(1), 10.0) == IceResult(None, (), IceDrop.NOT_A_REQUEST)


def test_other_methods_are_bad_requests() -> None:
    message = aioice_stun.Message(
        aioice_stun.Method.ALLOCATE, aioice_stun.Class.REQUEST, transaction_id=bytes(12)
    )
    message.add_message_integrity(OURS.password.encode())
    result = ice_server().handle(bytes(message), path(1), 10.0)
    assert error_code(result) == 400


def test_unknown_paths_give_way_to_new_ones_but_never_the_selected() -> None:
    server = ice_server(max_tuples=3)
    for port in (1, 2, 3):
        server.handle(request(), path(port), float(port))
    result = server.handle(request(), path(4), 4.0)
    assert result.events == (TupleRemoved(path(2)), TupleAdded(path(4)))
    assert server.selected == path(1)
    assert len(server.tuples) == 3


def test_restart_keeps_the_old_credentials_until_the_new_ones_are_used() -> None:
    server = ice_server()
    server.handle(request(use_candidate=True), path(1), 10.0)
    assert server.restart(NEWER) == ()
    assert list(server.username_fragments) == ["us2", "us"]
    assert server.handle(request(), path(1), 11.0).drop is None
    assert server.selected == path(1)
    result = server.handle(request(NEWER, use_candidate=True), path(2), 12.0)
    assert result.events[0] == CredentialsRetired("us")
    assert list(server.username_fragments) == ["us2"]
    assert server.selected == path(2)
    assert error_code(server.handle(request(), path(1), 13.0)) == 401


def test_restart_within_a_restart_retires_the_oldest() -> None:
    server = ice_server()
    server.restart(NEWER)
    assert server.restart(IceCredentials("us3", "password3")) == (CredentialsRetired("us"),)
    assert server.username_fragments == ("us3", "us2")


def test_wrong_password_with_new_credentials_retires_nothing() -> None:
    server = ice_server()
    server.restart(NEWER)
    server.handle(request(IceCredentials("us2", "guess")), path(1), 1.0)
    assert server.username_fragments == ("us2", "us")


def test_consent_expires_and_a_later_check_revives() -> None:
    server = ice_server(consent_timeout=30.0)
    assert server.next_deadline() == NEVER
    server.handle(request(use_candidate=True), path(1), 10.0)
    server.handle(request(), path(2), 15.0)
    assert server.next_deadline() == 45.0
    assert server.handle_timeout(44.9) == ()
    events = server.handle_timeout(45.0)
    assert events == (
        TupleRemoved(path(1)),
        TupleRemoved(path(2)),
        StateChanged(IceState.DISCONNECTED),
    )
    assert (server.selected, server.tuples, server.next_deadline()) == (None, (), NEVER)
    assert StateChanged(IceState.CONNECTED) in server.handle(request(), path(3), 60.0).events


def test_refused_requests_keep_no_consent() -> None:
    server = ice_server(consent_timeout=30.0)
    server.handle(request(), path(1), 10.0)
    server.handle(request(IceCredentials("us", "guess")), path(1), 30.0)
    assert server.next_deadline() == 40.0


def test_lost_stream_falls_back_to_the_freshest_path() -> None:
    server = ice_server()
    server.handle(request(use_candidate=True), path(1, "tcp"), 10.0)
    server.handle(request(), path(2), 11.0)
    server.handle(request(), path(3), 12.0)
    assert server.remove_tuple(path(1, "tcp")) == (TupleRemoved(path(1, "tcp")), TupleSelected(path(3)))
    assert server.remove_tuple(path(1, "tcp")) == ()
    server.remove_tuple(path(2))
    assert server.remove_tuple(path(3)) == (TupleRemoved(path(3)), StateChanged(IceState.DISCONNECTED))


@given(st.binary(max_size=100) | st.binary(max_size=60).map(lambda tail: request()[:20] + tail))
def test_any_bytes_leave_the_server_as_it_was(data: bytes) -> None:
    server = ice_server()
    result = server.handle(data, path(1), 10.0)
    assert result.drop is not None
    assert server.state is IceState.NEW
    assert result.response is None or len(result.response) < 60


acts = st.sampled_from(["check", "nominate", "renominate", "restart", "forged", "timeout", "lost"])


@given(st.lists(st.tuples(acts, st.integers(1, 12), st.floats(0, 40)), min_size=10, max_size=60))
def test_any_script_keeps_the_events_true(script: list[tuple[str, int, float]]) -> None:
    """Who only listens to the events knows the same paths, selection and state as the server; bounds hold."""
    server = ice_server()
    tuples: set[IceTuple] = set()
    selected: IceTuple | None = None
    state = IceState.NEW
    now, restarts, nomination = 0.0, 0, 0
    for act, port, wait in script:
        now += wait
        events: tuple[IceEvent, ...] = ()
        credentials = server.credentials
        match act:
            case "check":
                events = server.handle(request(credentials), path(port), now).events
            case "nominate":
                events = server.handle(request(credentials, use_candidate=True), path(port), now).events
            case "renominate":
                nomination += 1
                events = server.handle(request(credentials, nomination=nomination), path(port), now).events
                assert server.selected == path(port)
            case "restart":
                restarts += 1
                events = server.restart(IceCredentials(f"us{restarts}", "p"))
            case "forged":
                events = server.handle(request(IceCredentials("us", "guess")), path(port), now).events
                assert events == ()
            case "timeout":
                events = server.handle_timeout(now)
            case "lost":
                events = server.remove_tuple(path(port))
        for event in events:
            match event:
                case TupleAdded(added):
                    assert added not in tuples
                    tuples.add(added)
                case TupleRemoved(removed):
                    tuples.remove(removed)
                    selected = None if removed == selected else selected
                case TupleSelected(chosen):
                    assert chosen in tuples
                    selected = chosen
                case StateChanged(changed):
                    assert changed is not state
                    state = changed
                case CredentialsRetired(fragment):
                    assert fragment not in server.username_fragments
        assert (set(server.tuples), server.selected, server.state) == (tuples, selected, state)
        assert len(tuples) <= 8
        assert (selected is None) == (state in (IceState.NEW, IceState.DISCONNECTED))
        assert (server.next_deadline() == NEVER) == (selected is None)
