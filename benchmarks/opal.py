"""Least area against the greedy choice of OPAL, over 30 random cases and its own test fixture.

The greedy choice is written anew from what is published of it (Mandle et al. 2016, Environmental
Modelling & Software 84:121-133, and the description of its steps): largest parcels by ecosystem,
then the largest givers by serviceshed, then global services, whose credit starts at zero once
anything is chosen (a defect of OPAL). A need that it cannot meet is passed over, as OPAL does; such
a case is told.

How large the ratio is depends on how the cases are drawn, above all on how much of what there is is
needed: where little is, the largest parcel alone is far too much; where all is, nobody can choose.
An earlier version drew every need between 5 and 30 % of what there is and found a median of 2.9,
which favored the exact choice. Now each case has a level of its own between 5 and 60 %, around
which its needs lie, and the ratio is told by level, with and without needs that any parcel may
meet, and for a greedy choice mended to credit what is chosen already.
Another comparison of the same kind,
with other random cases, found: median 1.95, mean 2.14, 90 % quantile 3.20, least 1.17.
"""

import itertools
import json
import time
from dataclasses import dataclass

import numpy as np
from shapely.geometry import box
from shapely.ops import unary_union

from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.loss import Loss
from nonetloss.landscape.parcel import Parcel
from nonetloss.landscape.services import Service, ServiceLoss, Serviceshed
from nonetloss.numerics.grid import Grid
from nonetloss.offset.portfolio import minimum_set, select

CASES, PARCELS, ECOSYSTEMS, SHEDS = 30, 60, 5, 4
GAP = 0.005
# Share of what there is that is needed.
LEVELS = (0.05, 0.60)
SHOWN = (0.1, 0.2, 0.4, 0.6)
# What the comparison in the reference found, with its own random cases.
PUBLISHED = {"median": 1.95, "mean": 2.14, "p90": 3.20, "min": 1.17}


@dataclass(frozen=True)
class Case:
    """`area` (parcels,), `kind` (parcels,), `services` (services, parcels), `shed` (parcels,) the
    serviceshed of each; needs by ecosystem, by (serviceshed, service), and of all together."""

    area: np.ndarray
    kind: np.ndarray
    services: np.ndarray
    shed: np.ndarray
    by_kind: np.ndarray
    by_shed: np.ndarray
    anywhere: np.ndarray


def random_case(seed, level=None, *, anywhere=True):
    """Needs lie between half and one and a half times a level of what there is; None: the level is
    drawn too. `anywhere` False: nothing is needed that parcels of all servicesheds may give."""
    rng = np.random.default_rng(seed)
    area = rng.lognormal(5.5, 1.0, PARCELS)
    kind = rng.integers(0, ECOSYSTEMS, PARCELS)
    shed = rng.integers(0, SHEDS, PARCELS)
    services = area * rng.lognormal(0.0, 0.8, (2, PARCELS))
    supply = np.bincount(kind, area, ECOSYSTEMS)
    inside = np.stack([np.bincount(shed, s, SHEDS) for s in services], axis=1)
    drawn = rng.uniform(*LEVELS)
    around = drawn if level is None else level

    def shares(*shape):
        return around * rng.uniform(0.5, 1.5, shape)

    return Case(
        area,
        kind,
        services,
        shed,
        supply * shares(ECOSYSTEMS),
        inside * shares(SHEDS, 2),
        services.sum(axis=1) * shares(2) * anywhere,
    )


def greedy(case, *, mended=False):
    """The parcels that OPAL's rule takes, in order, and how many needs it leaves unmet.

    `mended`: services of parcels that are chosen already count in the last loop too.
    """
    chosen: list[int] = []
    unmet = 0

    def take(able, worth, need, got, enough):
        for i in sorted((i for i in able if i not in chosen), key=lambda i: -worth[i]):
            if enough(got, need):
                break
            chosen.append(i)
            got += worth[i]
        return got >= need

    everyone = range(case.area.size)
    for k, need in enumerate(case.by_kind):
        able = [i for i in everyone if case.kind[i] == k]
        unmet += not take(able, case.area, need, 0.0, lambda got, wanted: got >= wanted)
    for b, s in itertools.product(range(case.by_shed.shape[0]), range(case.services.shape[0])):
        able = [i for i in everyone if case.shed[i] == b]
        got = sum(case.services[s, i] for i in chosen if i in able)
        need = case.by_shed[b, s]
        # Strictly more than is needed, unlike the other loops.
        unmet += not take(able, case.services[s], need, got, lambda got, wanted: got > wanted)
    # What is chosen already earns no credit here; what this loop adds does, for all services.
    before = 0 if mended else len(chosen)
    for s, need in enumerate(case.anywhere):
        got = float(case.services[s, chosen[before:]].sum())
        take(everyone, case.services[s], need, got, lambda got, wanted: got >= wanted)
        unmet += bool(case.services[s, chosen].sum() < need)
    return chosen, unmet


