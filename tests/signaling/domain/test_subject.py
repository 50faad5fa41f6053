"""Who somebody is, written and read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.domain.subject import Subject, SubjectKind


@given(st.builds(Subject, st.sampled_from(SubjectKind), st.text(min_size=1)))
def test_a_subject_is_read_as_it_was_written(who: Subject) -> None:
    assert Subject.parse(str(who)) == who


@pytest.mark.parametrize("text", ["", "staff", "staff:", "nobody:1", ":1"])
def test_what_names_nobody_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"kind|Kind"):
        Subject.parse(text)


def test_a_pad_is_never_taken_for_the_person_of_the_same_id() -> None:
    assert Subject(SubjectKind.PAD, "a") != Subject.of_staff("a")
    assert Subject(SubjectKind.PAD, "a").staff_id is None
    assert (Subject.of_staff("a").log_name, Subject(SubjectKind.PAD, "a").log_name) == ("a", "pad:a")
