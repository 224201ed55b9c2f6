from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, Point, box

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.cleared import cleared_land
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.project import Alternative
from nonetloss.landscape.services import Service, Serviceshed
from nonetloss.numerics.grid import Grid
from nonetloss.offset.services import METHOD, service_loss

# 20 × 10 cells of 100 m: one hectare each; forest in the western half, swamp in the eastern.
GRID = Grid(0.0, 1000.0, 100.0, 100.0, 10, 20)
CLASSES = np.repeat([[1] * 10 + [2] * 10], 10, axis=0)
KINDS = tuple(
    Ecosystem(i, n, Text.of(n), Estimate.exact(0.5)) for i, n in enumerate(("forest", "swamp"), 1)
)
MAP = EcosystemMap(CLASSES, GRID, "EPSG:32718", KINDS)
WEST = Serviceshed("west", Text("oeste", "west"), box(0, 0, 600, 1000), 120.0, True)
EAST = Serviceshed("east", Text("este", "east"), box(600, 0, 2000, 1000), 80.0)
WORLD = Serviceshed("world", Text("mundo", "world"))
WATER = Service(
    "water",
    Text("agua", "water"),
    "m3/year",
    {"forest": Estimate.exact(10.0), "swamp": Estimate.exact(30.0)},
    (WEST, EAST),
)
CARBON = Service(
    "carbon", Text("carbono", "carbon"), "tCO2e", {"forest": Estimate(80.0, 100.0, 120.0)}, (WORLD,)
)
# A strip 20 m wide along the whole map: 2 ha of forest, 2 of swamp.
ROAD = Alternative("road", Text.of("road"), LineString([(0, 550), (2000, 550)]), 20.0)


def lost(**change):
    arguments = {
        "services": (WATER, CARBON),
        "ecosystems": MAP,
        "rng": np.random.default_rng(0),
        "draws": 50,
        **change,
    }
    return service_loss(arguments.pop("alternatives", [ROAD]), **arguments)


def test_hectares_inside_each_serviceshed_times_what_they_gave():
    found = lost()
    assert found.columns == (("carbon", "world"), ("water", "east"), ("water", "west"))
    # 20 m × 1000 m of forest = 2 ha. East: 400 m of forest (0.8 ha) and 1000 m of swamp (2 ha).
    assert found.likely[0] == pytest.approx([2 * 100, 0.8 * 10 + 2 * 30, 1.2 * 10])
    assert found.draws.shape == (1, 3, 50)
    # Carbon stays within its ends; what is exact does not vary.
    assert (found.draws[0, 0] >= 2 * 80 - 1e-9).all()
    assert (found.draws[0, 0] <= 2 * 120 + 1e-9).all()
    assert found.draws[0, 2] == pytest.approx([12.0] * 50)


def test_cleared_land_may_keep_part_of_a_service():
    assert lost(service_kept=0.25).likely == pytest.approx(0.75 * lost().likely)


def test_induced_loss_goes_where_the_ecosystem_lies():
    table = pd.DataFrame(
        [("road", "forest", 5.0, 10.0, 15.0)],
        columns=["alternative", "ecosystem", "low_ha", "likely_ha", "high_ha"],
    )
    found = lost(induced=table, induced_reach_m=10_000.0)
    # Of the 100 ha of forest around, 60 lie in the west, 40 in the east.
    added = found.likely[0] - lost().likely[0]
    assert added == pytest.approx([10 * 100, 4 * 10, 6 * 10])
    assert found.draws[0, 2].min() >= 12 + 0.6 * 5 * 10 - 1e-9


def test_order_of_services_and_alternatives_changes_nothing():
    other = replace(ROAD, name="short", geometry=LineString([(0, 250), (500, 250)]))
    one = lost(alternatives=[ROAD, other])
    two = lost(alternatives=[other, ROAD], services=(CARBON, WATER))
    assert one.columns == two.columns
    assert one.likely[::-1].tolist() == two.likely.tolist()
    assert one.draws[::-1].tobytes() == two.draws.tobytes()


def test_what_is_cleared_by_shape():
    disk = Alternative("mine", Text.of("mine"), Point(500, 500), 100.0)
    area = Alternative("pit", Text.of("pit"), box(0, 0, 10, 10), 0.0)
    assert cleared_land(disk).area == pytest.approx(np.pi * 50**2, rel=0.01)
    assert cleared_land(area).area == 100
    assert cleared_land(ROAD).area == pytest.approx(20 * 2000)


def test_land_that_no_shed_touches_and_off_the_map():
    far = replace(ROAD, geometry=LineString([(50_000, 0), (51_000, 0)]))
    assert not lost(alternatives=[far]).likely.any()
    assert lost(alternatives=[]).likely.shape == (0, 3)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"services": (replace(WATER, per_ha={"forrest": Estimate.exact(1)}),)}, "ecosystem"),
        ({"services": (replace(WATER, per_ha={"forest": Estimate.exact(-1)}),)}, "amount"),
        ({"services": (WATER, WATER)}, "repeated"),
        ({"services": (replace(WATER, sheds=(WEST, WEST)),)}, "repeated"),
        ({"services": (replace(WATER, sheds=()),)}, "sheds"),
        ({"services": (replace(WATER, sheds=(replace(WEST, people=-1.0),)),)}, "amount"),
        (
            {"services": (WATER, replace(CARBON, sheds=(replace(WEST, geometry=None),)))},
            "shed-twice",
        ),
        ({"draws": 0}, "draws"),
        ({"service_kept": 1.2}, "amount"),
        ({"induced": pd.DataFrame({"alternative": []})}, "columns"),
    ],
)
def test_bad_input_is_told_in_both_languages(change, code):
    with pytest.raises(InputError) as caught:
        lost(**change)
    assert caught.value.findings[0].code == f"service.{code}"
    assert caught.value.render("es") != caught.value.render("en")


def test_the_nearest_name_is_suggested():
    with pytest.raises(InputError) as caught:
        lost(services=(replace(WATER, per_ha={"forrest": Estimate.exact(1)}),))
    assert "forest" in caught.value.render("en").replace("forrest", "")


def test_the_declaration_binds():
    bound, found = METHOD.bind({"induced_reach_m": "2 km"})
    assert found == []
    assert bound["induced_reach_m"] == 2000
    assert METHOD.resolve() is service_loss
