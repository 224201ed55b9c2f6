"""What a check guesses when a name, a number or a line is nearly right, and says only once."""

import pytest
import shapely

from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter
from nonetloss.study.check import check


def of_code(found, code):
    (one,) = [f for f in found if f.code == code]
    assert all(one.render(language) for language in ("es", "en"))
    return one


def feature(shape, **properties):
    geometry = shapely.geometry.mapping(shape)
    return {"type": "Feature", "properties": properties, "geometry": geometry}


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("parque", "national-park"),
        ("parque nacional", "national-park"),
        ("national-prak", "national-park"),
        ("comunidad nativa", "native-community"),
        ("zzz", ""),
    ],
)
def test_the_kind_of_a_layer_is_guessed_in_both_languages_and_told_once(small_study, word, kind):
    small_study.study["layers"]["park"]["kind"] = word
    found = [f for f in check(small_study.save()) if f.severity == "error"]
    assert [f.code for f in found] == ["study.kind-unknown"]
    assert of_code(found, "study.kind-unknown").data["nearest"] == kind


def test_a_source_that_the_catalog_lacks_is_told_once(small_study):
    del small_study.catalog["sources"]["park"]
    found = check(small_study.save())
    assert of_code(found, "study.source-unknown").subject == "layers.park"


def test_a_class_misspelled_in_the_map_gets_a_guess_and_another_does_not(small_study):
    west, east = shapely.box(-74.70, -8.60, -74.45, -8.20), shapely.box(-74.45, -8.60, -74.2, -8.2)
    rows = [feature(west, kind="tierra-firme"), feature(east, kind="agua")]
    small_study.layer("ecosystems", rows)
    told = of_code(check(small_study.save()), "study.class-unknown")
    assert "agua, tierra-firme (¿quiso decir «terra-firme»?)" in told.render("es")
    assert 'tierra-firme (did you mean "terra-firme"?)' in told.render("en")


def test_a_tab_is_called_a_tab(small_study):
    path = small_study.folder / "study.yaml"
    path.write_text("study: x\ntitle:\n\tes: y\n", encoding="utf-8")
    told = of_code(check(small_study.folder), "study.not-yaml")
    assert told.render("es").count("hay un tabulador; use espacios") == 1
    assert told.data["line"] == 3


def test_another_slip_in_yaml_is_told_as_before(small_study):
    path = small_study.folder / "study.yaml"
    path.write_text("study: [x\n", encoding="utf-8")
    assert "expected" in of_code(check(small_study.folder), "study.not-yaml").data["problem"]


@pytest.mark.parametrize(
    ("given", "nearest"), [(80, "0.8"), (2.5, "0.025"), (1.2, None), (-1, None)]
)
def test_a_percentage_for_a_probability(given, nearest):
    both = Text.of("x")
    share = Parameter("probability", both, unit="", low=0.0, high=1.0)
    method = Method("a.b", both, "a:b", (), (), (share,), (), both, "")
    bound, (told,) = method.bind({"probability": given})
    assert bound == {}
    assert (told.code, told.data.get("nearest")) == ("parameter.out-of-bounds", nearest)
    assert ("% se escribe" in told.render("es")) == (nearest is not None)
