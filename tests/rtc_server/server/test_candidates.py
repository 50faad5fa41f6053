"""Which candidates clients get: local and announced addresses, both sides of a NAT (MEDIA_CONTRACT 9)."""

from rtc_server.config import MediaConfig
from rtc_server.server.transport_json import MAX_ADDRESSES, ice_candidates

Listening = list[tuple[str, str, int]]

LOCAL: Listening = [
    ("udp", "10.0.0.5", 24000),
    ("udp", "2001:db8::5", 24000),
    ("tcp", "10.0.0.5", 24000),
    ("tcp", "2001:db8::5", 24000),
]
PUBLIC = (("203.0.113.7", 34000), ("10.0.0.5", None))


def offered(config: MediaConfig, listening: Listening, protocol: str = "udp") -> list[tuple[str, int]]:
    rows = ice_candidates(config, listening)
    return [(row["address"], row["port"]) for row in rows if row["protocol"] == protocol]


def test_local_addresses_of_both_families_are_offered_over_udp_and_tcp() -> None:
    for protocol in ("udp", "tcp"):
        assert offered(MediaConfig(), LOCAL, protocol) == [("10.0.0.5", 24000), ("2001:db8::5", 24000)]


def test_announced_addresses_have_their_own_ports_or_the_bound_one() -> None:
    for protocol in ("udp", "tcp"):
        assert offered(MediaConfig(announced=PUBLIC), LOCAL, protocol) == [
            ("203.0.113.7", 34000),
            ("10.0.0.5", 24000),
        ]


def test_both_sides_of_a_nat_are_offered_each_address_once() -> None:
    config = MediaConfig(announced=PUBLIC, announce_local=True)
    assert offered(config, LOCAL) == [
        ("203.0.113.7", 34000),
        ("10.0.0.5", 24000),
        ("2001:db8::5", 24000),
    ]


def test_an_address_that_comes_is_offered_to_the_transports_that_follow() -> None:
    config = MediaConfig(announced=PUBLIC[:1], announce_local=True)
    assert offered(config, LOCAL[:1]) == [("203.0.113.7", 34000), ("10.0.0.5", 24000)]
    assert offered(config, [*LOCAL[:1], ("udp", "10.9.0.1", 24000)])[-1] == ("10.9.0.1", 24000)


def test_tcp_is_the_last_resort_however_many_addresses_there_are() -> None:
    many: Listening = [(protocol, f"10.0.1.{n}", 24000) for protocol in ("udp", "tcp") for n in range(200)]
    rows = ice_candidates(MediaConfig(), many)
    assert len(rows) == 2 * MAX_ADDRESSES
    udp = min(row["priority"] for row in rows if row["protocol"] == "udp")
    assert udp > max(row["priority"] for row in rows if row["protocol"] == "tcp")
    assert all(0 < row["priority"] < 2**31 for row in rows), "RFC 8445 §5.1.2"
