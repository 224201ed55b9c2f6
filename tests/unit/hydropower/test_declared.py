"""Criteria that a study declares."""

import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.hydropower.criteria import compile_criteria, declared, evaluate

FOREST = {
    "title": {"es": "Bosque inundado", "en": "Flooded forest"},
    "unit": "ha",
    "sense": "min",
    "form": "additive",
    "add": "forest_ha",
}
NUTRIENTS = {
    "title": {"es": "Nutrientes", "en": "Nutrients"},
    "unit": "t",
    "sense": "max",
    "form": "affine",
    "base": "sediment",
    "add": 2.0,
    "keep": "1 - sed_trap",
    "open_keep": 0.9,
}


def changed(given, **changes):
    return {k: v for k, v in {**given, **changes}.items() if v is not None}


def test_a_declared_affine_criterion_by_hand(rivers):
    """Dam a is built: 1 + (2 + 0.5 · (2 + 0.9 · 4)) + 0.9 · 8."""
    made = declared({"nutrients": NUTRIENTS}, network=rivers.three())
    choices = np.array([[1, 0, 0]])
    table = evaluate(rivers.three(), choices, criteria=["nutrients"], declared=made)
    expected = 1 + (2 + 0.5 * (2 + 0.9 * 4)) + 0.9 * 8
    assert table["nutrients"].tolist() == [pytest.approx(expected, rel=1e-12)]
    assert table.attrs["units"] == {"nutrients": "t"}
    (compiled,) = compile_criteria(rivers.three(), ["nutrients"], declared=made)
    assert compiled.add.tolist() == [[0.0, 2.0]] * 3
    assert compiled.keep.tolist() == [[0.9, 0.5], [0.9, 0.1], [0.9, 1.0]]


def test_a_declared_sum_by_hand(rivers):
    made = declared({"warming": changed(FOREST, add="ghg", unit="")})
    table = evaluate(rivers.three(), np.array([[1, 1, 0]]), criteria=made)
    assert table["warming"].tolist() == [1.5 + 0.25]


def test_nothing_declared_is_nothing(rivers):
    assert declared({}) == ()


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        (changed(FOREST, colour="green"), "criteria.declared-key", "forest.colour"),
        (changed(FOREST, ad="forest_ha"), "criteria.declared-key", 'Did you mean "add"'),
        (changed(FOREST, keep=0.5), "criteria.declared-key", "forest.keep"),
        (changed(FOREST, unit=None), "criteria.declared-missing", "forest.unit"),
        (changed(FOREST, add=None), "criteria.declared-missing", "forest.add"),
        (changed(NUTRIENTS, base=None, add=None), "criteria.declared-missing", "forest.base"),
        (changed(FOREST, title={"es": "Bosque"}), "criteria.declared-title", "both languages"),
        (changed(FOREST, title="Bosque"), "criteria.declared-title", "both languages"),
        (changed(FOREST, title={"es": "Bosque", "en": " "}), "criteria.declared-title", "both"),
        (changed(FOREST, unit="hectars"), "criteria.declared-unit", "hectars"),
        (changed(FOREST, unit=3), "criteria.declared-unit", "3"),
        (changed(FOREST, sense="minimum"), "criteria.declared-choice", "max, min"),
        (changed(FOREST, form="product"), "criteria.declared-choice", "additive, affine"),
        (changed(FOREST, form=["affine"]), "criteria.declared-choice", "additive, affine"),
        (changed(NUTRIENTS, keep=-0.1), "criteria.negative-keep", "-0.1"),
        (changed(NUTRIENTS, open_keep=-1), "criteria.negative-keep", "-1"),
        (changed(NUTRIENTS, base=-2), "criteria.negative-base", "-2"),
        (changed(FOREST, add=True), "criteria.declared-amount", "forest.add"),
        (changed(FOREST, add=float("nan")), "criteria.declared-amount", "forest.add"),
        (changed(FOREST, add=[1]), "criteria.declared-amount", "forest.add"),
        (changed(FOREST, add=" "), "criteria.declared-amount", "forest.add"),
        ("forest_ha", "criteria.declared-form", "has none of them"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(given, code, said):
    with pytest.raises(InputError) as caught:
        declared({"forest": given})
    assert [f.code for f in caught.value.findings] == [code]
    assert said in caught.value.render("en")
    assert caught.value.render("es")


def test_all_problems_come_at_once():
    wrong = changed(FOREST, sense="less", unit="x y", colour=1)
    with pytest.raises(InputError) as caught:
        declared({"a": wrong, "B": FOREST, "c": wrong})
    assert len(caught.value.findings) == 3 + 1 + 3


def test_an_unknown_attribute_is_told_with_the_nearest(rivers):
    wrong = changed(NUTRIENTS, keep="1 - sedtrap", base="sediments")
    with pytest.raises(InputError) as caught:
        declared({"nutrients": wrong}, network=rivers.three())
    assert [f.code for f in caught.value.findings] == ["criteria.attribute-unknown"] * 2
    assert {f.data["nearest"] for f in caught.value.findings} == {"sed_trap", "sediment"}


def test_a_negative_keep_of_a_dam_is_told_with_the_dam(rivers):
    dams = [rivers.dam("x", 0, 1, passed=-0.5), rivers.dam("y", 1, 2, passed=1.5)]
    net = rivers.network({i: {"sediment": 1.0} for i in range(3)}, dams)
    made = declared({"nutrients": changed(NUTRIENTS, keep="passed")})
    with pytest.raises(InputError, match=r"x: -0\.5") as caught:
        compile_criteria(net, made)
    assert [f.code for f in caught.value.findings] == ["criteria.negative-keep"]


def test_a_trap_that_a_study_names_itself_is_checked_too(rivers):
    dams = [rivers.dam("x", 0, 1, caught=30.0)]
    net = rivers.network({i: {"sediment": 1.0} for i in range(2)}, dams)
    with pytest.raises(InputError) as caught:
        compile_criteria(net, declared({"nutrients": changed(NUTRIENTS, keep="1 - caught")}))
    assert [f.code for f in caught.value.findings] == ["criteria.trap"]


def test_a_declared_name_may_not_hide_a_built_in_one(rivers):
    made = declared({"ghg": changed(FOREST, add="ghg")})
    with pytest.raises(InputError) as caught:
        compile_criteria(rivers.three(), ["ghg"], declared=made)
    assert [f.code for f in caught.value.findings] == ["criteria.declared-built-in"]
