"""The report of a dam study: complete in both languages, self-contained, honest on its proof."""

import base64
import datetime
import json
import re
import shutil
import sys
from html.parser import HTMLParser

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from nonetloss.core.language import catalog
from nonetloss.io import geopackage, parquet
from nonetloss.study.report import write_reports
from nonetloss.study.report.dams import read_dams, sections
from nonetloss.study.report.reading import read_run

PARTS = (
    "dams-front",
    "dams-basin",
    "dams-exchange",
    "dams-membership",
    "dams-menu",
    "dams-regret",
    "dams-sequence",
    "dams-robust",
    "findings",
    "sources",
    "parameters",
    "assumptions",
    "unknowns",
    "reproduce",
)


class Page(HTMLParser):
    """Tags with their attributes, numeric heads of tables, and the text outside scripts."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.heads, self.said = [], [], []
        self._head, self._script = None, False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append((tag, attrs))
        self._script = tag in ("script", "style")
        if tag == "th" and attrs.get("scope") == "col" and "n" in attrs.get("class", "").split():
            self._head = ""

    def handle_data(self, data):
        if self._head is not None:
            self._head += data
        if not self._script:
            self.said.append(data)

    def handle_endtag(self, tag):
        self._script = False
        if tag == "th" and self._head is not None:
            self.heads.append(self._head)
            self._head = None

    @property
    def text(self):
        return " ".join(" ".join(self.said).split())


def embedded(page):
    """The data of the explorer."""
    found = re.search(r'<script type="application/json" id="dams-data">(.*?)</script>', page, re.S)
    return json.loads(found[1])


def pages_of(run):
    return {p.name[7:9]: p.read_text("utf-8") for p in write_reports(run)}


@pytest.fixture(scope="module")
def pages(dam_run):
    return pages_of(dam_run)


@pytest.fixture(scope="module")
def located(located_run):
    return pages_of(located_run)


def test_each_section_is_there_in_order(pages, located):
    for page in (*pages.values(), *located.values()):
        found = [a["id"] for t, a in Page(page).tags if t == "section" and a["id"] != "answer"]
        assert found == list(PARTS)


def test_ids_are_unique_and_links_inside_lead_somewhere(pages, located):
    for page in (*pages.values(), *located.values()):
        tags = Page(page).tags
        ids = [a["id"] for _, a in tags if "id" in a]
        assert len(ids) == len(set(ids))
        inside = [a["href"][1:] for _, a in tags if a.get("href", "").startswith("#")]
        assert set(inside) <= set(ids)


def test_languages_are_not_mixed(pages, located):
    texts = {k: v for k, v in catalog().items() if k.startswith("report.")}
    for language, other in (("es", "en"), ("en", "es")):
        for page in (pages[language], located[language]):
            assert not re.search(r"\breport\.dams\.", page)
            for key, entry in texts.items():
                if (
                    len(entry[other]) > 30
                    and "{" not in entry[other]
                    and entry["es"] != entry["en"]
                ):
                    assert entry[other] not in page, key


def test_numeric_columns_state_their_unit(pages):
    for page in pages.values():
        heads = [h for h in Page(page).heads if h.strip()]
        # The explorer's own columns and the states have the unit in the row.
        bare = [h for h in heads if not re.search(r"\(.+\)", h)]
        allowed = {
            *("Lo que queda", "What is left", "Está en", "Stands in"),
            *("Sin ninguna represa", "No dam at all", "Hoy", "Today", "Todas las represas"),
            *("All dams", "plan-sectorial"),
        }
        assert set(bare) <= allowed


def test_nothing_is_loaded_from_elsewhere(pages, located):
    for page in (*pages.values(), *located.values()):
        for tag, attrs in Page(page).tags:
            assert tag not in ("link", "iframe", "object", "embed")
            assert not (tag == "script" and "src" in attrs)
            for name in ("src", "xlink:href", "srcset", "data"):
                assert attrs.get(name, "#").startswith(("#", "data:image/png")), (tag, attrs)
            if tag != "a":
                assert attrs.get("href", "#").startswith(("#", "data:image/png")), (tag, attrs)
        assert "@import" not in page
        assert re.findall(r"url\((?!#)", page) == []
        script = page[page.rindex("<script>") : page.rindex("</script>")]
        for word in (
            "http",
            "fetch(",
            "XMLHttpRequest",
            "import(",
            "eval(",
            "WebSocket",
            "Worker(",
        ):
            assert word not in script, word


@pytest.mark.parametrize("kind", ["dam_run", "located_run"])
def test_embedded_data_are_those_of_the_run(kind, request):
    run = request.getfixturevalue(kind)
    data = embedded(pages_of(run)["en"])
    table, units = parquet.read(run / "02-frontier/portfolios.parquet")
    assert data["count"] == data["total"] == len(table)
    assert data["rows"] == ""
    for criterion, told in zip(data["criteria"], data["values"], strict=True):
        values = np.frombuffer(base64.b64decode(told), dtype="<f4")
        np.testing.assert_array_equal(values, table[criterion["name"]].to_numpy(dtype="<f4"))
        assert criterion["unit"] == {"percent": "%"}.get(
            units[criterion["name"]], units[criterion["name"]]
        )
    for dam, told in zip(data["dams"], data["stands"], strict=True):
        raw = base64.b64decode(told)
        assert len(raw) % 4 == 0
        bits = np.unpackbits(np.frombuffer(raw, dtype=np.uint8), bitorder="little")
        choices = table[f"dam_{dam['id']}"].to_numpy()
        np.testing.assert_array_equal(bits[: len(table)], choices > 0)
        assert not bits[len(table) :].any()
        for k, option in enumerate(dam["options"], start=1):
            part = np.frombuffer(base64.b64decode(option), dtype=np.uint8)
            there = np.unpackbits(part, bitorder="little")[: len(table)]
            np.testing.assert_array_equal(there, choices == k)
    assert sum(bool(d["options"]) for d in data["dams"]) == 1


def test_the_tree_of_the_explorer_is_that_of_the_dams(dam_run, pages):
    data = embedded(pages["es"])
    below, dam = data["tree"]["below"], data["tree"]["dam"]
    assert len(below) == 55
    assert below[0] == -1
    assert all(down < i for i, down in enumerate(below))
    table, _ = parquet.read(dam_run / "network-dams.parquet")
    # Component names of the specimen are numbers; dam i stands under component i + 1.
    order = [0] + [0] * 54
    for i in range(1, 55):
        order[i] = int(table["above"][dam[i]])
        assert str(order[below[i]]) == table["below"][dam[i]]


def test_named_portfolios_point_to_their_rows(dam_run, pages):
    data = embedded(pages["en"])
    stops = {s["label"]: s["row"] for s in data["stops"]}
    assert stops["Least loss for 4,000 MW"] == 10_000
    assert stops["Menu 1"] == 0
    assert stops["Menu 5"] == 19_999
    assert stops["Nearest to plan-sectorial"] == 5


def test_what_is_marked_has_its_values(dam_run, pages):
    data = embedded(pages["en"])
    kinds = [m["kind"] for m in data["marks"]]
    assert kinds == ["today", "full", "plan", "chosen"]
    states, _ = parquet.read(dam_run / "01-states/table.parquet")
    names = [c["name"] for c in data["criteria"]]
    np.testing.assert_allclose(data["marks"][0]["values"], states.loc[1, names].astype(float))


def test_exact_and_epsilon_fronts_say_so(pages, located):
    exact = Page(pages["en"]).text
    assert "Each of the 20,000 portfolios is efficient" in exact
    assert "evaluated again from scratch" in exact
    assert "10⁻⁹ km" in exact
    assert "interrupted" not in exact
    for language, words in {
        "en": ("The search was interrupted", "at most 5.0\u00a0% worse", "Asked for: Exact."),
        "es": ("La búsqueda se interrumpió", "a lo más 5.0\u00a0% peor", "Se pidió: Exacto."),
    }.items():
        said = "".join(Page(located[language]).said)
        for word in words:
            assert word in said
    # «Always» of an approximate front is no proof for all that might be efficient.
    assert "The front is approximate" in Page(located["en"]).text
    assert "The front is approximate" not in exact


def test_answer_against_today_and_everything(pages):
    said = Page(pages["es"]).text
    assert "Mínima pérdida para 4 000 MW" in said
    assert "Frente a hoy" in said
    assert "Frente a construirlo todo" in said
    assert "mejores en algo y peores en nada" in said


def test_exchange_has_one_column_for_each_percentage(pages):
    page = pages["en"]
    table = page[page.index('id="dams-exchange-table"') :]
    table = table[: table.index("</table>")]
    for percent in (0, 1, 5, 10, 20, 30):
        assert f"up to {percent} % (MW)" in table
    assert "+1,868.87" in table
    assert "37 dams in total" in table
    assert "All at once" in table


def test_a_tree_says_that_it_is_no_map_and_a_map_has_its_crs(pages, located):
    assert "Schematic drawing, without places" in Page(pages["en"]).text
    assert "CRS: EPSG:32718." in Page(located["en"]).text
    assert embedded(pages["en"])["basin"]["located"] is False
    assert embedded(located["en"])["basin"]["located"] is True


def test_more_portfolios_than_the_page_carries_are_thinned_and_it_says_so(dam_run, monkeypatch):
    monkeypatch.setattr(sys.modules[sections.__module__], "MOST", 500)
    study = read_dams(dam_run, read_run(dam_run))
    front = sections(study, "es")[0]
    data = json.loads(front.explorer.data)
    assert data["count"] == 500
    assert data["total"] == 20_000
    rows = np.frombuffer(base64.b64decode(data["rows"]), dtype="<u4")
    values = study.front.values
    assert {int(i) for i in values.argmin(axis=0)} | {int(i) for i in values.argmax(axis=0)} <= set(
        rows
    )
    # Rows that tables tell of: the menu, the exchange, the plan's neighbors.
    assert {0, 19_999, 10_000, 5, 6, 10, 50} <= set(rows.tolist())
    told = np.frombuffer(base64.b64decode(data["values"][0]), dtype="<f4")
    np.testing.assert_array_equal(told, values[rows, 0].astype("<f4"))
    assert "500 de los 20\u202f000 portafolios" in " ".join(front.notes)


def test_hidden_layers_are_nowhere(located_run, tmp_path):
    run = shutil.copytree(located_run, tmp_path / "run")
    record = json.loads((run / "run.json").read_text("utf-8"))
    entry = {"kind": "territorial-reserve", "role": "prohibited", "ground": None, "source": ""}
    shown = {**entry, "kind": "national-park"}
    record["layers"] = [
        {
            **entry,
            "name": "secret",
            "title": {"es": "R", "en": "R"},
            "hidden": True,
            "schematic": False,
        },
        {
            **shown,
            "name": "park",
            "title": {"es": "Parque abierto", "en": "Parque abierto"},
            "hidden": False,
            "schematic": False,
        },
    ]
    (run / "run.json").write_text(json.dumps(record), "utf-8")
    dams = gpd.read_file(run / "network.gpkg", layer="dams")
    x, y, *_ = dams.geometry[0].bounds
    area = gpd.GeoDataFrame(
        {"label": ["Lugar oculto"]}, geometry=[box(x, y, x + 3e4, y + 3e4)], crs=dams.crs
    )
    open_area = area.assign(label="")
    geopackage.write(
        run / "layers.gpkg",
        {"secret": area, "park": open_area},
        styles={},
        date=datetime.date(2026, 11, 21),
    )
    for page in pages_of(run).values():
        assert "Lugar oculto" not in page
        assert "Parque abierto" in page


def test_equal_runs_give_equal_bytes(dam_run, pages, tmp_path):
    again = pages_of(shutil.copytree(dam_run, tmp_path / "copy"))
    assert again == pages


def test_a_study_that_only_sought_the_front_still_reports(dam_run, tmp_path):
    run = shutil.copytree(dam_run, tmp_path / "bare")
    record = json.loads((run / "run.json").read_text("utf-8"))
    record["steps"] = record["steps"][:2]
    (run / "run.json").write_text(json.dumps(record), "utf-8")
    page = pages_of(run)["es"]
    found = [a["id"] for t, a in Page(page).tags if t == "section"]
    assert found == ["answer", "dams-front", "dams-basin", *PARTS[8:]]
    assert "el estudio no eligió ninguno" in page
    assert "La cuenca hoy" in page


def test_figures_have_a_title_and_a_description(pages):
    for page in pages.values():
        drawings = re.findall(r'<svg[^>]*role="img"[^>]*>(.{0,20})', page)
        # Parallel axes, scatter plots and the basin, each for laptop and phone.
        assert len(drawings) == 2 * 3
        assert all(d.startswith("<title") for d in drawings)


def test_files_stay_small(dam_run):
    for path in write_reports(dam_run):
        # 20,000 portfolios of 3 criteria and 54 dams are 0.4 MB; with figures, text and script.
        assert path.stat().st_size < 2_000_000


def test_fronts_of_one_study_are_told_apart(dam_run, tmp_path):
    run = shutil.copytree(dam_run, tmp_path / "two")
    record = json.loads((run / "run.json").read_text("utf-8"))
    front = next(s for s in record["steps"] if s["step"] == "frontier")
    table, units = parquet.read(run / front["outputs"]["portfolios"]["file"])
    (run / "09-free").mkdir()
    small = table.drop(columns=["ghg"]).head(40)
    parquet.write(run / "09-free/portfolios.parquet", small, units=units)
    second = json.loads(json.dumps(front))
    second |= {"step": "free", "title": {"es": "Frente libre", "en": "Free front"}}
    second["outputs"]["portfolios"] = {"file": "09-free/portfolios.parquet", "rows": 40}
    second["outputs"]["criteria"]["value"] = second["outputs"]["criteria"]["value"][:2]
    second["parameters"] = {
        "bounds": {"value": {"energy": {"low": 3000.0, "high": None}}},
        "fixed": {"value": {"405": False}},
    }
    for step in record["steps"]:
        chooses = step["method"].split(".")[1] not in ("states", "frontier")
        if chooses:
            step["inputs"] = {"frontier": ["free" if step["step"] == "exchange" else "frontier"]}
    record["steps"].insert(2, second)
    (run / "run.json").write_text(json.dumps(record), "utf-8")
    for step in record["steps"]:
        for name in ("bounds", "fixed"):
            if name in step["parameters"]:
                step["parameters"][name] |= {
                    "unit": "",
                    "description": {"es": "", "en": ""},
                    "source": None,
                    "default": False,
                }
    (run / "run.json").write_text(json.dumps(record), "utf-8")
    study = read_dams(run, read_run(run))
    # The choice was made on the front with all criteria, wherever it stands among the steps.
    assert [f.step for f in (study.front, *study.others)] == ["frontier", "free"]
    said = Page(pages_of(run)["en"]).text
    assert "Another front: Free front: Capacity and Connected river (40 portfolios)" in said
    assert "Computed on another front than the main one: Free front" in said
    assert "Capacity from 3,000 MW; dams fixed in advance: Dam 405 (not built)" in said


def test_plans_are_called_by_their_titles(dam_run, tmp_path):
    run = shutil.copytree(dam_run, tmp_path / "titled")
    names = ["none", "today", "full", "plan-sectorial"]
    assert parquet.read(run / "01-states/table.parquet")[0]["state"].tolist() == names
    titles = pd.DataFrame(
        {"es": [*names[:3], "Plan del sector"], "en": [*names[:3], "Plan of the sector"]}
    )
    parquet.write(run / "01-states/titles.parquet", titles)
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    record["steps"][0]["outputs"]["titles"] = {"file": "01-states/titles.parquet", "rows": 4}
    (run / "run.json").write_text(json.dumps(record), encoding="utf-8")
    found = read_dams(run, read_run(run))
    assert [s.title.en for s in found.states] == [
        "No dam at all", "Today", "All dams", "Plan of the sector",
    ]  # fmt: skip
    page = Page(pages_of(run)["es"])
    assert "Plan del sector" in page.text
    assert "plan-sectorial" not in page.text


def test_several_plans_have_letters(dam_run, tmp_path):
    run = shutil.copytree(dam_run, tmp_path / "plans")
    path = run / "01-states/table.parquet"
    table, units = parquet.read(path)
    parquet.write(path, table.assign(state=["none", "today", "first", "second"]), units=units)
    marks = embedded(pages_of(run)["en"])["marks"]
    assert [(m["kind"], m["badge"]) for m in marks] == [
        ("today", ""),
        ("plan", "A"),
        ("plan", "B"),
        ("chosen", ""),
    ]
