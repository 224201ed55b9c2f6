"""What is told of the cells of a parcels file: the parcel, the column, and what to write."""

import pytest
import shapely

from nonetloss.study.check import check

LAND = shapely.box(-74.42, -8.41, -74.40, -8.39)


def parcel(name, shape=LAND, **more):
    row = {f"value_without_{e}": 0.5 for e in ("low", "likely", "high")}
    row |= {f"value_with_{e}": 0.7 for e in ("low", "likely", "high")}
    row |= {"name": name, "ecosystem": "varzea", "cost_usd": 1.0, "consent": True} | more
    geometry = shapely.geometry.mapping(shape)
    return {"type": "Feature", "properties": row, "geometry": geometry}


def found_in(study, *parcels):
    study.study["parcels"] = {"source": "parcels"}
    study.layer("parcels", list(parcels))
    return check(study.save())


def of_code(found, code):
    (one,) = [f for f in found if f.code == code]
    assert all(one.render(language) for language in ("es", "en"))
    return one


@pytest.mark.parametrize(
    ("cells", "es", "en"),
    [
        ({"cost_usd": None}, "falta cost_usd", "cost_usd is missing"),
        (
            {"value_with_likely": "0,7"},
            "value_with_likely = «0,7»: use punto decimal",
            'value_with_likely = "0,7": use a decimal point',
        ),
        ({"cost_usd": "mucho"}, "cost_usd = «mucho»: no es un número", "not a number"),
        ({"cost_usd": -5}, "cost_usd = -5: no debe ser menor que 0", "must not be less than 0"),
        ({"value_with_high": 80}, "(80 % se escribe 0.8)", "(80 % is written 0.8)"),
        ({"value_with_high": 1.3}, "debe estar entre 0 y 1", "must lie between 0 and 1"),
    ],
)
def test_a_bad_cell_is_told_with_its_column(small_study, cells, es, en):
    told = of_code(
        found_in(small_study, parcel("p2", **cells), parcel("p3")), "study.parcel-numbers"
    )
    assert "«p2»" in told.render("es")
    assert es in told.render("es")
    assert en in told.render("en")
    assert "nan" not in told.render("es")


def test_all_bad_cells_of_a_row_come_together(small_study):
    row = parcel("p2", cost_usd=None, value_with_likely="0,7")
    told = of_code(found_in(small_study, row), "study.parcel-numbers")
    assert told.data["problems"].es == (
        "value_with_likely = «0,7»: use punto decimal; falta cost_usd"
    )


@pytest.mark.parametrize("stem", ["value_with", "value_without", "value_today"])
def test_values_out_of_order_are_told_with_parcel_and_column(small_study, stem):
    values = {f"{stem}_low": 0.9, f"{stem}_likely": 0.8, f"{stem}_high": 0.95}
    told = of_code(found_in(small_study, parcel("p1", **values, source="x")), "core.estimate-order")
    assert told.subject == f"p1, {stem}"


def test_the_ecosystem_of_a_parcel_gets_a_guess(small_study):
    told = of_code(
        found_in(small_study, parcel("p1", ecosystem="varsea")), "study.parcel-ecosystem"
    )
    assert "¿Quiso decir «varzea»?" in told.render("es")
