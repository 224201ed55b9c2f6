import geopandas as gpd
import pandas as pd
import pytest
import shapely

from nonetloss.study.handout import chosen_parcels
from nonetloss.study.runner import run_study


def step(method, **outputs):
    return {"method": method, "outputs": outputs}


def test_the_last_portfolio_says_which_parcels_are_chosen():
    first = step("offset.portfolio", chosen={"value": ["a", "b"]})
    last = step("offset.portfolio", chosen={"value": []})
    assert chosen_parcels([step("avoid.route")]) is None
    assert chosen_parcels([first, step("avoid.route")]) == {"a", "b"}
    assert chosen_parcels([first, last]) == frozenset()


def test_a_run_says_what_each_file_is_and_which_route_is_chosen(small_study, tmp_path):
    out = run_study(small_study.folder, tmp_path / "run", languages=())
    guide = (out / "LEEME.txt").read_text(encoding="utf-8")
    assert guide.startswith("Carretera corta\n")
    assert (out / "README.txt").read_text(encoding="utf-8").startswith("Short road\n")
    tops = {p.name for p in out.iterdir() if p.is_file()} - {"LEEME.txt", "README.txt"}
    assert [name for name in tops if f"\n{name} " not in guide] == []
    assert "\n01-screening/" in guide
    assert "relief.tif" not in guide
    chosen = gpd.read_file(out / "chosen.gpkg", layer="chosen")
    assert chosen.name.tolist() == ["north"]
    # Longitudes -74.55 to -74.35: the way north has three corners.
    assert len(shapely.get_coordinates(chosen.geometry[0])) == 3


def test_without_a_decision_no_route_is_called_chosen(small_study, tmp_path):
    del small_study.study["decision"]
    out = run_study(small_study.save(), tmp_path / "run", languages=())
    assert not (out / "chosen.gpkg").exists()
    assert "chosen.gpkg" not in (out / "LEEME.txt").read_text(encoding="utf-8")


def test_the_codes_of_ecosystems_have_a_legend(small_study, tmp_path):
    out = run_study(small_study.folder, tmp_path / "run", languages=())
    legend = pd.read_csv(out / "ecosystems.csv")
    assert legend.code.tolist() == [0, 1, 2]
    assert legend.title_es.tolist() == ["Fuera del mapa", "Tierra firme", "Várzea"]
    assert legend.loc[2, ["value_low", "value_likely", "value_high"]].tolist() == pytest.approx(
        [0.5, 0.6, 0.7]
    )
