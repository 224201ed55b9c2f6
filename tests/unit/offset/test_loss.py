from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.numerics.grid import Grid
from nonetloss.offset.loss import METHOD, quality_loss

COLUMNS = ["alternative", "zone", "ecosystem", "area_ha"]
INDUCED = ["alternative", "ecosystem", "low_ha", "likely_ha", "high_ha"]


def ecosystem_map(*, spread=0.0):
    kinds = tuple(
        Ecosystem(i, name, Text.of(name), Estimate(v - spread, v, v + spread))
        for i, (name, v) in enumerate((("forest", 0.8), ("farm", 0.2)), start=1)
    )
    return EcosystemMap(np.ones((1, 1)), Grid(0, 0, 1, 1, 1, 1), "EPSG:32718", kinds)


def footprints(*rows):
    return pd.DataFrame(rows, columns=COLUMNS)


def induced(*rows):
    return pd.DataFrame(rows, columns=INDUCED)


def rng():
    return np.random.default_rng(2)


TABLE = footprints(
    ("b", "footprint", "forest", 10.0),
    ("b", "footprint", "forest", 5.0),
    ("a", "direct", "forest", 100.0),
    ("a", "indirect", "farm", 100.0),
    ("a", "footprint", "farm", 3.0),
)


def test_area_times_value_by_hand():
    loss = quality_loss(
        TABLE,
        ecosystems=ecosystem_map(),
        rng=rng(),
        draws=3,
        induced=induced(("a", "forest", 40.0, 40.0, 40.0)),
        zone_loss={"direct": {"low": 0.05, "likely": 0.05, "high": 0.05, "source": "x"}},
    )
    assert (loss.unit, loss.alternatives) == ("quality_hectare", ("b", "a"))
    assert (loss.components, loss.assets) == (("direct", "induced"), ("forest", "farm"))
    # b: 15 ha of forest cleared. a: 5 % of 100 ha of forest, 3 ha of farm; 40 ha induced.
    assert loss.likely[0] == pytest.approx(np.array([[15 * 0.8, 0], [0, 0]]))
    assert loss.likely[1] == pytest.approx(np.array([[100 * 0.8 * 0.05, 3 * 0.2], [40 * 0.8, 0]]))
    assert loss.draws == pytest.approx(np.repeat(loss.likely[..., None], 3, axis=-1))


def test_cleared_land_may_keep_some_value():
    loss = quality_loss(
        TABLE, ecosystems=ecosystem_map(), rng=rng(), draws=2, value_with_project=0.3
    )
    # Farm is worth less than what cleared land keeps: it loses nothing, and gains nothing.
    assert loss.likely[0, 0, 0] == pytest.approx(15 * (0.8 - 0.3))
    assert loss.likely[1, 0, 1] == 0
    assert (loss.draws >= 0).all()


def test_value_is_drawn_once_for_all_alternatives_and_components():
    loss = quality_loss(
        footprints(("a", "footprint", "forest", 10.0), ("b", "footprint", "forest", 30.0)),
        ecosystems=ecosystem_map(spread=0.1),
        rng=rng(),
        draws=400,
        induced=induced(("a", "forest", 5.0, 5.0, 5.0)),
    )
    value = loss.draws[0, 0, 0] / 10
    assert loss.draws[1, 0, 0] / 30 == pytest.approx(value)
    assert loss.draws[0, 1, 0] / 5 == pytest.approx(value)
    assert value.min() >= 0.7
    assert value.max() <= 0.9
    assert value.mean() == pytest.approx(0.8, abs=4 * 0.04 / np.sqrt(400))


def test_induced_areas_rise_and_fall_together():
    loss = quality_loss(
        footprints(("a", "footprint", "farm", 0.0)),
        ecosystems=ecosystem_map(),
        rng=rng(),
        draws=300,
        induced=induced(("a", "forest", 10, 20, 60.0), ("b", "forest", 1.0, 5.0, 6.0)),
    )
    first, second = loss.draws[:, 1, 0]
    assert np.array_equal(np.argsort(first, kind="stable"), np.argsort(second, kind="stable"))
    assert first.min() >= 10 * 0.8
    assert first.max() <= 60 * 0.8


def test_order_of_rows_changes_no_number():
    arguments = {"rng": None, "draws": 20, "ecosystems": ecosystem_map(spread=0.1)}
    access = induced(("a", "forest", 1, 2, 3.0), ("b", "farm", 1, 2, 3.0))
    one = quality_loss(TABLE, **{**arguments, "rng": rng()}, induced=access)
    two = quality_loss(TABLE[::-1], **{**arguments, "rng": rng()}, induced=access[::-1])
    for name in ("a", "b"):
        assert one.of(name)[1] == pytest.approx(two.of(name)[1], rel=1e-12)


def test_results_that_carry_a_table_are_read():
    loss = quality_loss(
        SimpleNamespace(table=TABLE), ecosystems=ecosystem_map(), rng=rng(), draws=1
    )
    assert loss.likely[0, 0, 0] == pytest.approx(15 * 0.8)


def test_nothing_touched_is_no_loss():
    loss = quality_loss(footprints(), ecosystems=ecosystem_map(), rng=rng(), draws=2)
    assert loss.likely.shape == (0, 2, 2)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"footprints": TABLE.drop(columns="zone")}, "loss.columns"),
        ({"footprints": footprints(("a", "footprint", "swamp", 1.0))}, "loss.ecosystem"),
        ({"footprints": footprints(("a", "footprint", "farm", -1.0))}, "loss.area"),
        ({"footprints": footprints(("a", "footprint", "farm", np.nan))}, "loss.area"),
        ({"induced": induced(("a", "swamp", 1.0, 1.0, 1.0))}, "loss.ecosystem"),
        ({"induced": induced(("a", "farm", 3.0, 2.0, 1.0))}, "core.estimate-order"),
        ({"zone_loss": {"direct": 1.5}}, "loss.share"),
        ({"zone_loss": {"directo": 0.1}}, "loss.zone"),
        ({"zone_loss": {"footprint": 0.1}}, "loss.zone"),
        ({"zone_loss": {"direct": {"low": 0.1}}}, "loss.share"),
        ({"zone_loss": {"direct": "much"}}, "loss.share"),
        ({"value_with_project": 1.2}, "loss.share"),
        ({"draws": 0}, "loss.draws"),
    ],
)
def test_bad_input(change, code):
    arguments = {"footprints": TABLE, "draws": 5, **change}
    with pytest.raises(InputError) as caught:
        quality_loss(
            arguments.pop("footprints"), ecosystems=ecosystem_map(), rng=rng(), **arguments
        )
    assert caught.value.findings[0].code == code
    assert caught.value.render("es")


def test_the_declaration_binds_what_a_study_writes():
    bound, found = METHOD.bind({"zone_loss": {"direct": 0.05}})
    assert found == []
    assert bound == {"value_with_project": 0.0, "zone_loss": {"direct": 0.05}}
    assert METHOD.resolve() is quality_loss
