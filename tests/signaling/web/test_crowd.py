"""Places of the unknown: whoever floods loses their own sockets, nobody else's."""

from signaling.web.crowd import Crowd


def test_the_oldest_of_ones_own_address_gives_way_when_it_is_full() -> None:
    crowd = Crowd[str](limit=10, per_group=2)
    assert [crowd.come(sid, "a", 0) for sid in ("1", "2", "3")] == [None, None, "1"]
    assert crowd.come("4", "b", 0) is None
    assert len(crowd) == 3


def test_silent_sockets_of_four_addresses_do_not_keep_a_fifth_out() -> None:
    crowd = Crowd[str](limit=512, per_group=128)
    for number in range(512):
        assert crowd.come(f"{number}", f"attacker {number % 4}", number) is None
    assert crowd.come("honest", "office", 1000) == "0"
    for number in range(512, 2000):
        assert crowd.come(f"{number}", f"attacker {number % 4}", number) != "honest"


def test_who_said_who_they_are_takes_no_place() -> None:
    crowd = Crowd[str](limit=1, per_group=1)
    crowd.come("1", "a", 0)
    crowd.leave("1")
    crowd.leave("1")
    assert crowd.come("2", "a", 5) is None
    assert crowd.came_before(4) == []
    assert crowd.came_before(5) == ["2"]


def test_who_is_at_work_is_not_asked_to_go() -> None:
    crowd = Crowd[str](limit=3, per_group=2, can_go=lambda guest: guest.startswith("idle"))
    assert [crowd.come(guest, "a", 0) for guest in ("busy", "idle 1", "idle 2")] == [None, None, "idle 1"]
    assert crowd.come("busy 2", "a", 0) == "idle 2"
    assert crowd.come("busy 3", "a", 0) == "busy 3", "nobody can go: the new one is turned away"
    assert crowd.come("other", "b", 0) is None
    assert crowd.come("third", "c", 0) == "third"
    assert len(crowd) == 3
    assert sorted(crowd) == ["busy", "busy 2", "other"]
