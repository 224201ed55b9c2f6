import numpy as np
import pytest
from shapely.geometry import box

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.loss import Loss
from nonetloss.landscape.services import Service, ServiceLoss, Serviceshed
from nonetloss.numerics.grid import Grid
from nonetloss.offset.equivalence import read_rules
from nonetloss.offset.gains import Gains
from nonetloss.offset.need import need_of, service_need_of
from nonetloss.offset.service_gain import ServiceGain

NAMES = ("forest", "moor", "spring")
MAP = EcosystemMap(
    np.ones((1, 1)),
    Grid(0, 0, 1, 1, 1, 1),
    "EPSG:32718",
    tuple(
        Ecosystem(i, n, Text.of(n), Estimate.exact(0.5), offsettable=n != "spring")
        for i, n in enumerate(NAMES, 1)
    ),
)
# Direct and induced; the moor loses something in one draw of three only.
LIKELY = np.array([[[6.0, 0.0, 1.0], [4.0, 0.0, 0.0]]])
DRAWS = np.repeat(LIKELY[..., None], 3, axis=-1)
DRAWS[0, 0, 1, 2] = 5.0
LOSS = Loss("quality_hectare", ("x",), ("direct", "induced"), NAMES, LIKELY, DRAWS)


def need(**change):
    arguments = {"ecosystems": MAP, "margin": 0.5, "tolerance_qha": 1e-6, **change}
    return need_of(LOSS, "x", **arguments)


def test_components_add_up_and_the_margin_comes_on_top():
    found = need()
    assert found.lost.tolist() == [10, 0, 1]
    assert found.needed.tolist() == [15, 0, 0]
    assert found.wanted.tolist() == [True, False, False]
    assert found.barred.tolist() == [False, False, True]
    assert [k.name for k in found.losses] == ["forest"]


def test_what_is_lost_in_some_state_counts_where_states_are_asked_for():
    found = need(in_every_state=True)
    assert found.wanted.tolist() == [True, True, False]
    assert found.needed.tolist() == [15, 0, 0]


def test_rules_may_bar_more():
    rules = read_rules({"not_offsettable": ["forest"]}, ecosystems=NAMES)
    assert need(rules=rules).barred.tolist() == [True, False, True]


def test_losses_come_under_the_convention_of_the_gains():
    flat = np.zeros((1, 1))
    gains = Gains(
        ("p",), np.zeros(1), flat, flat, np.ones(1), np.ones((1, 3)), 0.8,
        loss_factors={"forest": 0.5},
    )  # fmt: skip
    found = need(gains=gains)
    assert found.factor.tolist() == [0.5, 0.8, 0.8]
    assert found.lost.tolist() == pytest.approx([5, 0, 0.8])
    assert found.lost_draws[1].tolist() == pytest.approx([0, 0, 4])


SHEDS = (
    Serviceshed("village", Text.of("village"), box(0, 0, 1, 1), 30.0, True),
    Serviceshed("town", Text.of("town"), box(1, 0, 2, 1), 70.0),
    Serviceshed("wild", Text.of("wild"), box(2, 0, 3, 1)),
)
WATER = Service("water", Text.of("water"), "m3", {}, SHEDS)
LOST = ServiceLoss(
    (WATER,),
    ("x",),
    (("water", "village"), ("water", "town"), ("water", "wild")),
    np.array([[20.0, 80.0, 5.0]]),
    np.ones((1, 3, 4)),
)


def service_need(needs="all", draws=4, name="x"):
    return service_need_of(LOST, name, margin=0.1, needs=needs, draws=draws)


def test_whose_services_must_be_given_back():
    assert service_need().needed == pytest.approx([22, 88, 5.5])
    assert service_need("communities").held.tolist() == [True, False, False]
    assert service_need("communities").needed == pytest.approx([22, 0, 0])
    assert not service_need("none").held.any()


def test_people_are_compared_by_the_mean_loss_per_person():
    gain = ServiceGain(np.array([[3.0], [7.0], [0.0]]), np.zeros((3, 1)))
    # 100 among the 100 people who were counted; where nobody was, nothing is compared.
    assert service_need().usual(gain).tolist() == [1.0, 1.0, 1.0]
    nothing = ServiceLoss((WATER,), ("x",), LOST.columns, np.zeros((1, 3)), np.zeros((1, 3, 4)))
    found = service_need_of(nothing, "x", margin=0.0, needs="all", draws=4)
    # Nothing is lost: the largest gain per person of any candidate, 3/30 or 7/70.
    assert found.usual(gain)[:2].tolist() == pytest.approx([0.1, 0.1])


@pytest.mark.parametrize(
    ("change", "code"), [({"draws": 5}, "draws-differ"), ({"name": "y"}, "alternative")]
)
def test_what_does_not_fit(change, code):
    with pytest.raises(InputError) as caught:
        service_need(**change)
    assert caught.value.findings[0].code == f"offset.{code}"