def exact(case):
    """The selection of least area, by the method that studies use."""
    kinds = tuple(
        Ecosystem(k + 1, f"e{k}", Text.of(f"e{k}"), Estimate.exact(1.0)) for k in range(ECOSYSTEMS)
    )
    ground = EcosystemMap(np.ones((1, 1)), Grid(0, 0, 1, 1, 1, 1), "EPSG:32718", kinds)
    parcels = [
        Parcel(
            f"p{i:02d}",
            Text.of(f"p{i:02d}"),
            box(10 * i, 0, 10 * i + 9, 9),
            float(case.area[i]),
            f"e{case.kind[i]}",
            Estimate.exact(0.0),
            Estimate.exact(1.0),
            float(case.area[i]),
            services={
                f"s{s}": Estimate.exact(float(case.services[s, i] / case.area[i]))
                for s in range(case.services.shape[0])
            },
        )
        for i in range(case.area.size)
    ]
    sheds = [Serviceshed("everywhere", Text.of("everywhere"))]
    for b in range(SHEDS):
        land = unary_union([p.geometry for i, p in enumerate(parcels) if case.shed[i] == b])
        sheds.append(Serviceshed(f"b{b}", Text.of(f"b{b}"), land, 100.0, True))
    services = tuple(
        Service(f"s{s}", Text.of(f"s{s}"), "t", {}, tuple(sheds))
        for s in range(case.services.shape[0])
    )
    columns, owed = [], []
    for s in range(case.services.shape[0]):
        columns.append((f"s{s}", "everywhere"))
        owed.append(case.anywhere[s])
        for b in range(SHEDS):
            columns.append((f"s{s}", f"b{b}"))
            owed.append(case.by_shed[b, s])
    amounts = np.array([owed])
    lost = case.by_kind[None, None]
    names = tuple(k.name for k in kinds)
    return select(
        parcels,
        residual=Loss("quality_hectare", ("x",), ("direct",), names, lost, lost[..., None]),
        service_loss=ServiceLoss(services, ("x",), tuple(columns), amounts, amounts[..., None]),
        ecosystems=ground,
        rng=np.random.default_rng(0),
        gap=GAP,
        alternative_count=0,
    )


def least_area(case):
    """The same problem as a minimum set: a second way to the least area, for many cases."""
    amounts = [case.area * (case.kind == k) for k in range(ECOSYSTEMS)]
    amounts += [
        worth * (case.shed == b) for b in range(SHEDS) for worth in case.services
    ]  # in the order of `by_shed`
    amounts += list(case.services)
    targets = np.concatenate([case.by_kind, case.by_shed.ravel(), case.anywhere])
    return minimum_set(np.array(amounts).T, targets, cost=case.area, gap=GAP).cost


def by_level(count):
    """Median ratio by level of need, and how it changes with what is asked and what is mended."""
    rows = {}
    for level in SHOWN:
        told = {"with needs anywhere": [], "without": [], "with, credit mended": []}
        for seed in range(count):
            for anywhere, ways in (
                (True, (("with needs anywhere", False), ("with, credit mended", True))),
                (False, (("without", False),)),
            ):
                case = random_case(seed, level, anywhere=anywhere)
                least = least_area(case)
                for name, mended in ways:
                    taken, _ = greedy(case, mended=mended)
                    told[name].append(float(case.area[taken].sum()) / least)
        rows[f"{level:.0%}"] = {k: round(float(np.median(v)), 2) for k, v in told.items()}
    return rows


def fixture_rows():
    """What the greedy rule takes on the fixture: the answers that OPAL's own test expects."""
    area = np.array([400.0, 123, 8392, 149])
    services = np.array([[3500.0, 382, 1910, 192], [290.0, 1348, 18234, 1019]])
    shed = np.array([0, 0, 0, 1])
    kind = np.array([0, 0, 1, 1])

    def case(by_kind, valley, anywhere):
        by_shed = np.array([[0.0, valley], [0.0, 0.0]])
        return Case(area, kind, services, shed, np.array(by_kind), by_shed, np.array(anywhere))

    rows = {
        "a 200, b 100": (case([200.0, 100], -1.0, [0.0, 0]), [1, 3]),
        "+ S 2500 from 1-3, C 4000, S 500": (
            case([200.0, 100], 2500.0, [4000.0, 500]),
            [1, 2, 3, 4],
        ),
        "C 4000, S 500": (case([0.0, 0], -1.0, [4000.0, 500]), [1, 3]),
        "S 4000 from 1-3": (case([0.0, 0], 4000.0, [0.0, 0]), [3]),
        "S 19000 from 1-3": (case([0.0, 0], 19000.0, [0.0, 0]), [2, 3]),
    }
    told = {}
    for name, (asked, published) in rows.items():
        # -1: nothing is asked there; without a need the strict loop would still take one.
        quiet = Case(*(getattr(asked, f) for f in asked.__dataclass_fields__))
        quiet.by_shed[quiet.by_shed == 0] = -1.0
        taken = sorted(i + 1 for i in greedy(quiet)[0])
        told[name] = {"greedy": taken, "published": published, "same": taken == published}
    return told


def main(*, quick=False):
    ratios, seconds, gaps, unmet = [], [], [], 0
    for seed in range(5 if quick else CASES):
        case = random_case(seed)
        taken, missing = greedy(case)
        unmet += missing > 0
        start = time.process_time()
        best = exact(case)
        seconds.append(time.process_time() - start)
        assert best.answer == "offset", seed
        # Two formulations, each within its gap.
        assert abs(best.cost_usd / least_area(case) - 1) <= 2 * GAP, seed
        gaps.append(best.gap)
        ratios.append(float(case.area[taken].sum()) / best.cost_usd)
    found = {
        "median": float(np.median(ratios)),
        "mean": float(np.mean(ratios)),
        "p90": float(np.quantile(ratios, 0.9)),
        "min": float(np.min(ratios)),
        "max": float(np.max(ratios)),
    }
    report = {
        "cases": len(ratios),
        "area of the greedy choice / least area": {k: round(v, 2) for k, v in found.items()},
        "reference, other random cases": PUBLISHED,
        "median by level of need": by_level(3 if quick else 10),
        "largest proven gap": round(max(gaps), 5),
        "CPU seconds per case (all of select)": {
            "median": round(float(np.median(seconds)), 2),
            "max": round(max(seconds), 2),
        },
        "cases where greedy left a need unmet": unmet,
        "fixture": fixture_rows(),
    }
    print(json.dumps(report, indent=1))
    return report


if __name__ == "__main__":
    main()
