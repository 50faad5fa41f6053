"""Who a request comes from: proxies are believed as far as they are trusted, and nobody else is."""

import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from signaling.domain.networks import address_group
from signaling.web.peer import Peer, Proxies
from tests.signaling.web.house import open_house

PROXY, CLIENT, LIAR = "10.0.0.2", "203.0.113.9", "198.51.100.66"


class _Transport:
    def __init__(self, remote: str) -> None:
        self._remote = remote

    def get_extra_info(self, name: str, default: object = None) -> object:
        return (self._remote, 40_000) if name == "peername" else default

    def is_closing(self) -> bool:
        return False


def peer(proxies: Proxies, remote: str, *headers: tuple[str, str], host: str = "127.0.0.1:8080") -> Peer:
    lines = CIMultiDict([("Host", host), *headers])
    request = make_mocked_request("GET", "/", headers=lines, transport=_Transport(remote))  # type: ignore[arg-type]
    return proxies.peer(request)


def via(*lines: str) -> list[tuple[str, str]]:
    return [("X-Forwarded-For", line) for line in lines]


TRUSTING = Proxies(["10.0.0.0/8", "127.0.0.1", "::1"])


@pytest.mark.parametrize(
    ("lines", "address"),
    [
        ([CLIENT], CLIENT),
        (["127.0.0.1", CLIENT], CLIENT),  # the client wrote a line of its own above the proxy's
        ([f"127.0.0.1, {CLIENT}"], CLIENT),
        ([f"{LIAR}, {CLIENT}", "10.9.9.9"], CLIENT),  # a chain of two proxies of ours
        ([CLIENT, "10.1.1.1, 10.2.2.2"], CLIENT),
        ([f"{CLIENT}:51234"], CLIENT),
        (["[2001:db8::7]:51234"], "2001:db8::7"),
        (["::ffff:203.0.113.9"], CLIENT),
        (["10.1.1.1"], "10.1.1.1"),
        ([], PROXY),
        (["unknown"], ""),
        ([f"{LIAR}, unknown"], ""),
        (["", f"{CLIENT}, "], CLIENT),
    ],
)
def test_the_walk_goes_from_the_right_over_all_lines(lines: list[str], address: str) -> None:
    assert peer(TRUSTING, PROXY, *via(*lines)).address == address


def test_nobody_else_is_believed() -> None:
    spoken = peer(TRUSTING, LIAR, *via("127.0.0.1"), ("X-Forwarded-Proto", "https"), ("X-Real-IP", "::1"))
    assert spoken == Peer(LIAR, secure=False, is_local=False)


def test_an_address_of_ipv4_within_ipv6_is_trusted_as_itself() -> None:
    assert peer(TRUSTING, "::ffff:10.0.0.2", *via(CLIENT)).address == CLIENT


def test_only_the_header_that_the_proxies_write_is_read() -> None:
    forwarded = ("Forwarded", f'for={LIAR};proto=https, for="[2001:db8::7]:4711";proto=http')
    assert peer(TRUSTING, PROXY, forwarded, *via(CLIENT)).address == CLIENT
    standard = Proxies(["10.0.0.0/8"], "forwarded")
    assert peer(standard, PROXY, forwarded, *via(CLIENT)) == Peer("2001:db8::7", secure=False, is_local=False)
    assert peer(standard, PROXY, ("Forwarded", "for=_hidden;proto=https")).address == ""


def test_the_scheme_is_that_of_the_hop_which_is_believed() -> None:
    assert peer(TRUSTING, PROXY, *via(CLIENT), ("X-Forwarded-Proto", "https")).secure
    inner = [*via(f"{CLIENT}, 10.9.9.9"), ("X-Forwarded-Proto", "https, http")]
    assert peer(TRUSTING, PROXY, *inner).secure
    lied = [("X-Forwarded-Proto", "https"), *via(CLIENT), ("X-Forwarded-Proto", "http")]
    assert not peer(TRUSTING, PROXY, *lied).secure


@pytest.mark.parametrize(
    ("headers", "host", "local"),
    [
        ([], "127.0.0.1:8080", True),
        ([], "LOCALHOST.", True),
        ([], "[::1]:8080", True),
        (via("127.0.0.1"), "127.0.0.1:8080", False),
        ([("Forwarded", "for=127.0.0.1")], "127.0.0.1:8080", False),
        ([("X-Real-IP", "127.0.0.1")], "127.0.0.1:8080", False),
        ([("Via", "1.1 nginx")], "127.0.0.1:8080", False),
        ([], "evil.example", False),  # rebound to 127.0.0.1, or a proxy beside us that says nothing
    ],
)
@pytest.mark.parametrize("proxies", [Proxies(), TRUSTING])
def test_local_is_who_spoke_to_us_directly_by_a_local_name(
    proxies: Proxies, headers: list[tuple[str, str]], host: str, local: bool
) -> None:
    assert peer(proxies, "127.0.0.1", *headers, host=host).is_local is local
    assert not peer(proxies, PROXY, *headers, host=host).is_local


def test_limits_count_ipv6_by_customer() -> None:
    assert address_group("2001:db8:1:2:3::4") == address_group("2001:db8:1:2:ffff::")
    assert address_group("2001:db8:1:2::") != address_group("2001:db8:1:3::")
    assert address_group(CLIENT) == CLIENT
    assert address_group("") == ""


@given(st.lists(st.text(), max_size=5), st.text())
def test_no_header_raises(lines: list[str], host: str) -> None:
    peer(TRUSTING, PROXY, *via(*lines), *[("Forwarded", line) for line in lines], host=host)


SPOOFED = [
    [("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-For", CLIENT)],
    [("X-Forwarded-For", f"127.0.0.1, {CLIENT}")],
    [("X-Forwarded-For", CLIENT), ("X-Real-IP", "127.0.0.1")],
    [("X-Forwarded-For", "127.0.0.1")],
    [("Forwarded", "for=127.0.0.1")],
    [("Host", "evil.example")],
]


async def test_nobody_reaches_what_is_for_this_machine_by_saying_so(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("house")
    async with open_house(folder, lan=True, trusted_proxies=("127.0.0.1",)) as house:
        guest = await house.somebody()
        body = {"role": "clerk", "tab": guest.tab}
        for lines in SPOOFED:
            headers = CIMultiDict(lines)
            async with guest.http.get(house.url("/metrics"), headers=headers) as answer:
                assert answer.status == 404, lines
            start = guest.http.post(house.url("/api/demo/start"), json=body, headers=headers)
            async with start as answer:
                assert answer.status == 403, lines
        assert b"bangban_sockets" in await guest.ask("GET", "/metrics")
