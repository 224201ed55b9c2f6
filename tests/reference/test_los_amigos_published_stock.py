"""Los Amigos (Madre de Dios): 79.4 million tCO2 on 360,000 acres, as the organization published."""

import numpy as np
import pytest

from nonetloss.forest.stock.published import published_table, read_published

WRITTEN = {
    "total": "79.4 MtCO2e",
    "area": "360000 acre",
    "per_ha": "545 tCO2e/ha",
    "areas": {
        "approved": {
            "area": "135832 ha",
            "title": {"es": "Superficie aprobada", "en": "Approved area"},
        },
        "polygon": "145772 ha",
    },
}


@pytest.fixture(scope="module")
def table():
    found, findings = published_table(read_published(WRITTEN))
    assert findings == ()
    return found


def computed(table, figure, note=""):
    rows = table[(table["figure"] == figure) & table["note_en"].str.contains(note)]
    assert len(rows) == 1
    return float(rows["computed"].iloc[0])


def test_360_000_acres_are_145_686_83_hectares(table):
    published = table.set_index("figure").loc["area", "published"]
    assert round(published, 2) == 145_686.83


def test_the_published_figures_follow_from_each_other(table):
    assert round(computed(table, "per-ha"), 1) == 545.0
    assert round(computed(table, "carbon-per-ha"), 1) == 148.6
    assert round(computed(table, "biomass-per-ha", "0.47"), 1) == 316.3
    assert round(computed(table, "biomass-per-ha", "0.5"), 1) == 297.3


def test_on_the_approved_area_they_mean_more(table):
    assert round(computed(table, "per-ha-other-area", "Approved"), 1) == 584.5
    assert round(computed(table, "per-ha-other-area", "polygon"), 1) == 544.7


def test_figures_that_disagree_are_told():
    figures = read_published(WRITTEN | {"area": "135832 ha"})
    _, findings = published_table(figures)
    assert [f.code for f in findings] == ["stock.published-disagrees"]


def test_nothing_published_is_an_empty_table():
    found, findings = published_table({})
    assert (len(found), findings) == (0, ())
    assert np.isnan(published_table(read_published({"total": "1 tCO2e", "area": "1 ha"}))[0]
                    .set_index("figure").loc["per-ha", "published"])  # fmt: skip
