"""VT0007 in a study on the public raster of Guadeloupe: the numbers of the reference program."""

import numpy as np
import pytest
import rasterio

from nonetloss.study.expected import compare, read_expected

STUDY = "guadeloupe-risk-real"


@pytest.fixture(scope="module")
def run(run_once, shared_data):
    return run_once(STUDY, data=shared_data, languages=("en",))


def test_figures_of_expected_yaml(run, studies):
    assert compare(run.folder, read_expected(studies / STUDY / "expected.yaml")) == []


def test_threshold_regions_and_densest_pixel(run):
    assert run.value("risk", "threshold_m") == 225
    fitted = run.table("risk", "densities")
    fitted = fitted[fitted["fit"] == "calibration"]
    assert len(fitted) == 72
    assert fitted["ha_per_pixel"].max() == pytest.approx(0.016808, abs=5e-7)
    total = (fitted["ha_per_pixel"] * fitted["pixels"]).sum()
    assert total == pytest.approx(2685.15, abs=0.005)


def test_the_written_map_has_the_grid_of_the_file_and_the_fitted_total(run, shared_data):
    source = shared_data / "carbon_deforestation_risk" / "fcc123_GLP.tif"
    written = run.folder / run.steps["risk"]["outputs"]["calibration-hectares"]["file"]
    with rasterio.open(source) as forest, rasterio.open(written) as risk:
        assert risk.transform == forest.transform
        assert risk.crs == forest.crs
        values = risk.read(1)
        lost = forest.read(1) == 1
    assert np.nansum(values, dtype=np.float64) == pytest.approx(2685.15, abs=0.01)
    # Nothing is expected where there was no forest; the lost pixels had some.
    assert (values[lost] >= 0).all()


def test_the_verdict_follows_from_the_measures(run):
    measures = run.table("assessment", "measures").set_index(["model", "evaluation", "cell_ha"])
    verdict = run.table("assessment", "verdict")
    assert_follows(measures, verdict)


def test_in_whole_cells_a_lower_median_may_be_chance(run):
    """Cells that lie whole inside are the default; there the sign test says less."""
    some, whole = (run.table(step, "verdict") for step in ("assessment", "assessment-whole-cells"))
    measures = run.table("assessment-whole-cells", "measures")
    assert_follows(measures.set_index(["model", "evaluation", "cell_ha"]), whole)
    assert (some.loc[some["evaluation"] == "prediction", "chance"] < 0.05).all()
    assert (whole.loc[whole["evaluation"] == "prediction", "chance"] > 0.05).all()


def assert_follows(measures, verdict):
    for row in verdict.itertuples():
        own, other = (
            measures.loc[(model, row.evaluation, row.cell_ha), "medae_ha"]
            for model in (row.model, "benchmark")
        )
        assert row.better == (own < other)
    both = verdict.groupby(["model", "cell_ha"])["better"].all()
    told = verdict.groupby(["model", "cell_ha"])["qualifies"].all()
    assert both.to_dict() == told.to_dict()
