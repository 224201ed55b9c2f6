import datetime
import json
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

from nonetloss.core.estimate import Estimate
from nonetloss.core.findings import notice
from nonetloss.core.language import Text
from nonetloss.io import parquet
from nonetloss.landscape.services import Service, ServiceLoss, Serviceshed
from nonetloss.ledger.journal import Journal, append
from nonetloss.ledger.records import AccountKind, Open
from nonetloss.ledger.text_form import parse_text
from nonetloss.numerics.grid import Grid
from nonetloss.offset.gains import Gains
from nonetloss.study.outputs import Writer
from nonetloss.study.plain import has_plain_form, plain

GRID = Grid(0.0, 200.0, 100.0, 100.0, 2, 3)
UTM = "EPSG:32718"


class Kind(StrEnum):
    A = "a"


@dataclass(frozen=True)
class Mark:
    holds: bool
    nearest_m: float


@dataclass(frozen=True)
class Route:
    name: str
    title: Text
    line: shapely.LineString
    kind: Kind
    mark: Mark
    hidden: bool = False


@dataclass(frozen=True)
class Result:
    grid: Grid = GRID
    cost_usd_per_m: np.ndarray = field(default_factory=lambda: np.ones((2, 3), dtype=np.float32))
    blocked: np.ndarray = field(default_factory=lambda: np.eye(2, 3, dtype=bool))
    blocked_by: dict = field(default_factory=lambda: {"park": np.eye(2, 3, dtype=bool)})
    table: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(
            {"ground": [Text("uno", "one"), None], "kind": [Kind.A] * 2}
        )
    )
    routes: tuple = ()
    best: Any = None
    components: tuple = ("direct", "induced")
    assets: tuple = ("x", "y", "z")
    gain_likely: np.ndarray = field(default_factory=lambda: np.array([1.0, 2.0, 3.0]))
    gain_draws: np.ndarray = field(default_factory=lambda: np.tile([1.0, 3.0], (3, 1)))
    total: float = float("nan")
    findings: tuple = ()
    tree: Any = None


@dataclass(frozen=True)
class Surface:
    components: pd.DataFrame
    grid: Grid = GRID
    cost_usd_per_m: np.ndarray = field(default_factory=lambda: np.ones((2, 3), dtype=np.float32))


def files_of(writer, result):
    writer.write(result)
    return list(writer.folder.iterdir())


@pytest.fixture
def write(tmp_path):
    def run(result, hidden=()):
        writer = Writer(tmp_path / "01-step", UTM, datetime.date(2026, 11, 21), frozenset(hidden))
        return writer.write(result)

    return run


def route(name, **options):
    line = shapely.LineString([(0, 0), (1, 1)])
    return Route(name, Text("uno", "one"), line, Kind.A, Mark(True, 5.0), **options)


def test_each_part_goes_where_its_type_says(write, tmp_path):
    result = Result(
        routes=(route("r1"), route("r2")),
        best=route("r1"),
        findings=(notice("study.withheld", "x", parts="y"),),
        tree=shapely.STRtree([shapely.Point(0, 0)]),
    )
    written = write(result)
    files = {n: o["file"].partition("/")[2] for n, o in written.outputs.items() if "file" in o}
    assert files == {
        "cost_usd_per_m": "cost_usd_per_m.tif",
        "blocked": "blocked.tif",
        "blocked_by-park": "blocked_by-park.tif",
        "table": "table.parquet",
        "routes": "routes.gpkg",
        "best": "best.gpkg",
        "gain_likely": "gain_likely.parquet",
        "gain_draws": "gain_draws.parquet",
    }
    assert written.outputs["total"] == {"value": None}
    assert "tree" not in written.outputs
    assert [f.code for f in written.findings] == ["study.withheld"]
    json.dumps(written.outputs, allow_nan=False)
    with rasterio.open(tmp_path / "01-step" / "cost_usd_per_m.tif") as source:
        assert source.units == ("usd/m",)


def test_tables_speak_both_languages(write, tmp_path):
    write(Result())
    table, _ = parquet.read(tmp_path / "01-step" / "table.parquet")
    assert table.columns.tolist() == ["ground_es", "ground_en", "kind"]
    assert table.ground_es.tolist()[0] == "uno"
    assert table.ground_en.isna().tolist() == [False, True]
    assert table.kind.tolist() == ["a", "a"]


