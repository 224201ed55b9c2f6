import pytest

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.findings import error, offenders
from nonetloss.core.language import Text, as_written, number, text

THIN = "\u202f"


@pytest.mark.parametrize(
    ("value", "digits", "es", "en"),
    [
        (1354485.1, 2, f"1{THIN}354{THIN}485.10", "1,354,485.10"),
        (999, 0, "999", "999"),
        (-0.04, 1, "0.0", "0.0"),
        (-12.5, 1, "-12.5", "-12.5"),
    ],
)
def test_numbers_as_people_read_them(value, digits, es, en):
    assert number(value, "es", digits) == es
    assert number(value, "en", digits) == en


def test_values_are_shown_as_a_study_writes_them():
    assert as_written({"a": [1, True, None], "b": "x"}) == "{a: [1, true, null], b: x}"
    assert "{a: 1}" in text(
        "parameter.out-of-bounds", "en", subject="x", range="≥ 0", value={"a": 1}
    )


def test_a_guess_is_told_only_where_there_is_one():
    data = {"file": "study.yaml", "known": "a, b", "subject": "x"}
    assert "Did you mean" not in text("study.unknown-key", "en", nearest="", **data)
    assert "¿Quiso decir «a»?" in text("study.unknown-key", "es", nearest="a", **data)


def test_a_text_among_the_data_is_told_in_the_language():
    data = {"range": "0 … 1", "value": Text(es="uno", en="one")}
    assert "uno" in text("parameter.out-of-bounds", "es", subject="x", **data)
    assert "one" in text("parameter.out-of-bounds", "en", subject="x", **data)


def test_an_unknown_key_is_a_bug():
    with pytest.raises(KeyError):
        text("no.such-key", "es")


def test_the_first_five_offenders_and_how_many_more():
    assert offenders(range(7)) == "0, 1, 2, 3, 4 (+2)"
    assert offenders(range(5)) == "0, 1, 2, 3, 4"
    assert offenders([]) == ""


def test_a_finding_goes_to_the_record_in_both_languages():
    found = error("a.b", "park", title=Text(es="sí", en="yes"), count=2)
    assert found.as_dict() == {
        "code": "a.b",
        "severity": "error",
        "subject": "park",
        "data": {"title": {"es": "sí", "en": "yes"}, "count": 2},
    }


@pytest.mark.parametrize("values", [(2.0, 1.0, 3.0), (1.0, 4.0, 3.0), (1.0, float("nan"), 3.0)])
def test_an_estimate_is_in_order(values):
    with pytest.raises(InputError):
        Estimate(*values)
    assert Estimate.exact(2.0).is_exact
    assert not Estimate(1.0, 2.0, 3.0).is_exact
