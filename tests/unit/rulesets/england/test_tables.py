import pytest

from nonetloss.rulesets.england import tables

ALL = [habitat for module in tables.MODULES for habitat in tables.habitats(module).values()]
AREA = tables.habitats("area")


@pytest.mark.parametrize("habitat", ALL, ids=lambda habitat: habitat.name)
def test_every_line_is_whole(habitat):
    known = set(tables.factors().condition)
    assert set(habitat.conditions) <= known
    assert set(habitat.create) <= set(habitat.conditions)
    assert habitat.create
    assert {habitat.create_difficulty, habitat.enhance_difficulty} <= set("LMHV")
    assert set(habitat.lower) <= set(habitat.conditions)
    assert {end for _, end in habitat.steps} <= set(habitat.conditions) | {"Good"} | known
    years = [*habitat.create.values(), *habitat.lower.values(), *habitat.steps.values()]
    assert all(0 <= y <= 30 or y == tables.LONG for y in years)


@pytest.mark.parametrize("habitat", ALL, ids=lambda habitat: habitat.name)
def test_better_conditions_do_not_come_sooner(habitat):
    years = [habitat.create[c] for c in tables.CONDITIONS if c in habitat.create]
    assert years == sorted(years)
    years = [habitat.lower[c] for c in tables.CONDITIONS if c in habitat.lower]
    assert years == sorted(years)


def test_the_one_step_of_the_metric_that_runs_backwards():
    """From Fairly Poor, Good is nearer than Fairly Good in one habitat: kept as it stands."""
    backwards = []
    for habitat in AREA.values():
        for start in tables.CONDITIONS:
            ends = [c for c in tables.CONDITIONS if (start, c) in habitat.steps]
            years = [habitat.steps[start, end] for end in ends]
            if years != sorted(years):
                backwards.append((habitat.name, start))
    assert backwards == [("Heathland and shrub - Blackthorn scrub", "Fairly Poor")]


def test_very_low_habitats_are_not_assessed():
    very_low = [habitat for habitat in AREA.values() if habitat.band == "V.Low"]
    assert all(habitat.conditions == (tables.OTHER,) for habitat in very_low)


def test_fifteen_broad_habitats():
    assert len({habitat.broad for habitat in AREA.values()}) == 15


def test_names_in_the_lists_are_habitats():
    for habitat in ALL:
        known = tables.habitats(habitat.module)
        assert set(habitat.raised) <= set(known)
        assert set(habitat.only_from) <= set(known)
        assert habitat.traded_as in known
    assert sum(bool(habitat.only_from) for habitat in ALL) == 2
    assert sum(habitat.keeps_creation_difficulty for habitat in AREA.values()) == 6
    unassessed = [h for h in AREA.values() if any(s == tables.UNASSESSED for s, _ in h.steps)]
    assert len(unassessed) == 9


def test_hedgerows_are_raised_only_upward():
    hedgerows = tables.habitats("hedgerow")
    for habitat in hedgerows.values():
        for name in habitat.raised:
            assert hedgerows[name].distinctiveness > habitat.distinctiveness
