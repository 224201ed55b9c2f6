"""Small river networks by hand and by chance."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest

from nonetloss.hydropower.criterion import resolved
from nonetloss.hydropower.evaluation import evaluate
from nonetloss.hydropower.results import Certificate, CriterionLabel, Frontier
from nonetloss.landscape.river import (
    Attribute,
    Component,
    Dam,
    DamOption,
    RiverNetwork,
    Status,
)


def network(components, dams, *, dam_units=None, component_units=None, **more) -> RiverNetwork:
    """Components as {id: values}, dams as Dam."""
    made = tuple(Component(id, values) for id, values in components.items())
    of_dams = {n for d in dams for o in d.options for n in o.values}
    of_components = {n for c in made for n in c.values}
    units = {"energy": "MW", "cost": "usd", "inundated": "ha", **(dam_units or {})}
    return RiverNetwork(
        components=made,
        dams=tuple(dams),
        root=made[0].id,
        dam_attributes={n: Attribute(n, units.get(n, "")) for n in sorted(of_dams)},
        component_attributes={
            n: Attribute(n, (component_units or {}).get(n, "")) for n in sorted(of_components)
        },
        **more,
    )


def dam(id, below, above, *, status=Status.PLANNED, up=0.0, down=0.0, **values) -> Dam:
    return Dam(id, above, below, (DamOption("", values, up, down),), status)


def three() -> RiverNetwork:
    """Mouth 0 (5 km), above dam a: 1 (3 km), above dam b on that: 2 (2 km); above dam c: 3 (10)."""
    return network(
        {
            0: {"length_km": 5.0, "sediment": 1.0},
            1: {"length_km": 3.0, "sediment": 2.0},
            2: {"length_km": 2.0, "sediment": 4.0},
            3: {"length_km": 10.0, "sediment": 8.0},
        },
        [
            dam("a", 0, 1, energy=100.0, sed_trap=0.5, ghg=1.5),
            dam("b", 1, 2, energy=20.0, sed_trap=0.9, ghg=0.25, up=0.5, down=0.8),
            dam("c", 0, 3, energy=7.0, sed_trap=0.0, ghg=0.0, status=Status.BUILT),
        ],
        component_units={"length_km": "km", "sediment": "t"},
    )


def random_network(rng: np.random.Generator, *, dams: int, options: int = 2) -> RiverNetwork:
    """A random tree with up to `options` options per site."""
    components = {
        i: {"length_km": round(float(rng.uniform(1, 9)), 2), "sediment": float(rng.integers(1, 9))}
        for i in range(dams + 1)
    }
    made = []
    for i in range(1, dams + 1):
        offered = tuple(
            DamOption(
                f"h{k}" if options > 1 else "",
                {
                    "energy": float(rng.integers(1, 50)),
                    "sed_trap": round(float(rng.uniform(0, 1)), 3),
                    "ghg": round(float(rng.uniform(0, 5)), 1),
                },
                round(float(rng.uniform(0, 1)), 2),
                round(float(rng.uniform(0, 1)), 2),
            )
            for k in range(int(rng.integers(1, options + 1)))
        )
        made.append(Dam(i, i, int(rng.integers(0, i)), offered))
    return network(components, made, component_units={"length_km": "km"})


def random_choices(rng: np.random.Generator, of: RiverNetwork, rows: int) -> np.ndarray:
    most = np.array([len(d.options) for d in of.dams])
    return rng.integers(0, most + 1, size=(rows, len(most)))


def front_of(of: RiverNetwork, criteria) -> Frontier:
    """The front by looking at every portfolio and comparing every pair."""
    allowed = [
        [1] if d.status is Status.BUILT else range(len(d.options) + 1)
        if d.status is Status.PLANNED else [0]
        for d in of.dams
    ]  # fmt: skip
    choices = np.array(list(itertools.product(*allowed)), dtype=np.int8)
    groups = [[i for i, d in enumerate(of.dams) if d.id in group] for group in of.exclusions]
    apart = [all((row[g] > 0).sum() <= 1 for g in groups) for row in choices]
    choices = choices[apart]
    made = resolved(of, criteria)
    values = evaluate(of, choices, criteria=made)
    sign = np.array([-1.0 if c.sense == "max" else 1.0 for c in made])
    lower = np.round(values.to_numpy() * sign, 9)
    worse = (lower[None] <= lower[:, None]).all(axis=2) & (lower[None] < lower[:, None]).any(axis=2)
    first = np.unique(lower, axis=0, return_index=True)[1]
    rows = np.sort(np.intersect1d(first, np.flatnonzero(~worse.any(axis=1))))
    return Frontier(
        criteria=tuple(CriterionLabel(c.name, c.title, c.unit, c.sense) for c in made),
        dams=of.dam_ids,
        values=values.iloc[rows].reset_index(drop=True),
        portfolios=choices[rows] > 0,
        choices=choices[rows],
        epsilon=0.0,
        asked_epsilon=0.0,
        finished=True,
        certificate=Certificate(0.0, True, {}, 0, 0, 0, 0, 0),
    )


@pytest.fixture(scope="session")
def rivers() -> SimpleNamespace:
    """The functions above: test modules cannot import one another (importlib mode)."""
    return SimpleNamespace(
        network=network,
        dam=dam,
        three=three,
        random_network=random_network,
        random_choices=random_choices,
        front_of=front_of,
    )
