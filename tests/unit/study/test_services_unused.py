"""Services that are declared and never computed with."""

import pytest

from nonetloss.study.check import check


@pytest.fixture
def declared(small_study):
    both = {"es": "prueba", "en": "test"}
    small_study.study["servicesheds"] = {"world": {"title": both}}
    small_study.study["services"] = {
        "carbon": {
            "title": both,
            "unit": "tCO2e",
            "per_ha": {"varzea": 100},
            "per_ha_source": "invented for a test",
            "sheds": ["world"],
        }
    }
    return small_study


def told(study):
    found = check(study.save())
    assert [f for f in found if f.severity == "error"] == []
    unused = [f for f in found if f.code == "study.services-unused"]
    assert all("carbon" in f.render(language) for f in unused for language in ("es", "en"))
    return len(unused)


def test_services_that_no_step_takes_are_told(declared):
    assert told(declared) == 1


def test_services_that_a_step_takes_are_not(declared):
    declared.study["steps"] += [
        {
            "step": "footprint",
            "method": "avoid.footprint",
            "parameters": {"direct_zone_m": "100 m", "indirect_zone_m": "1 km"},
        },
        {"step": "services-lost", "method": "offset.services"},
    ]
    assert told(declared) == 0
