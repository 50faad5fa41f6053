"""The table of parts: parts × tracks × acts against what must hold of any table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.domain.members import Part
from signaling.domain.seating import (
    PART_RULES,
    Absence,
    Act,
    Entry,
    absence_of,
    entry_of,
    is_recorded,
    is_seen,
    may,
    may_send,
    reaches,
)
from signaling.domain.session import Track

parts, tracks, acts = st.sampled_from(Part), st.sampled_from(Track), st.sampled_from(Act)
AT_THE_COUNTER = (Part.CLERK, Part.CITIZEN)


def test_every_part_has_a_row_and_every_act_somebody_who_may() -> None:
    assert set(PART_RULES) == set(Part)
    for act in Act:
        assert any(may(part, act) for part in Part), act


@given(parts, tracks, parts)
def test_what_reaches_somebody_is_sent_by_somebody_they_see(
    sender: Part, track: Track, receiver: Part
) -> None:
    if reaches(sender, track, receiver):
        assert may_send(sender, track)
        assert is_seen(sender, receiver), "a voice without a name"


@given(parts, tracks, parts)
def test_one_rule_holds_for_all_sound_and_one_for_all_pictures(sender: Part, track: Track, by: Part) -> None:
    alike = [other for other in Track if other.kind == track.kind and may_send(sender, other)]
    if may_send(sender, track):
        assert {reaches(sender, other, by) for other in alike} == {reaches(sender, track, by)}
    else:
        assert not reaches(sender, track, by)


@given(parts, tracks)
def test_only_what_is_sent_is_recorded(part: Part, track: Track) -> None:
    assert not is_recorded(part, track) or may_send(part, track)


@given(parts, tracks)
def test_only_what_the_counter_gets_is_recorded(part: Part, track: Track) -> None:
    if is_recorded(part, track):
        assert all(reaches(part, track, by) or by is part for by in AT_THE_COUNTER)


@given(parts, tracks, parts)
def test_who_is_unseen_is_told_of_to_nobody(part: Part, track: Track, by: Part) -> None:
    if not any(is_seen(part, other) for other in Part):
        assert not reaches(part, track, by)
        assert not may(part, Act.CHAT), "a line of chat has a name"
        assert not may(part, Act.ANNOTATE), "a stroke has a name"
        assert not may(part, Act.PUSH_CARD), "a card has a name"
        assert absence_of(part) is Absence.FREES, "nobody waits for who is not there"


@given(parts, acts)
def test_what_people_write_is_shown_to_all_so_all_see_who_wrote(part: Part, act: Act) -> None:
    if act in (Act.CHAT, Act.ANNOTATE, Act.PUSH_CARD) and may(part, act):
        assert all(is_seen(part, other) for other in Part)


@given(parts)
def test_who_may_give_the_place_up_is_who_is_not_waited_for(part: Part) -> None:
    assert may(part, Act.LEAVE) == (absence_of(part) is Absence.FREES)
    assert (absence_of(part) is Absence.FREES) == (entry_of(part) in (Entry.INVITATION, Entry.SUPERVISION))
    assert may(part, Act.STORE_RESULT) == (absence_of(part) is Absence.REQUEUES), (
        "who answers writes the result"
    )


@given(parts)
def test_nobody_watches_over_a_call_and_takes_part_in_it(part: Part) -> None:
    if entry_of(part) is Entry.SUPERVISION:
        assert not any(reaches(part, track, other) for track in Track for other in AT_THE_COUNTER)
        assert not any(is_recorded(part, track) for track in Track)
        assert not may(part, Act.END)
        assert not may(part, Act.READ_APPLICANT)


@pytest.mark.parametrize("hears", Part)
def test_who_talks_is_heard_by_everybody(hears: Part) -> None:
    for sender in (Part.CLERK, Part.CITIZEN, Part.SPECIALIST, Part.CONSULTANT):
        assert reaches(sender, Track.MICROPHONE, hears)


def test_a_whisper_is_for_the_specialist_alone() -> None:
    heard = [part for part in Part if reaches(Part.WHISPERER, Track.MICROPHONE, part)]
    assert heard == [Part.SPECIALIST]


def test_a_monitor_is_there_for_nobody() -> None:
    rule = PART_RULES[Part.MONITOR]
    assert (rule.sends, rule.heard_by, rule.seen_by, rule.recorded) == ((frozenset(),) * 4)
