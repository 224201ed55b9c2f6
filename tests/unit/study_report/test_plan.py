"""The draft plan: editable, complete in both languages, repeatable, silent on hidden places."""

import datetime
import io
import json
import re
import shutil
import zipfile

import docx
import pytest

from nonetloss.core.language import catalog
from nonetloss.study.plan import write_plans

CONTENTS = {
    "id": "plan.contents",
    "title": {"es": "Contenido", "en": "Contents"},
    "value": [
        {"id": "budget", "title": {"es": "Presupuesto", "en": "Budget"}},
        {"id": "target", "title": {"es": "Meta", "en": "Target"}, "text": {"es": "T.", "en": "T."}},
        {"id": "unheard-of", "title": {"es": "Cosa nueva", "en": "New thing"}},
    ],
    "unit": "",
    "instrument": {"es": "Norma de prueba", "en": "Test norm"},
    "article": "",
    "url": "",
    "read": "",
    "status": "unverified",
    "note": None,
    "force": "legal",
}


@pytest.fixture(scope="module")
def plans(run_dir, tmp_path_factory):
    folder = shutil.copytree(run_dir, tmp_path_factory.mktemp("plan") / "run")
    paths = write_plans(folder)
    assert [p.name for p in paths] == ["plan.es.docx", "plan.en.docx"]
    return {p.name[5:7]: p for p in paths}


def texts(path):
    """Paragraphs and cells, in the order in which the file holds them."""
    body = docx.Document(str(path)).element.body
    lines = body.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}p")
    return ["".join(t.text or "" for t in line.xpath(".//w:t")) for line in lines]


def headings(path):
    found = docx.Document(str(path)).paragraphs
    return [p.text for p in found if p.style.name == "Heading 1"]


def test_opens_as_a_document_dated_by_the_study(plans, run_dir):
    record = json.loads((run_dir / "run.json").read_text("utf-8"))
    date = datetime.date.fromisoformat(record["decision_date"])
    for path in plans.values():
        about = docx.Document(str(path)).core_properties
        assert about.created.date() == about.modified.date() == date
        assert about.author == "nonetloss"


def test_equal_runs_give_equal_bytes(plans, run_dir, tmp_path):
    copy = shutil.copytree(run_dir, tmp_path / "copy")
    for path in write_plans(copy):
        assert path.read_bytes() == plans[path.name[5:7]].read_bytes()


def test_archive_tells_no_time(plans):
    for path in plans.values():
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
            assert {i.date_time for i in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            assert archive.testzip() is None


def test_languages_are_not_mixed(plans):
    own = {k: v for k, v in catalog().items() if k.startswith("plan.")}
    for language, other in (("es", "en"), ("en", "es")):
        page = "\n".join(texts(plans[language]))
        assert not re.search(r"\bplan\.[a-z]", page.replace("plan.es", ""))
        for key, entry in own.items():
            if len(entry[other]) > 30 and "{" not in entry[other] and entry["es"] != entry["en"]:
                assert entry[other] not in page, key


def test_texts_are_complete():
    for key, entry in catalog().items():
        if key.startswith("plan."):
            assert set(entry) == {"es", "en"}, key
            found = [set(re.findall(r"{(\w+)}", entry[k])) for k in ("es", "en")]
            assert found[0] == found[1], key


def test_hidden_layers_are_not_named_as_places(plans):
    for path in plans.values():
        with zipfile.ZipFile(path) as archive:
            document = archive.read("word/document.xml").decode("utf-8")
        assert "Lugar que nadie debe ubicar" not in document


def test_heads_of_tables_repeat_and_rows_stay_whole(plans):
    for path in plans.values():
        tables = [t for t in docx.Document(str(path)).tables if len(t.columns) > 1]
        headed = [t for t in tables if t.rows[0]._tr.xpath("./w:trPr/w:tblHeader")]
        assert len(headed) > 5
        for table in headed:
            assert all(row._tr.xpath("./w:trPr/w:cantSplit") for row in table.rows[1:])


def test_every_open_point_stands_in_the_last_table(plans):
    for language, mark in (("es", "Por completar"), ("en", "To be completed")):
        document = docx.Document(str(plans[language]))
        told = [r.cells[-1].text for r in document.tables[-1].rows[1:]]
        marked = [
            re.sub(rf"^\[{mark}: (.*)\]$", r"\1", p.text)
            for p in document.paragraphs
            if p.text.startswith(f"[{mark}")
        ]
        assert len(told) > 15
        assert set(marked) <= set(told)
        runs = [r for p in document.paragraphs if p.text.startswith(f"[{mark}") for r in p.runs]
        assert all(r.font.highlight_color is not None for r in runs)


def test_figures_say_what_they_show(plans):
    for path in plans.values():
        shapes = docx.Document(str(path)).inline_shapes
        assert len(shapes) >= 3
        assert all(s._inline.docPr.get("descr") for s in shapes)


def test_contents_follow_the_rules(run_dir, tmp_path):
    copy = shutil.copytree(run_dir, tmp_path / "ruled")
    record = json.loads((copy / "run.json").read_text("utf-8"))
    record["rules"]["parameters"].append(CONTENTS)
    (copy / "run.json").write_text(json.dumps(record), encoding="utf-8")
    spanish, english = write_plans(copy)
    numbers = [re.sub(r"^\d+\. ", "", h) for h in headings(spanish)]
    assert numbers[4:7] == ["Presupuesto", "Meta", "Cosa nueva"]
    page = texts(english)
    assert "T. [Test norm; unverified]" in page
    asked = "New thing: the norm asks for it and the run does not have it"
    assert f"[To be completed: {asked}]" in page


def test_without_a_list_the_plan_says_so(plans):
    assert headings(plans["en"])[4] == "5. Residual impacts"
    assert any("the rule set has none; the order" in t for t in texts(plans["en"]))


def test_a_run_without_offsets_has_no_plan(run_dir, tmp_path):
    copy = shutil.copytree(run_dir, tmp_path / "bare")
    record = json.loads((copy / "run.json").read_text("utf-8"))
    record["steps"] = [s for s in record["steps"] if s["method"] != "offset.portfolio"]
    (copy / "run.json").write_text(json.dumps(record), encoding="utf-8")
    assert write_plans(copy) == []
    assert not list(copy.glob("plan.*"))
