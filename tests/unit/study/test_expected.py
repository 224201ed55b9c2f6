import pytest
import yaml

from nonetloss.core.errors import StudyError
from nonetloss.study.expected import compare, read_expected
from nonetloss.study.runner import run_study

FIGURE = {
    "name": "length",
    "step": "first",
    "where": {"alternative": "straight"},
    "column": "length_km",
    "value": 44.06,
    "tolerance": 0.1,
    "derivation": "2 × 0.2° × 111.32 km × cos 8.4°",
}


@pytest.fixture
def figures(tiny_study, tmp_path):
    out = run_study(tiny_study.folder, tmp_path / "run", languages=())

    def against(**changes):
        path = tmp_path / "expected.yaml"
        path.write_text(yaml.safe_dump({"figures": [FIGURE | changes]}), encoding="utf-8")
        return [f.code for f in compare(out, read_expected(path))]

    return against


def test_a_figure_is_found_and_compared(figures):
    assert figures() == []
    assert figures(value=44.5) == ["study.figure-differs"]
    assert figures(value=44.5, tolerance=0.5) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"step": "third"},
        {"table": "zones"},
        {"column": "length_m"},
        {"where": {"alternative": "south"}},
        {"where": {"name": "straight"}},
        {"where": {}},
    ],
)
def test_a_figure_that_is_not_there_once(figures, changes):
    assert figures(**changes) == ["study.figure-missing"]


def test_a_figure_without_derivation_is_refused(figures):
    with pytest.raises(StudyError):
        figures(derivation="")