def test_short_tables_are_written_for_spreadsheets_too(write, tmp_path):
    write(Result())
    # A byte order mark tells Excel that the text is UTF-8.
    assert (tmp_path / "01-step" / "table.csv").read_bytes() == (
        b"\xef\xbb\xbfground_es,ground_en,kind\nuno,one,a\n,,a\n"
    )
    assert not (tmp_path / "01-step" / "gain_draws.csv").exists()
    write(Result(table=pd.DataFrame({"a": range(1001)})))
    assert parquet.read(tmp_path / "01-step" / "table.parquet")[0].shape == (1001, 1)


def test_labelled_arrays_become_long_tables(write, tmp_path):
    write(Result())
    likely, units = parquet.read(tmp_path / "01-step" / "gain_likely.parquet")
    assert likely.to_dict("list") == {"asset": ["x", "y", "z"], "value": [1.0, 2.0, 3.0]}
    assert units["value"] == "quality_hectare"
    draws, _ = parquet.read(tmp_path / "01-step" / "gain_draws.parquet")
    # Of the draws 1 and 3: mean and median 2, the quantiles linear between them.
    assert draws.loc[0, ["mean", "low", "median", "high"]].tolist() == [2.0, 1.1, 2.0, 2.9]


def test_records_become_rows_with_what_is_inside_them(write, tmp_path):
    write(Result(routes=(route("r1"),)))
    found = gpd.read_file(tmp_path / "01-step" / "routes.gpkg", layer="routes")
    assert found.drop(columns="geometry").to_dict("records") == [
        {
            "name": "r1",
            "title_es": "uno",
            "title_en": "one",
            "kind": "a",
            "mark_holds": True,
            "mark_nearest_m": 5.0,
            "hidden": False,
        }
    ]


def test_nothing_that_shows_a_hidden_layer_is_written(write, tmp_path):
    result = Result(
        blocked_by={"park": np.eye(2, 3, dtype=bool), "people": np.ones((2, 3), dtype=bool)},
        routes=(route("people"), route("secret", hidden=True), route("r1")),
    )
    written = write(result, hidden=["people"])
    assert written.withheld == ["blocked"]
    names = {p.name for p in (tmp_path / "01-step").iterdir()}
    assert "blocked.tif" not in names
    assert "blocked_by-people.tif" not in names
    assert "blocked_by-park.tif" in names
    assert gpd.read_file(tmp_path / "01-step" / "routes.gpkg", layer="routes").name.tolist() == [
        "r1"
    ]


def test_rasters_that_a_hidden_layer_feeds_are_withheld(tmp_path):
    parts = pd.DataFrame({"component": ["people"], "mean": [0.25]})
    result = Surface(components=parts)
    shown = Writer(tmp_path / "a", UTM, datetime.date(2026, 11, 21), frozenset(["people"]))
    assert {p.name for p in files_of(shown, result)} == {
        "cost_usd_per_m.tif",
        "components.parquet",
        "components.csv",
    }
    fed = replace(shown, folder=tmp_path / "b", fed_by_hidden=True)
    assert fed.write(result).withheld == ["components", "cost_usd_per_m"]
    assert not (tmp_path / "b").exists()


def test_rates_of_loss_that_a_hidden_layer_lowers_are_withheld(tmp_path):
    @dataclass(frozen=True)
    class Joint:
        rates: pd.DataFrame
        comparison: pd.DataFrame

    table = pd.DataFrame({"a": [1]})
    fed = Writer(
        tmp_path / "01-joint",
        UTM,
        datetime.date(2026, 11, 21),
        frozenset(["people"]),
        fed_by_hidden=True,
    )
    written = fed.write(Joint(table, table))
    assert written.withheld == ["rates"]
    assert list(written.outputs) == ["comparison"]


def test_a_result_that_is_no_record_is_one_part(write):
    assert write(pd.DataFrame({"a": [1]})).outputs["result"]["file"] == "01-step/result.parquet"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (float("inf"), None),
        (np.float32(1.5), 1.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (True, True),
        (Kind.A, "a"),
        (Text("a", "b"), {"es": "a", "en": "b"}),
        (datetime.date(2026, 1, 2), "2026-01-02"),
        ({1: (2, None)}, {"1": [2, None]}),
        (frozenset({"b", "a"}), ["a", "b"]),
        (np.array([1.0, np.nan]), [1.0, None]),
        (Mark(True, 1.0), {"holds": True, "nearest_m": 1.0}),
        (shapely.Point(1, 2), "POINT (1 2)"),
    ],
)
def test_plain_forms(value, expected):
    assert plain(value) == expected
    assert type(plain(value)) is type(expected)


