import pytest

from nonetloss.core.errors import InputError, StudyError
from nonetloss.core.language import Text
from nonetloss.io import bundled, catalog
from nonetloss.io.documents import EstimateField, Meters, Section, TextField, read_document


class Part(Section):
    name: str
    width: Meters = 1.0
    title: TextField | None = None
    value: EstimateField | None = None


class Whole(Section):
    parts: dict[str, Part] | None = None
    rows: tuple[Part, ...] = ()


def read(tmp_path, text: str) -> Whole:
    path = tmp_path / "whole.yaml"
    path.write_text(text, encoding="utf-8")
    return read_document(path, Whole)


def findings(tmp_path, text: str) -> list[tuple[str, str]]:
    with pytest.raises(StudyError) as caught:
        read(tmp_path, text)
    for found in caught.value.findings:
        assert found.render("es")
        assert found.render("en")
    return [(f.code, f.subject) for f in caught.value.findings]


def test_units_texts_and_estimates_are_read(tmp_path):
    part = read(
        tmp_path,
        "parts: {a: {name: A, width: 0.5 km, title: {es: uno, en: one},"
        " value: {low: 1, likely: 2, high: 3}}}",
    ).parts["a"]
    assert part.width == 500.0
    assert part.title == Text("uno", "one")
    assert (part.value.low, part.value.likely, part.value.high) == (1, 2, 3)
    assert read(tmp_path, "parts: {a: {name: A, value: 0.5, title: Ñ}}").parts["a"].value.is_exact


def test_everything_wrong_comes_at_once_with_its_path(tmp_path):
    text = """
parts:
  a: {nam: A, width: 3, title: {es: uno}, value: {low: 2, likely: 1, high: 3}}
rows:
  - {name: B, wdith: 3 m}
  - {name: C, width: -}
"""
    assert set(findings(tmp_path, text)) == {
        ("study.unknown-key", "parts.a.nam"),
        ("study.missing-key", "parts.a.name"),
        ("units.missing", "parts.a.width"),
        ("study.text-languages", "parts.a.title"),
        ("core.estimate-order", "parts.a.value"),
        ("study.unknown-key", "rows.0.wdith"),
        ("units.unknown", "rows.1.width"),
    }


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "study.not-mapping"),
        ("- a", "study.not-mapping"),
        ("parts: {a: {name: A}, a: {name: B}}", "study.not-yaml"),
        ("parts: [", "study.not-yaml"),
        ("parts: !!python/object/apply:os.getcwd []", "study.not-yaml"),
    ],
)
def test_documents_that_are_none(tmp_path, text, code):
    assert [c for c, _ in findings(tmp_path, text)] == [code]


def test_an_anchor_may_be_merged(tmp_path):
    text = "rows: [&a {name: A, width: 2 m}, {<<: *a, name: B}]"
    assert [(p.name, p.width) for p in read(tmp_path, text).rows] == [("A", 2.0), ("B", 2.0)]


def test_files_are_located_in_the_study_or_in_a_root(tmp_path):
    (tmp_path / "study").mkdir()
    (tmp_path / "roots").mkdir()
    for path in ("study/a.txt", "roots/b.txt"):
        (tmp_path / path).write_text("x", encoding="utf-8")
    roots = {"NONETLOSS_DATA": tmp_path / "roots"}

    def locate(path):
        return catalog.locate(path, tmp_path / "study", roots, name="s")

    assert locate("a.txt") == tmp_path / "study" / "a.txt"
    assert locate("${NONETLOSS_DATA}/b.txt") == tmp_path / "roots" / "b.txt"
    for path, code in {
        "b.txt": "io.file-missing",
        "../roots/b.txt": "io.outside-study",
        "/etc/hostname": "io.outside-study",
        "${NONETLOSS_DATA}/../study/a.txt": "io.outside-study",
        "${OTHER}/b.txt": "io.data-root",
    }.items():
        with pytest.raises(InputError) as caught:
            locate(path)
        assert caught.value.findings[0].code == code


def test_bundled_studies():
    assert "pucallpa-road" in bundled.folders()
    assert (bundled.study_folder("pucallpa-road") / "catalog.yaml").is_file()
    with pytest.raises(StudyError, match="pucallpa-road"):
        bundled.study_folder("nowhere")
