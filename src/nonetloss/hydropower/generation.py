"""Energy of the plants of each state in GWh, with what storage upstream does to the flow."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, notice
from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.hydropower import ports
from nonetloss.hydropower.energy import Plant, annual_energy_gwh, evened_flow, firm_energy_gwh
from nonetloss.hydropower.quantities import dam_values, require_known
from nonetloss.hydropower.states import States
from nonetloss.landscape.river import RiverNetwork

METHOD = Method(
    id="hydropower.energy",
    question=Text(
        es="¿Cuántos GWh al año genera cada estado, y cuánto agrega el almacenamiento aguas "
        "arriba?",
        en="How many GWh a year does each state generate, and what does storage upstream add?",
    ),
    function="nonetloss.hydropower.generation:generate",
    inputs=(ports.NETWORK, ports.STATES),
    outputs=(
        Port(
            "generation",
            "Generation",
            Text(
                es="Energía anual y firme por estado y por central.",
                en="Annual and firm energy by state and by plant.",
            ),
            unit="GWh",
        ),
    ),
    parameters=(
        Parameter(
            "efficiency",
            Text(
                es="Eficiencia de turbinas, generadores y conducción (supuesto del estudio).",
                en="Efficiency of turbines, generators and conduits (assumed by the study).",
            ),
            default=0.9,
            low=0.01,
            high=1.0,
        ),
        Parameter(
            "availability",
            Text(
                es="Parte de las horas en que la central está disponible.",
                en="Share of the hours in which a plant is available.",
            ),
            default=1.0,
            low=0.0,
            high=1.0,
        ),
        Parameter(
            "regulated",
            Text(
                es="Contar lo que los embalses regulan aguas abajo.",
                en="Count what reservoirs regulate downstream.",
            ),
            kind="flag",
            default=True,
        ),
    ),
    references=(
        "Rippl 1883, The capacity of storage-reservoirs for water-supply (mass curve)",
        "Hoes et al. 2017, doi 10.1371/journal.pone.0171844",
    ),
    validity=Text(
        es="Planificación: caudales mensuales medios, un salto por central; sin evaporación, "
        "reglas de operación ni rebose. Con doce meses, el caudal del 95 % es el del mes más seco.",
        en="Planning: mean monthly flows, one head per plant, no evaporation, rule curves or "
        "spill. With twelve months, the 95 % flow is that of the driest month.",
    ),
    example="- {step: generation, method: hydropower.energy, parameters: {efficiency: 0.9}}",
)

FLOWS = tuple(f"flow_{month:02d}" for month in range(1, 13))


@dataclass(frozen=True, slots=True)
class Generation:
    """Result of `generate`.

    `table`: state, annual_gwh, firm_gwh, unregulated_gwh (annual energy with natural flows).
    `plants`: state, dam, annual_gwh, firm_gwh of the plants that stand.
    """

    table: pd.DataFrame
    plants: pd.DataFrame
    findings: tuple[Finding, ...] = ()


def generate(
    network: RiverNetwork,
    *,
    states: States,
    efficiency: float = 0.9,
    availability: float = 1.0,
    regulated: bool = True,
) -> Generation:
    """Energy of each state, plant by plant from the sources to the mouth.

    Parameters
    ----------
    network : RiverNetwork
        Attributes of dams: `head` (net, m), `capacity` (or `energy`, if in MW), natural mean flows
        at the site `flow_01` … `flow_12` (January to December, m3/s); where there is,
        `active_storage` (m3) and `max_flow` of the turbines (m3/s). Without `active_storage`
        nothing is regulated, and a notice says so.
    states : States
    efficiency, availability : 0 … 1
    regulated : bool
        Whether flows are those that reservoirs above and at the site leave.

    Raises
    ------
    InputError
        `hydropower.attribute-missing`, `hydropower.attribute-unit`,
        `hydropower.dams-without-value`, `hydropower.quantity`, `energy.negative-flow` (more is
        held back above a site than flows there by nature).
    """
    site = _site(network, states.choices)
    natural = _energies(network, site, None, efficiency, availability)
    storage = site.storage if regulated and site.storage is not None else None
    found = _energies(network, site, storage, efficiency, availability)
    rows = [
        (name, network.dams[d].id, found[0][i, d], found[1][i, d])
        for i, name in enumerate(states.names)
        for d in np.flatnonzero(states.choices[i])
    ]
    table = pd.DataFrame(
        {
            "state": list(states.names),
            "annual_gwh": found[0].sum(axis=1),
            "firm_gwh": found[1].sum(axis=1),
            "unregulated_gwh": natural[0].sum(axis=1),
        }
    )
    plants = pd.DataFrame(rows, columns=["state", "dam", "annual_gwh", "firm_gwh"])
    for frame in (table, plants):
        frame.attrs["units"] = {c: "GWh" for c in frame.columns if c.endswith("_gwh")}
    told = () if site.storage is not None else (notice("energy.no-storage", "network"),)
    return Generation(table, plants, told)


def energy_by_dam(
    network: RiverNetwork, states: States, generation: Generation | None
) -> np.ndarray:
    """Annual energy (states, dams) in GWh: from a step, else from attribute `energy` in GWh.

    Raises
    ------
    InputError
        `hydropower.attribute-missing`, `hydropower.attribute-unit` (energy given as power),
        `hydropower.dams-without-value`.
    """
    if generation is None:
        table = dam_values(network, ("energy",), unit="GWh")
        return require_known(network, table, states.choices, name="energy")
    plants = generation.plants.pivot(index="state", columns="dam", values="annual_gwh")
    whole = plants.reindex(index=list(states.names), columns=list(network.dam_ids))
    return whole.fillna(0.0).to_numpy()


@dataclass(frozen=True, slots=True)
class _Site:
    """Numbers of the plants in each state: (n, dams), flow (n, dams, 12); 0 where none stands."""

    choices: np.ndarray
    head: np.ndarray
    capacity: np.ndarray
    max_flow: np.ndarray
    flow: np.ndarray
    storage: np.ndarray | None


def _site(network: RiverNetwork, choices: np.ndarray) -> _Site:
    def of(names: Sequence[str], unit: str) -> np.ndarray:
        return require_known(network, dam_values(network, names, unit=unit), choices, name=names[0])

    has = network.dam_attributes
    power = ("capacity",) if "capacity" in has else ("energy",)
    return _Site(
        choices=choices,
        head=of(("head",), "m"),
        capacity=of(power, "MW"),
        max_flow=of(("max_flow",), "m^3/s")
        if "max_flow" in has
        else np.full(choices.shape, np.inf),
        flow=np.stack([of((name,), "m^3/s") for name in FLOWS], axis=-1),
        storage=of(("active_storage",), "m^3") if "active_storage" in has else None,
    )


def _energies(
    network: RiverNetwork,
    site: _Site,
    storage: np.ndarray | None,
    efficiency: float,
    availability: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Annual and firm energy (n, dams) in GWh; `storage` None: natural flows."""
    flow = site.flow if storage is None else _regulated(network, site, storage)
    annual = np.zeros(site.choices.shape)
    firm = np.zeros(site.choices.shape)
    for i, d in np.argwhere(site.choices > 0):
        if not (site.capacity[i, d] > 0 and site.head[i, d] > 0):
            # A dam without a plant stores water and generates nothing.
            continue
        plant = Plant(
            head_m=float(site.head[i, d]),
            capacity_mw=float(site.capacity[i, d]),
            max_flow_m3s=float(site.max_flow[i, d]),
            efficiency=efficiency,
            availability=availability,
        )
        annual[i, d] = annual_energy_gwh(flow[i, d], plant=plant)
        firm[i, d] = firm_energy_gwh(flow[i, d], plant=plant)
    return annual, firm


def _regulated(network: RiverNetwork, site: _Site, storage: np.ndarray) -> np.ndarray:
    """Flow (n, dams, 12) below each dam that stands, after all storage above and its own."""
    index = {component.id: u for u, component in enumerate(network.components)}
    below = {index[dam.above]: (index[dam.below], d) for d, dam in enumerate(network.dams)}
    flow = site.flow.copy()
    # What reservoirs further up changed, month by month, in each component.
    change = np.zeros((len(index), len(site.choices), 12))
    for u in range(len(index) - 1, 0, -1):
        down, d = below[u]
        stands = site.choices[:, d] > 0
        comes = site.flow[stands, d] + change[u, stands]
        if (comes < -1e-9).any():
            raise InputError.because("energy.negative-flow", str(network.dams[d].id))
        goes = evened_flow(np.maximum(comes, 0.0), storage_m3=storage[stands, d])
        flow[stands, d] = goes
        change[u, stands] = goes - site.flow[stands, d]
        change[down] += change[u]
    return flow
