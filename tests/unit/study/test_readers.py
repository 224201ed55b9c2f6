"""What the check reads of parameters before anything runs."""

import pytest

from nonetloss.core.errors import InputError
from nonetloss.study.registry import method


def read(of, name, given):
    (parameter,) = [p for p in method(of).parameters if p.name == name]
    return parameter.resolve_reader()(given, layers=(), ecosystems=())


@pytest.mark.parametrize(
    ("years", "code"),
    [
        ([2014, 2019], "risk.years"),
        ([2014, 2019, "hoy"], "risk.years"),
        ([2024, 2019, 2014], "risk.years-order"),
        ([2014, 2014, 2019], "risk.years-order"),
    ],
)
def test_years_of_a_cover_are_three_and_rise(years, code):
    with pytest.raises(InputError) as caught:
        read("forest.cover", "years", years)
    assert [(f.code, f.subject) for f in caught.value.findings] == [(code, "years")]
    assert read("forest.cover", "years", [2014, 2019, 2024]) == (2014.0, 2019.0, 2024.0)


@pytest.mark.parametrize("name", ["start", "project_start"])
def test_days_of_a_contract_are_dates(name):
    with pytest.raises(InputError) as caught:
        read("forest.concession", name, "7/7/2001")
    assert [(f.code, f.subject) for f in caught.value.findings] == [("concession.date", name)]
    assert read("forest.concession", name, "2001-07-07").isoformat() == "2001-07-07"
