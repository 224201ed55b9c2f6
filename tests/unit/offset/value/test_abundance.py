"""Mean species abundance loss, by hand."""

import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.offset.value.abundance import abundance_loss


def test_area_times_what_is_missing():
    found = abundance_loss(np.array([100.0, 40, 8, 0]), abundance=np.array([0.7, 1, 0, 0.5]))
    assert found == pytest.approx([100 * 0.3, 0, 8, 0])


def test_one_abundance_for_all_and_unknown_stays_unknown():
    found = abundance_loss(np.array([10.0, np.nan]), abundance=np.array(0.5))
    assert found[0] == pytest.approx(10 / 2)
    assert np.isnan(found[1])
    assert np.isnan(abundance_loss(np.array([1.0]), abundance=np.array([np.nan]))).all()


def test_two_steps_add_up():
    # From 0.9 to 0.6 on 50 ha: 50 × (1 - 0.6) - 50 × (1 - 0.9) = 15 ha.
    before, after = abundance_loss(np.array([50.0, 50.0]), abundance=np.array([0.9, 0.6]))
    assert after - before == pytest.approx(50 * 0.3)


@pytest.mark.parametrize(
    ("area", "abundance", "code"),
    [
        (-1.0, 0.5, "species.area"),
        (np.inf, 0.5, "species.area"),
        (1.0, 1.1, "species.abundance"),
        (1.0, -0.1, "species.abundance"),
    ],
)
def test_what_cannot_be(area, abundance, code):
    with pytest.raises(InputError) as caught:
        abundance_loss(np.array([area]), abundance=np.array([abundance]))
    assert caught.value.findings[0].code == code
    for language in ("es", "en"):
        assert caught.value.render(language)
