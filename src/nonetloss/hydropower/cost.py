"""What the new dams of each state cost, in all and per unit of energy."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.hydropower import ports
from nonetloss.hydropower.economics import levelized_cost_usd_per_mwh
from nonetloss.hydropower.generation import Generation, energy_by_dam
from nonetloss.hydropower.quantities import dam_values, require_known
from nonetloss.hydropower.states import States
from nonetloss.landscape.river import RiverNetwork, Status

METHOD = Method(
    id="hydropower.cost",
    question=Text(
        es="¿Cuánto cuestan las represas nuevas de cada estado, en total y por MWh?",
        en="What do the new dams of each state cost, in all and per MWh?",
    ),
    function="nonetloss.hydropower.cost:costs",
    inputs=(ports.NETWORK, ports.STATES, ports.GENERATION),
    outputs=(
        Port(
            "costs",
            "Costs",
            Text(
                es="Costo de inversión y costo nivelado por estado y represa.",
                en="Capital and levelized cost by state and dam.",
            ),
            unit="usd",
        ),
    ),
    parameters=(
        Parameter(
            "rate",
            Text(es="Tasa de descuento anual.", en="Yearly discount rate."),
            low=0.0,
            high=1.0,
        ),
        Parameter(
            "life",
            Text(es="Vida económica de las centrales.", en="Economic life of the plants."),
            unit="year",
            low=1.0,
            high=200.0,
        ),
    ),
    references=("Short et al. 1995, NREL/TP-462-5173 (levelized cost of energy)",),
    validity=Text(
        es="Costo y energía iguales todos los años; sin plazo de obra, líneas de transmisión ni "
        "costos sociales y ambientales. Lo ya construido no se cuenta.",
        en="Equal cost and energy every year; no construction period, transmission lines or "
        "social and environmental costs. What stands already is not counted.",
    ),
    example='- {step: costs, method: hydropower.cost, parameters: {rate: 0.08, life: "50 year"}}',
)


@dataclass(frozen=True, slots=True)
class Costs:
    """Result of `costs`, of dams that do not stand today.

    `table`: state, capital_usd, operation_usd (per year), energy_gwh, levelized_usd_per_mwh (NaN
    where nothing new generates). `dams`: the same by state and dam.
    """

    table: pd.DataFrame
    dams: pd.DataFrame


def costs(
    network: RiverNetwork,
    *,
    states: States,
    generation: Generation | None = None,
    rate: float,
    life: float,
) -> Costs:
    """Capital, operation and levelized cost.

    Parameters
    ----------
    network : RiverNetwork
        Attribute of dams `cost` (capital, USD); where there is, `operation` (USD per year), else 0.
    states : States
    generation : Generation, optional
        Of the same states. None: attribute `energy`, which must then be in GWh.
    rate : 0 … 1, per year
    life : years

    Raises
    ------
    InputError
        `hydropower.attribute-missing`, `hydropower.attribute-unit`,
        `hydropower.dams-without-value`, `hydropower.quantity`.
    """
    planned = np.array([dam.status is not Status.BUILT for dam in network.dams])
    new = np.where(planned, states.choices, 0)
    capital = require_known(network, dam_values(network, ("cost",), unit="usd"), new, name="cost")
    operation = np.zeros(new.shape)
    if "operation" in network.dam_attributes:
        yearly = dam_values(network, ("operation",), unit="usd/year")
        operation = require_known(network, yearly, new, name="operation")
    energy = np.where(new > 0, energy_by_dam(network, states, generation), 0.0)
    rows = [
        (name, network.dams[d].id, capital[i, d], operation[i, d], energy[i, d])
        for i, name in enumerate(states.names)
        for d in np.flatnonzero(new[i])
    ]
    dams = pd.DataFrame(
        rows, columns=["state", "dam", "capital_usd", "operation_usd", "energy_gwh"]
    )
    table = pd.DataFrame(
        {
            "state": list(states.names),
            "capital_usd": capital.sum(axis=1),
            "operation_usd": operation.sum(axis=1),
            "energy_gwh": energy.sum(axis=1),
        }
    )
    units = {
        "capital_usd": "usd",
        "operation_usd": "usd/year",
        "energy_gwh": "GWh",
        "levelized_usd_per_mwh": "usd/MWh",
    }
    for frame in (table, dams):
        frame["levelized_usd_per_mwh"] = levelized_cost_usd_per_mwh(
            frame["capital_usd"].to_numpy(float),
            operation_usd=frame["operation_usd"].to_numpy(float),
            energy_gwh=frame["energy_gwh"].to_numpy(float),
            rate=rate,
            years=life,
        )
        frame.attrs["units"] = units
    return Costs(table, dams)
