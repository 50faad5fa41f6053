"""Places of the unknown: whoever floods loses their own sockets, nobody else's."""

from signaling.web.sio.strangers import Strangers


def test_the_oldest_of_ones_own_address_gives_way_when_it_is_full() -> None:
    strangers = Strangers(limit=10, per_group=2)
    assert [strangers.come(sid, "a", 0) for sid in ("1", "2", "3")] == [None, None, "1"]
    assert strangers.come("4", "b", 0) is None
    assert len(strangers) == 3


def test_silent_sockets_of_four_addresses_do_not_keep_a_fifth_out() -> None:
    strangers = Strangers(limit=512, per_group=128)
    for number in range(512):
        assert strangers.come(f"{number}", f"attacker {number % 4}", number) is None
    assert strangers.come("honest", "office", 1000) == "0"
    for number in range(512, 2000):
        assert strangers.come(f"{number}", f"attacker {number % 4}", number) != "honest"


def test_who_said_who_they_are_takes_no_place() -> None:
    strangers = Strangers(limit=1, per_group=1)
    strangers.come("1", "a", 0)
    strangers.leave("1")
    strangers.leave("1")
    assert strangers.come("2", "a", 5) is None
    assert strangers.overdue(4) == []
    assert strangers.overdue(5) == ["2"]
