"""The front of dam portfolios as a step of a study.

Mathematical formulation and In words: see `hydropower.frontier`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, error
from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.core.ports import PROGRESS
from nonetloss.core.units import quantity
from nonetloss.hydropower import ports
from nonetloss.hydropower.criteria import Criterion, resolved
from nonetloss.hydropower.frontier import Bound, Fixed, pareto_frontier
from nonetloss.hydropower.results import Frontier
from nonetloss.landscape.river import RiverNetwork

METHOD = Method(
    id="hydropower.frontier",
    question=Text(
        es="¿Qué conjuntos de represas son eficientes: ninguno otro da más sin perder más?",
        en="Which sets of dams are efficient: no other gives more without losing more?",
    ),
    function="nonetloss.hydropower.frontier_method:find_frontier",
    inputs=(
        ports.NETWORK,
        ports.DECLARED,
        PROGRESS,
    ),
    outputs=(
        Port(
            "frontier",
            "Frontier",
            Text(
                es="Portafolios de represas eficientes, con lo que está probado de ellas.",
                en="Efficient dam portfolios, with what is proven of them.",
            ),
        ),
    ),
    parameters=(
        Parameter(
            "criteria",
            Text(
                es="Criterios, por nombre: los de la red y los declarados.",
                en="Criteria, by name: those of the network and the declared ones.",
            ),
            kind="list",
        ),
        Parameter(
            "epsilon",
            Text(
                es="Cuánto puede faltar, en parte de cada valor; 0: exacto.",
                en="What may be missing, as a part of each value; 0: exact.",
            ),
            default=0.0,
            low=0.0,
            high=0.99,
        ),
        Parameter(
            "bounds",
            Text(
                es="Límites por criterio: {low: …, high: …}, números en la unidad del criterio o "
                "cantidades con unidad.",
                en="Bounds by criterion: {low: …, high: …}, numbers in the unit of the criterion "
                "or quantities with a unit.",
            ),
            kind="mapping",
            optional=True,
        ),
        Parameter(
            "fixed",
            Text(
                es="Represas fijadas: true (construida), false (no), o el nombre de una opción.",
                en="Fixed dams: true (built), false (not), or the name of an option.",
            ),
            kind="mapping",
            optional=True,
        ),
        Parameter(
            "memory_gib",
            Text(
                es="Memoria que la búsqueda puede ocupar, en GiB; si no alcanza, termina antes con "
                "un ε mayor y lo dice.",
                en="Memory that the search may hold, in GiB; where it does not suffice, the search "
                "ends early at a larger ε and says so.",
            ),
            default=8.0,
            low=0.01,
            high=10_000.0,
        ),
    ),
    references=(
        "Wu et al. 2018, doi 10.1609/aaai.v32i1.11347",
        "Gomes-Selman et al. 2018, doi 10.1007/978-3-319-93031-2_19",
        "Flecker et al. 2022, doi 10.1126/science.abj4017",
    ),
    validity=Text(
        es="Exacto para los números de la red; vale lo que ellos valen. La energía de una represa "
        "no depende aquí de las de aguas arriba, y no se simula la operación.",
        en="Exact for the numbers of the network, and worth what they are worth. The energy of a "
        "dam does not depend on those upstream here, and operation is not simulated.",
    ),
    example="- {step: frontier, method: hydropower.frontier, parameters: "
    "{criteria: [energy, connectivity], bounds: {energy: {low: 4000 MW}}}}",
)


def find_frontier(
    network: RiverNetwork,
    *,
    criteria: Sequence[str],
    declared: Sequence[Criterion] = (),
    epsilon: float = 0.0,
    bounds: Mapping[str, Any] | None = None,
    fixed: Mapping[Any, Fixed] | None = None,
    memory_gib: float = 8.0,
    progress: Callable[[str, float], None] | None = None,
) -> Frontier:
    """Efficient dam portfolios, with bounds as a study writes them.

    Parameters
    ----------
    network, criteria, declared, epsilon, fixed, memory_gib, progress : see `pareto_frontier`
    bounds : mapping of criterion to a mapping with `low`, `high` or both
        Numbers in the unit of the criterion, or text with a unit of the same kind.

    Raises
    ------
    InputError
        `frontier.bound-form`, and what `pareto_frontier` raises.
    """
    asked = {c.name: c for c in resolved(network, criteria, declared=declared)}
    found: list[Finding] = []
    read: dict[str, Bound] = {}
    for name, ends in (bounds or {}).items():
        if not isinstance(ends, Mapping) or not ends or not set(ends) <= {"low", "high"}:
            found.append(error("frontier.bound-form", str(name), value=ends))
            continue
        unit = asked[name].unit if name in asked else ""
        read[name] = _end(ends, "low", unit, name), _end(ends, "high", unit, name)
    if found:
        raise InputError(*found)
    return pareto_frontier(
        network,
        criteria=criteria,
        declared=declared,
        epsilon=epsilon,
        bounds=read,
        fixed=fixed,
        memory_gib=memory_gib,
        progress=progress,
    )


def _end(ends: Mapping[str, Any], which: str, unit: str, name: str) -> float | None:
    value = ends.get(which)
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    return quantity(value, unit, name=f"{name}.{which}")
