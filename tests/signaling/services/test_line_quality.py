"""One word for each direction of a participant's network."""

import pytest

from signaling.domain.session import Quality, worse


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        (None, None, None),
        (Quality.GOOD, None, Quality.GOOD),
        (None, Quality.BAD, Quality.BAD),
        (Quality.WEAK, Quality.GOOD, Quality.WEAK),
        (Quality.WEAK, Quality.BAD, Quality.BAD),
    ],
)
def test_the_worse_of_both_directions_is_the_level(
    one: Quality | None, other: Quality | None, found: Quality | None
) -> None:
    assert worse(one, other) is found
    assert worse(other, one) is found
