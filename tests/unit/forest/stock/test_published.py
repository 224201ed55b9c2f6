"""Published figures as a study writes them."""

import pytest

from nonetloss.core.errors import InputError, UnitError
from nonetloss.forest.stock.published import published_table, read_published

GOOD = {"total": "1 MtCO2e", "area": "1000 ha"}


def test_areas_with_and_without_a_title():
    titled = {"area": "20 km^2", "title": {"es": "b", "en": "c"}}
    found = read_published(GOOD | {"areas": {"a": "2 ha", "b": titled}})
    assert found["areas"]["a"][0] == 2
    assert found["areas"]["b"][0] == pytest.approx(2000)
    assert found["areas"]["b"][1].es == "b"
    assert found["pool"] == "above_ground"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"total": "1 MtCO2e"}, "stock.published-missing"),
        (GOOD | {"perha": "5 tCO2e/ha"}, "stock.published-key"),
        (GOOD | {"pool": "soil"}, "stock.published-key"),
        (GOOD | {"areas": ["5 ha"]}, "stock.published-key"),
        (GOOD | {"area": "0 ha"}, "stock.published-positive"),
        (GOOD | {"area": "-2 ha"}, "stock.published-positive"),
    ],
)
def test_faults(given, code):
    with pytest.raises(InputError) as problem:
        read_published(given)
    assert problem.value.findings[0].code == code


@pytest.mark.parametrize("given", [GOOD | {"area": 1000}, GOOD | {"total": "1 km"}])
def test_figures_have_units(given):
    with pytest.raises(UnitError):
        read_published(given)


def test_totals_say_which_pool_they_hold_and_that_plots_prove_nothing():
    for pool, es, en in (
        ("above_ground", "biomasa aérea", "above ground"),
        ("all", "aérea y raíces", "above and below ground"),
    ):
        figures = read_published({"total": "10 tCO2e", "area": "2 ha", "pool": pool})
        rows = published_table(figures, own_total=9.0)[0].set_index("figure")
        for figure in ("total", "per-ha", "per-ha-plots"):
            assert es in rows.loc[figure, "title_es"]
            assert en in rows.loc[figure, "title_en"]
        assert "no check of the published figure" in rows.loc["total", "note_en"]
        assert "no comprueba" in rows.loc["total", "note_es"]
