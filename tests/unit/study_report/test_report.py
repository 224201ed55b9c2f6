"""The report: complete in both languages, self-contained, repeatable, silent on hidden places."""

import datetime
import json
import re
import shutil
from html.parser import HTMLParser

import geopandas as gpd
import pytest
from shapely.geometry import box

from nonetloss.core.errors import InputError
from nonetloss.core.language import Text, catalog
from nonetloss.io import geopackage, parquet, run_folder
from nonetloss.study.report import write_reports
from nonetloss.study.report.reading import read_run

SECTIONS = (
    "answer",
    "context",
    "alternatives",
    "tradeoff",
    "corridor",
    "price",
    "dissimilar",
    "screening",
    "certificate",
    "induced",
    "minimization",
    "offsets",
    "balance",
    "ledger",
    "findings",
    "sources",
    "parameters",
    "assumptions",
    "unknowns",
    "reproduce",
)


class Page(HTMLParser):
    """Tags with their attributes, and numeric heads of tables."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.heads, self._head = [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append((tag, attrs))
        if tag == "th" and attrs.get("scope") == "col" and "n" in attrs.get("class", "").split():
            self._head = ""

    def handle_data(self, data):
        if self._head is not None:
            self._head += data

    def handle_endtag(self, tag):
        if tag == "th" and self._head is not None:
            self.heads.append(self._head)
            self._head = None


@pytest.fixture(scope="module")
def pages(run_dir):
    paths = write_reports(run_dir)
    assert [p.name for p in paths] == ["report.es.html", "report.en.html"]
    return {p.name[7:9]: p.read_text("utf-8") for p in paths}


def test_nothing_is_loaded_from_elsewhere(pages):
    for text in pages.values():
        for tag, attrs in Page(text).tags:
            assert tag not in ("script", "link", "iframe", "object", "embed")
            for name in ("src", "xlink:href", "srcset", "data"):
                assert attrs.get(name, "#").startswith(("#", "data:image/png")), (tag, attrs)
            if tag != "a":
                assert attrs.get("href", "#").startswith(("#", "data:image/png")), (tag, attrs)
        assert "@import" not in text
        assert re.findall(r"url\((?!#)", text) == []


def test_each_section_is_there_in_order(pages):
    for text in pages.values():
        found = [a["id"] for t, a in Page(text).tags if t == "section"]
        assert found == list(SECTIONS)


def test_ids_are_unique_and_links_inside_lead_somewhere(pages):
    for text in pages.values():
        tags = Page(text).tags
        ids = [a["id"] for _, a in tags if "id" in a]
        assert len(ids) == len(set(ids))
        inside = [a["href"][1:] for _, a in tags if a.get("href", "").startswith("#")]
        assert set(inside) <= set(ids)
        assert set(re.findall(r"url\(#([^)]+)\)", text)) <= set(ids)


def test_languages_are_declared_and_not_mixed(pages):
    texts = {k: v for k, v in catalog().items() if k.startswith("report.")}
    for language, other in (("es", "en"), ("en", "es")):
        page = pages[language]
        assert f'<html lang="{language}">' in page
        assert not re.search(r"\breport\.[a-z]", page)
        for key, entry in texts.items():
            # Long sentences without placeholders are a safe sign of the language.
            if len(entry[other]) > 40 and "{" not in entry[other] and entry["es"] != entry["en"]:
                assert entry[other] not in page, key


def test_report_texts_are_complete():
    for key, entry in catalog().items():
        if key.startswith("report."):
            assert set(entry) == {"es", "en"}, key
            found = [set(re.findall(r"{(\w+)}", entry[k])) for k in ("es", "en")]
            assert found[0] == found[1], key


def test_numeric_columns_state_their_unit(pages):
    for text in pages.values():
        heads = Page(text).heads
        assert len(heads) > 20
        assert [h for h in heads if not re.search(r"\(.+\)", h)] == []


def test_figures_have_a_title_and_a_description(pages):
    for text in pages.values():
        drawings = re.findall(r'<svg[^>]*role="img"[^>]*>(.{0,20})', text)
        # Map, trade-off, corridor, price, dissimilar, induced, parcels and two ecosystems that
        # lose something, each for laptop and phone.
        assert len(drawings) == 2 * (7 + 2)
        assert all(d.startswith("<title") for d in drawings)


def test_equal_runs_give_equal_bytes(run_dir, pages, tmp_path):
    copy = shutil.copytree(run_dir, tmp_path / "copy")
    for path in write_reports(copy):
        assert path.read_text("utf-8") == pages[path.name[7:9]]


def test_reports_stay_small(pages):
    assert all(len(text) < 5_000_000 for text in pages.values())


def test_text_of_the_study_is_escaped(pages):
    assert "&lt;la&gt; carretera" in pages["es"]
    assert "<la>" not in pages["es"]


def test_a_hidden_layer_is_named_but_never_located(run_dir, tmp_path):
    """Even if a file of the run held its shape, distances or prices, the page shows none."""
    copy = shutil.copytree(run_dir, tmp_path / "leaky")
    layers = run_folder.read_layers(copy / "layers.gpkg")
    shape = gpd.GeoDataFrame(
        {"label": ["Lugar secreto"]},
        geometry=[box(600_000, 9_070_000, 620_000, 9_090_000)],
        crs=layers["park"].crs,
    )
    (copy / "layers.gpkg").unlink()
    geopackage.write(
        copy / "layers.gpkg", layers | {"secret": shape}, styles={}, date=datetime.date(2026, 1, 1)
    )
    table, _ = parquet.read(copy / "01-all/certificates.parquet")
    table.loc[table["layer"] == "secret", ["meters_inside", "nearest_m"]] = 71_717.0
    parquet.write(copy / "01-all/certificates.parquet", table)
    for path in write_reports(copy):
        text = path.read_text("utf-8")
        assert "Lugar secreto" not in text
        assert not re.search(r"71.?717", text)
    assert "Reserva no publicada" in (copy / "report.es.html").read_text("utf-8")
    assert "dónde y cuánto no se publica" in (copy / "report.es.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("not-offsettable", "No se puede compensar: hay que volver a evitar."),
        ("infeasible", "no se puede compensar toda la pérdida"),
        ("offset", "no es una respuesta segura"),
    ],
)
def test_the_answer_is_told_at_the_top(make_run, answer, said):
    folder = make_run(answer)
    (path,) = write_reports(folder, ("es",))
    text = path.read_text("utf-8")
    assert said in text[: text.index('id="context"')]


def test_critical_unknowns_stand_between_the_verdict_and_the_cards(pages):
    for language, critical, other in (
        ("es", "Falta la reserva vecina.", "No se sabe la fauna."),
        ("en", "The reserve nearby is missing.", "Fauna is not known."),
    ):
        page = pages[language]
        verdict, cards = page.rindex('class="verdict'), page.index('class="cards"')
        assert critical in page[verdict:cards]
        assert other not in page[:cards]
        # Below they are told again, before the others.
        after = page[page.index('<section id="unknowns"') :]
        assert after.index(critical) < after.index(other)


def test_nothing_critical_no_banner(run_dir, tmp_path):
    copy = shutil.copytree(run_dir, tmp_path / "calm")
    record = json.loads((copy / "run.json").read_text("utf-8"))
    for unknown in record["study"]["unknowns"]:
        unknown["critical"] = False
    (copy / "run.json").write_text(json.dumps(record), "utf-8")
    (path,) = write_reports(copy, ("en",))
    assert 'class="banner gap"' not in path.read_text("utf-8")


def cards_of(page):
    """Text of the five cards, without tags."""
    inside = page.split('<ol class="cards">')[1].split("</ol>")[0]
    return [" ".join(re.sub("<[^>]+>", " ", c).split()) for c in inside.split("<li>")[1:]]


def decide(run_dir, tmp_path, chosen, certificates=None):
    """A copy of the run with another route chosen (and other certificates), in English."""
    copy = shutil.copytree(run_dir, tmp_path / "decided")
    record = json.loads((copy / "run.json").read_text("utf-8"))
    record["study"]["decision"]["chosen"] = chosen
    (copy / "run.json").write_text(json.dumps(record), "utf-8")
    if certificates is not None:
        parquet.write(copy / "01-all/certificates.parquet", certificates)
    (path,) = write_reports(copy, ("en",))
    return path.read_text("utf-8")


def test_the_card_of_the_choice_does_not_say_avoided_where_it_is_not(pages, run_dir, tmp_path):
    assert cards_of(pages["en"])[1].startswith("The route that avoids it 0 m inside")
    broken = cards_of(decide(run_dir, tmp_path / "1", "straight"))[1]
    assert broken.startswith("The chosen route 46,200 m inside excluded areas")
    nothing, _ = parquet.read(run_dir / "01-all/certificates.parquet")
    free = cards_of(decide(run_dir, tmp_path / "2", "south", nothing.iloc[:0]))[1]
    assert free.startswith("The chosen route 1")
    assert "inside excluded areas" not in free
    # Of a hidden layer nobody is told how much.
    nothing.loc[nothing["layer"] == "secret", ["meters_inside", "holds"]] = [71_717.0, False]
    untold = cards_of(decide(run_dir, tmp_path / "3", "south", nothing))[1]
    assert "or does not keep the required distance: Unpublished reserve" in untold
    assert "inside excluded areas" not in untold


def test_the_nearest_prohibited_area_is_told_but_no_hidden_one(pages, run_dir, tmp_path):
    near = "the nearest is Test national park, 4.2 km from the edge of the right of way"
    assert near in cards_of(pages["en"])[1]
    assert "(up to 5,500\u00a0m from the right of way) does not reach it" in pages["en"]
    copy = shutil.copytree(run_dir, tmp_path / "near")
    table, _ = parquet.read(copy / "01-all/screening.parquet")
    met = table["layer"].eq("park") & table["zone"].eq("indirect")
    table.loc[met & table["feature"].eq(""), "area_ha"] = 321.0
    # Even if the file held a distance of the hidden layer, the page would not.
    table.loc[table["layer"] == "secret", ["nearest_m", "area_ha"]] = [70.0, 5.0]
    parquet.write(copy / "01-all/screening.parquet", table)
    (path,) = write_reports(copy, ("en",))
    card = cards_of(path.read_text("utf-8"))[1]
    assert near in card
    assert "reaches 321 ha of it" in card
    assert "Unpublished" not in card


def test_zones_of_review_and_strips_of_loss_are_told_apart(pages):
    told = pages["en"].split('<section id="screening"')[1].split("</section>")[0]
    assert "Indirect review zone, up to 5,500\u00a0m (ha)" in told
    assert "Loss strips (up to 100\u00a0m and up to 1,000\u00a0m)" in told
    assert "from the edge of the right of way (km)" in told


def test_the_loss_of_the_search_is_not_called_as_that_of_the_balance(pages):
    assert pages["en"].count("Loss as priced by the route search") > 2
    assert "Pérdida estimada al trazar (ha de calidad)" in pages["es"]


def test_what_is_owed_is_told_with_its_arithmetic(run_dir, tmp_path):
    copy = shutil.copytree(run_dir, tmp_path / "margin")
    record = json.loads((copy / "run.json").read_text("utf-8"))
    (step,) = [s for s in record["steps"] if s["step"] == "portfolio"]
    step["parameters"]["margin"]["value"] = 0.5
    (copy / "run.json").write_text(json.dumps(record), "utf-8")
    table, _ = parquet.read(copy / "01-all/requirements.parquet")
    table["needed_qha"] = 1.5 * table["residual_qha"]
    parquet.write(copy / "01-all/requirements.parquet", table)
    (path,) = write_reports(copy, ("en",))
    # (300 + 30) × 1.5
    assert "330 × (1 + 0.5) = 495 quality-hectares" in path.read_text("utf-8")


def test_each_effect_of_a_measure_is_shown(pages):
    row = pages["en"].split('id="measures"')[1].split("</table>")[0]
    assert re.search(r"direct footprint: <strong[^>]*>10 – 20 – 30 %</strong>", row)
    assert re.search(r"deforestation: <strong[^>]*>21 – 31 – 41 %</strong>", row)
    # Of the effects of what was chosen, one is unverified.
    assert "unverified expert judgment: 1." in pages["en"]


def test_the_ledger_is_told_in_one_language(pages):
    for language, said, other in (
        ("es", "Várzea, huella directa: pérdida de la referencia.", "loss of the reference"),
        ("en", "Várzea, direct footprint: loss of the reference.", "pérdida de la referencia"),
    ):
        assert said in pages[language]
        assert other not in pages[language]


def test_the_certificate_says_where_the_other_routes_are(pages):
    # The three that were brought and the chosen one, of seven.
    assert re.search(r"\d of the 7 certified routes .* 01-all/certificates.parquet", pages["en"])


def test_many_notices_of_one_kind_are_folded(run_dir, tmp_path):
    copy = shutil.copytree(run_dir, tmp_path / "many")
    record = json.loads((copy / "run.json").read_text("utf-8"))
    record["findings"] += [
        {"code": "screening.context", "severity": "notice", "subject": f"r{i}", "data": {}}
        for i in range(5)
    ]
    (copy / "run.json").write_text(json.dumps(record), "utf-8")
    (path,) = write_reports(copy, ("en",))
    page = path.read_text("utf-8")
    folded = page.split("<details>")[1].split("</details>")[0]
    assert "<summary>Context layers that each route meets (5)</summary>" in folded
    assert folded.count("<li>") == 5
    assert "Notices (6)" in page
    assert "not.known-here" not in folded


def test_schematic_data_are_announced_and_marked(pages):
    assert "Datos esquemáticos" in pages["es"]
    assert "Map with schematic layers." in pages["en"]


def test_statements_stand_with_their_author(pages):
    after = pages["en"].split("TNC states it changed the route.")[1]
    assert "Source: TNC, report of 2020" in after[:200]


@pytest.mark.parametrize(
    ("table", "es", "en"),
    [
        ("measures", "Rango de experto", "Expert range"),
        ("measures", "mide cruces", "measures crossings"),
        ("sources-table", "Dibujado de hechos publicados", "Drawn from published facts"),
        ("steps-table", "Guía de prueba", "Test guide"),
        ("steps-table", "Manual del MTC", "MTC manual"),
        ("steps-table", "Supuesto de prueba", "Test assumption"),
    ],
)
def test_sources_are_told_in_the_language_of_the_page(pages, table, es, en):
    shown = {
        language: page.split(f'id="{table}"')[1].split("</table>")[0]
        for language, page in pages.items()
    }
    assert es in shown["es"]
    assert en not in shown["es"]
    assert en in shown["en"]
    assert es not in shown["en"]


def test_a_source_inside_a_value_is_told(run_dir, tmp_path):
    copy = shutil.copytree(run_dir, tmp_path / "inner")
    record = json.loads((copy / "run.json").read_text("utf-8"))
    parameter = record["steps"][0]["parameters"]["direct_zone_m"]
    inner = {"low": 1, "likely": 2, "high": 3, "source": {"es": "Parcelas", "en": "Plots"}}
    parameter |= {"value": {"direct": inner, "indirect": inner}, "source": None}
    (copy / "run.json").write_text(json.dumps(record), "utf-8")
    found = [p for p in read_run(copy).parameters if p.step == "screening"]
    (told,) = [p for p in found if p.id == "direct_zone_m"]
    assert told.instrument == Text(es="Parcelas", en="Plots")


def test_only_the_rules_that_the_run_used_are_shown(pages):
    rules = pages["en"].split('id="rules-table"')[1].split("</table>")[0]
    for used in ("Ground of the park", "Zone told", "Zone taken"):
        assert used in rules
    for unused in ("No net loss", "Other zone"):
        assert unused not in rules
    assert "The rule set holds 2 more parameters" in pages["en"]
    # The command breaks at its spaces only.
    words = ["nonetloss", "rules", "pe", "--date", "2026-11-21"]
    assert " ".join(f"<span>{w}</span>" for w in words) in pages["es"]
    # Three of the five are shown, all of them unverified.
    assert "marked as unverified: 3" in pages["en"]


def test_a_run_that_used_no_rule_shows_no_empty_table(run_dir, tmp_path):
    copy = shutil.copytree(run_dir, tmp_path / "free")
    record = json.loads((copy / "run.json").read_text("utf-8"))
    record["rules"]["layers"], record["findings"] = [], []
    record["steps"][0]["parameters"]["direct_zone_m"]["rule"] = ""
    (copy / "run.json").write_text(json.dumps(record), "utf-8")
    (path,) = write_reports(copy, ("en",))
    page = path.read_text("utf-8")
    assert 'id="rules-table"' not in page
    assert "The rule set holds 5 more parameters" in page


def test_unverified_rules_say_so(pages):
    rules = pages["es"].split('id="rules-table"')[1]
    assert "no verificado" in rules[: rules.index("</table>")]


def test_a_study_without_later_steps_says_what_it_did_not_compute(run_dir, tmp_path):
    copy = shutil.copytree(run_dir, tmp_path / "short")
    record = json.loads((copy / "run.json").read_text("utf-8"))
    record["steps"] = record["steps"][:1]
    (copy / "ledger.txt").unlink()
    (copy / "run.json").write_text(json.dumps(record), "utf-8")
    (path,) = write_reports(copy, ("en",))
    text = path.read_text("utf-8")
    assert text.count("The study did not compute this part.") >= 7
    assert "does not reach a balance" in text


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(InputError) as raised:
        write_reports(tmp_path)
    assert raised.value.findings[0].code == "io.unreadable"
