"""Wood density: levels, means of means, names as people write them, and impossible woods."""

import numpy as np
import pandas as pd
import pytest

from nonetloss.core.errors import InputError
from nonetloss.forest.stock.wood_density import (
    LEVELS,
    assign,
    genus_and_species,
    read_densities,
)

TABLE = pd.DataFrame(
    {
        "family": ["Meliaceae"] * 4 + ["Fabaceae"],
        "genus": ["Cedrela", "Cedrela", "Cedrela", "Swietenia", "Dipteryx"],
        "species": ["odorata", "odorata", "fissilis", "macrophylla", "micrantha"],
        "density": [0.40, 0.44, 0.50, 0.54, 0.92],
    }
)


def given(measured, family, genus, species, plot, **more):
    known = read_densities(TABLE)
    settings = {"measured_error": 0.0, "densities": known, "error_if_unknown": 0.07}
    genera, binomials = genus_and_species(genus, species)
    return assign(
        measured=np.array(measured), family=[f.lower() for f in family], genus=genera,
        species=binomials, plot=np.array(plot), **settings | more,
    )  # fmt: skip


def test_the_level_of_every_tree():
    found = given(
        measured=[0.61] + [np.nan] * 6,
        family=["", "Meliaceae", "Meliaceae", "Meliaceae", "Lauraceae", "", "Lauraceae"],
        genus=["", "Cedrela", "Cedrela", "Guarea", "Ocotea", "Indet.", "Nectandra"],
        species=["", "odorata", "sp.", "kunthiana", "x", "Indet.", "y"],
        plot=[0, 0, 0, 0, 0, 0, 1],
    )
    assert [LEVELS[i] for i in found.level] == [
        "measured", "species", "genus", "family", "stand", "stand", "all-stands",
    ]  # fmt: skip
    odorata = (0.40 + 0.44) / 2
    cedrela = (odorata + 0.50) / 2
    meliaceae = (cedrela + 0.54) / 2
    stand = (0.61 + odorata + cedrela + meliaceae) / 4
    expected = [0.61, odorata, cedrela, meliaceae, stand, stand, stand]
    assert found.density == pytest.approx(expected)
    spread = np.std([0.61, odorata, cedrela, meliaceae], ddof=1)
    assert found.error == pytest.approx(
        [
            0.0,
            np.std([0.40, 0.44], ddof=1),
            np.std([odorata, 0.50], ddof=1),
            np.std([cedrela, 0.54], ddof=1),
            spread, spread, spread,
        ]
    )  # fmt: skip


def test_taxa_do_not_depend_on_the_order_of_rows():
    """Rows without a family, or with another one, do not take a genus out of its family."""
    odd = pd.DataFrame(
        {"family": [None, "Fabaceae"], "genus": ["Cedrela", "Swietenia"],
         "species": ["montana", "humilis"], "density": [0.3, 0.5]}
    )  # fmt: skip
    more = pd.concat([TABLE, pd.concat([odd, TABLE.iloc[[3]]])])
    one, other = read_densities(more), read_densities(more.iloc[::-1])
    # NaN is the spread of a single record, and of records that are all alike.
    assert repr(one) == repr(other)
    assert np.isnan(one.species["swietenia macrophylla"][1])
    cedrela = (0.42 + 0.50 + 0.3) / 3
    swietenia = (0.54 + 0.5) / 2
    assert one.family["meliaceae"][0] == pytest.approx((cedrela + swietenia) / 2)
    assert one.family["fabaceae"][0] == pytest.approx(0.92)


def test_the_table_of_levels_adds_up():
    found = given([0.5, np.nan], ["", ""], ["", "Dipteryx"], ["", "micrantha"], [0, 0]).table()
    assert list(found["level"]) == list(LEVELS)
    assert found["trees"].sum() == 2
    assert found["share"].sum() == 1
    # One record has no spread of its own.
    assert given([0.5, np.nan], ["", ""], ["", "Dipteryx"], ["", "micrantha"], [0, 0]).error[
        1
    ] == pytest.approx(0.07)


def test_nobody_knows_anything():
    found = given([np.nan], [""], ["Ocotea"], [""], [0], densities=None)
    assert np.isnan(found.density).all()
    assert LEVELS[found.level[0]] == "unknown"


def test_rows_of_a_genus_go_before_means_of_its_species():
    table = pd.concat(
        [TABLE, pd.DataFrame({"family": ["Meliaceae"], "genus": ["Cedrela"], "species": [None],
                              "density": [0.47], "error": [0.05]})]
    )  # fmt: skip
    assert read_densities(table).genus["cedrela"] == (0.47, 0.05)


@pytest.mark.parametrize(
    ("genus", "species", "expected"),
    [
        ("Cedrela", "odorata", ("cedrela", "cedrela odorata")),
        (None, "Cedrela odorata", ("cedrela", "cedrela odorata")),
        ("", "Cedrela_odorata", ("cedrela", "cedrela odorata")),
        ("Cedrela", "Cedrela odorata", ("cedrela", "cedrela odorata")),
        ("Cedrela", "sp.", ("cedrela", "")),
        ("Cedrela", float("nan"), ("cedrela", "")),
        ("Indet.Lecythidaceae", "Indet.", ("", "")),
        ("indet", "indet", ("", "")),
        ("", "", ("", "")),
        ("Cedrela", "odorata var. x", ("cedrela", "cedrela odorata")),
    ],
)
def test_names_as_people_write_them(genus, species, expected):
    genera, binomials = genus_and_species([genus], [species])
    assert (genera[0], binomials[0]) == expected


def test_kilograms_per_cubic_meter():
    found = read_densities(TABLE.assign(density=TABLE["density"] * 1000), unit="kg/m3")
    assert found.species["dipteryx micrantha"][0] == pytest.approx(0.92)


@pytest.mark.parametrize(
    ("change", "unit", "code", "guess"),
    [
        ({"density": [420.0] * 5}, "g/cm3", "stock.density-impossible", "kg/m3"),
        ({"density": [0.5] * 5}, "kg/m3", "stock.density-impossible", "g/cm3"),
        ({"density": [0.4, 0.4, 1.7, 0.5, 0.5]}, "g/cm3", "stock.density-impossible", ""),
        ({"density": [0.4, 0.4, 0.01, 0.5, 0.5]}, "g/cm3", "stock.density-impossible", ""),
        ({}, "lb/ft3", "stock.density-unit", None),
    ],
)
def test_impossible_woods(change, unit, code, guess):
    with pytest.raises(InputError) as problem:
        read_densities(TABLE.assign(**change), unit=unit)
    assert problem.value.findings[0].code == code
    assert problem.value.findings[0].data.get("nearest") == guess


def test_a_table_without_taxa():
    with pytest.raises(InputError) as problem:
        read_densities(TABLE[["density"]])
    assert problem.value.findings[0].code == "stock.column-missing"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"density": ["0.4", "0.4", "x", "0.5", "0.9"]}, "stock.not-a-number"),
        ({"error": [0.1, -0.1, 0.1, 0.1, 0.1]}, "stock.density-error"),
        ({"error": [0.1, "much", 0.1, 0.1, 0.1]}, "stock.not-a-number"),
    ],
)
def test_columns_of_densities_that_are_refused(change, code):
    with pytest.raises(InputError) as problem:
        read_densities(TABLE.assign(**change))
    assert problem.value.findings[0].code == code
