import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.offset.counterfactual import GAINS, credited
from nonetloss.offset.counterfactual.vocabulary import Paths

# The offset begins at the second moment at value 0.5; with it 0.7, without it 0.4, under
# protection alone (no planned change) 0.45.
PATHS = Paths(
    intended=np.array([[0.5, 0.5, 0.7]]),
    without=np.array([[0.5, 0.5, 0.4]]),
    protected=np.array([[0.5, 0.5, 0.45]]),
    at_start=np.array([0.5]),
    begun=np.array([False, True, True]),
)


@pytest.mark.parametrize(
    ("gain", "expected"),
    [
        ("restoration_gains", 0.7 - 0.5),
        ("avoided_condition_decline", 0.5 - 0.4),
        ("net_gains", 0.7 - 0.4),
        ("current_condition_maintain", 0.5),
        ("current_condition_protect", 0.5),
        ("protected_condition", 0.45),
    ],
)
def test_each_word_by_hand(gain, expected):
    parts = credited(gain, PATHS)
    assert (parts[0] + parts[1])[0, 2] == pytest.approx(expected)
    # Before it begins an offset gains nothing, whatever the word.
    assert (parts[0] + parts[1])[0, 0] == 0


def test_the_six_words_are_all():
    assert len(GAINS) == 6
    with pytest.raises(InputError) as caught:
        credited("gain", PATHS)
    assert "net_gains" in caught.value.render("es")


def test_leakage_takes_from_averted_loss_only():
    restored, averted = credited("net_gains", PATHS, leakage=0.25)
    assert restored[0, 2] == pytest.approx(0.2)
    assert averted[0, 2] == pytest.approx(0.75 * 0.1)
    # Where the land would have become better by itself, nothing leaks: the deduction is whole.
    better = Paths(
        PATHS.intended, np.array([[0.5, 0.5, 0.6]]), PATHS.protected, PATHS.at_start, PATHS.begun
    )
    assert credited("net_gains", better, leakage=0.25)[1][0, 2] == pytest.approx(-0.1)


def test_what_the_offset_does_not_hold_does_not_leak():
    """From 0.5; without 0.2, with 0.4: 0.2 is averted, half of it leaks."""
    ways = Paths(
        intended=np.array([[0.4, 0.2]]),
        without=np.array([[0.2, 0.2]]),
        protected=np.array([[0.2, 0.2]]),
        at_start=np.array([0.5]),
        begun=np.array([True, True]),
    )
    restored, averted = credited("net_gains", ways, leakage=0.5)
    # Where the offset has failed altogether nothing is averted, and nothing can leak.
    assert (restored + averted)[0] == pytest.approx([(0.4 - 0.2) * 0.5, 0.0])