def test_what_has_no_plain_form_is_refused():
    assert not has_plain_form([object()])
    with pytest.raises(TypeError, match="object"):
        plain(object())


def loss_of_services():
    world = Serviceshed("world", Text("Todos", "Everyone"))
    east = Serviceshed("east", Text("Este", "East"), shapely.box(0, 0, 1, 1), 120.0, True)
    each = {"forest": Estimate.exact(2.0)}
    fish = Service("fish", Text("Pesca", "Fish"), "kg/year", each, (world, east))
    likely = np.array([[10.0, 4.0], [0.0, 0.0]])
    draws = likely[:, :, None] * np.array([0.5, 1.0, 1.5])
    columns = (("fish", "world"), ("fish", "east"))
    return ServiceLoss((fish,), ("a", "b"), columns, likely, draws)


def test_a_loss_of_services_is_one_table_and_draws_nothing(write, tmp_path):
    written = write(loss_of_services())
    assert list(written.outputs) == ["alternatives", "columns", "table"]
    table, _ = parquet.read(tmp_path / written.outputs["table"]["file"])
    east = table[(table["alternative"] == "a") & (table["serviceshed"] == "east")].iloc[0]
    assert (east["people"], east["community"], east["unit"]) == (120, True, "kg/year")
    assert (east["shed_title_es"], east["title_en"]) == ("Este", "Fish")
    # Of 2, 4 and 6 the mean is 4; 5 % of the way lies a tenth of a step above the first.
    assert (east["likely"], east["mean"]) == (4.0, 4.0)
    assert (east["low"], east["high"]) == pytest.approx((2.2, 5.8))
    assert np.isnan(table["people"].iloc[0])
    assert [p.suffix for p in sorted((tmp_path / "01-step").iterdir())] == [".csv", ".parquet"]


def test_gains_are_tables_by_parcel_and_by_year(write, tmp_path):
    likely = np.array([[0.5, 0.6], [0.2, 0.8]])
    gains = Gains(
        parcels=("p1", "p2"),
        years=np.array([0, 1]),
        with_offset=likely,
        without_offset=likely / 2,
        likely=np.array([5.0, 7.0]),
        draws=np.array([[4.0, 6.0], [7.0, 7.0]]),
        with_low=likely - 0.1,
        static=np.array([10.0, 14.0]),
        loss_factors={"forest": 0.8},
    )
    written = write(gains)
    each, units = parquet.read(tmp_path / written.outputs["gains"]["file"])
    assert each["gain_likely_qha"].tolist() == [5, 7]
    assert units["gain_low_qha"] == "quality_hectare"
    # The two draws are 2 apart.
    assert each["gain_low_qha"].tolist() == pytest.approx([4.1, 7.0])
    years, _ = parquet.read(tmp_path / written.outputs["trajectories"]["file"])
    assert years["parcel"].tolist() == ["p1", "p1", "p2", "p2"]
    assert years["year"].tolist() == [0, 1, 0, 1]
    assert years["with_likely"].tolist() == [0.5, 0.6, 0.2, 0.8]
    assert years["without_likely"].tolist() == [0.25, 0.3, 0.1, 0.4]
    assert years["with_low"].tolist() == pytest.approx([0.4, 0.5, 0.1, 0.7])
    assert "with_high" not in years
    assert each["static_gain_qha"].tolist() == [10, 14]
    assert "restored_qha" not in each
    assert written.outputs["loss_factor"] == {"value": 1.0}
    assert written.outputs["loss_factors"] == {"value": {"forest": 0.8}}


def test_a_noun_with_tables_of_its_own_inside_a_result(write):
    @dataclass(frozen=True)
    class Plan:
        services: ServiceLoss

    written = write(Plan(loss_of_services()))
    assert written.outputs["services-table"]["rows"] == 4


def test_a_journal_is_a_text_with_its_chain_of_digests(write, tmp_path):
    @dataclass(frozen=True)
    class Accounts:
        journal: Journal

    opened = Open(datetime.date(2026, 11, 21), "nature:forest:stock", AccountKind.STOCK)
    journal = append(Journal(), opened)
    written = write(Accounts(journal))
    text = (tmp_path / written.outputs["journal"]["file"]).read_text(encoding="utf-8")
    assert parse_text(text) == journal
    assert journal.digests[-1] in text
