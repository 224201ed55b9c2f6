"""Greenhouse gases of the reservoirs of each state, by the tier that the data allow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, notice, offenders, warning
from nonetloss.core.language import LANGUAGES, Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.hydropower import ports
from nonetloss.hydropower.emissions import (
    AreaFactor,
    area_emissions_t,
    density_emissions_t,
    intensity_g_per_kwh,
    power_density_w_m2,
)
from nonetloss.hydropower.generation import Generation, energy_by_dam
from nonetloss.hydropower.inundation import Inundation
from nonetloss.hydropower.quantities import conversion, dam_values, require_known
from nonetloss.hydropower.states import States
from nonetloss.landscape.river import RiverNetwork

METHOD = Method(
    id="hydropower.greenhouse",
    question=Text(
        es="¿Cuántos gases de efecto invernadero emiten los embalses de cada estado, y cuántos "
        "por kWh?",
        en="How much greenhouse gas do the reservoirs of each state emit, and how much per kWh?",
    ),
    function="nonetloss.hydropower.greenhouse:greenhouse_gases",
    inputs=(
        ports.NETWORK,
        ports.STATES,
        ports.GENERATION,
        Port(
            "inundation",
            "Inundation",
            Text(
                es="Superficie inundada por ecosistema, para el nivel «area».",
                en='Flooded area by ecosystem, for tier "area".',
            ),
            unit="ha",
            optional=True,
        ),
    ),
    outputs=(
        Port(
            "greenhouse",
            "Greenhouse",
            Text(
                es="Emisiones por estado y por kWh.",
                en="Emissions by state and per kWh.",
            ),
            unit="tCO2e",
        ),
    ),
    parameters=(
        Parameter(
            "tier",
            Text(
                es="dams: emisión neta de cada represa («emissions»), medida o de un modelo como "
                "G-res o RE-Emission; area: superficie por clase y factores del usuario; density: "
                "clases de densidad de potencia (por verificar).",
                en='dams: net emissions of each dam ("emissions"), measured or from a model like '
                "G-res or RE-Emission; area: area by class and factors of the user; density: "
                "classes of power density (to be verified).",
            ),
            kind="choice",
            choices=("dams", "area", "density"),
            default="dams",
        ),
        Parameter(
            "factors",
            Text(
                es="Del nivel «area»: por ecosistema, tCO2e por ha y año en los primeros 20 años "
                "(young) y después (old), con su fuente.",
                en='For tier "area": by ecosystem, tCO2e per ha and year in the first 20 years '
                "(young) and later (old), with their source.",
            ),
            kind="mapping",
            optional=True,
        ),
        Parameter(
            "life",
            Text(es="Vida de los embalses.", en="Life of the reservoirs."),
            unit="year",
            default="100 year",
            low=1.0,
            high=1000.0,
        ),
    ),
    references=(
        "Almeida et al. 2019, doi 10.1038/s41467-019-12179-5",
        "IPCC 2019 Refinement, volume 4, chapter 7 (structure of tier area, to be verified)",
        "CDM ACM0002, since 2004 (classes of power density, to be verified)",
    ),
    validity=Text(
        es="Lo que dan los datos: ningún factor viene incluido. La emisión por kWh es una razón: "
        "se informa y nunca se optimiza. Todo en el GWP de 100 años de la fuente.",
        en="What the data give: no factor is built in. Emissions per kWh are a ratio: told and "
        "never optimized. All in the 100-year GWP of the source.",
    ),
    example="- {step: greenhouse, method: hydropower.greenhouse, parameters: {tier: density}}",
)

_ROUND_OFF = 1e-6


@dataclass(frozen=True, slots=True)
class Greenhouse:
    """Result of `greenhouse_gases`, of all dams that stand.

    `table`: state, emissions_t (tCO2e per year; of tier density without the dams that have no
    figure, of tier area NaN where some flooded land has no class), without_figure (how many dams
    have none; of tier area those that flood without a polygon), without_class_ha (flooded, but
    undrawn or outside the map; NaN in other tiers), energy_gwh and intensity_g_per_kwh, NaN where
    the energy is not known, there is none, or the emissions are not known of all dams.
    """

    tier: str
    table: pd.DataFrame
    findings: tuple[Finding, ...] = ()


def greenhouse_gases(
    network: RiverNetwork,
    *,
    states: States,
    generation: Generation | None = None,
    inundation: Inundation | None = None,
    tier: str = "dams",
    factors: Mapping[str, Any] | None = None,
    life: float = 100.0,
) -> Greenhouse:
    """Emissions of the reservoirs of each state.

    Parameters
    ----------
    network : RiverNetwork
        Attributes of dams. Tier dams: `emissions` (tCO2e per year, net). Tier density: `capacity`
        (or `energy` in MW) and `inundated` (ha).
    states : States
    generation : Generation, optional
        None: attribute `energy` where it is in GWh; else energy is not known, and tier density
        cannot be told.
    inundation : Inundation, optional
        Of the same states, with ecosystems; needed for tier area.
    tier : "dams", "area" or "density"
    factors : mapping of ecosystem to {young, old, source: {es, en}}
        tCO2e per ha and year; for tier area.
    life : years

    Raises
    ------
    InputError
        `greenhouse.no-areas`, `greenhouse.factor-form`, `greenhouse.factor-source`,
        `greenhouse.factor-missing`, `hydropower.attribute-missing`, `hydropower.attribute-unit`,
        `hydropower.dams-without-value`, `hydropower.quantity`.
    """
    energy = _energy(network, states, generation, needed=tier == "density")
    without = np.zeros(len(states.names), dtype=int)
    unclassed = np.full(len(states.names), np.nan)
    found: tuple[Finding, ...] = ()
    if tier == "area":
        emissions, without, unclassed = _of_areas(
            states, inundation, read_factors(factors or {}), life
        )
        open_states = [
            f"{name}: {area:.6g} ha"
            for name, area in zip(states.names, unclassed, strict=True)
            if area > 0
        ]
        if open_states:
            told = offenders(open_states, 20)
            found = (warning("greenhouse.without-class", "area", states=told),)
    elif tier == "density":
        by_dam = _by_density(network, states, energy)
        without = np.isnan(by_dam).sum(axis=1)
        emissions = np.nansum(by_dam, axis=1)
        lacking = [network.dams[d].id for d in np.flatnonzero(np.isnan(by_dam).any(axis=0))]
        if lacking:
            found = (notice("greenhouse.no-figure", "density", dams=offenders(lacking, 20)),)
    else:
        net = dam_values(network, ("emissions",), unit="tCO2e/year")
        emissions = require_known(network, net, states.choices, name="emissions", low=-np.inf).sum(
            axis=1
        )
    total = np.full(len(emissions), np.nan) if energy is None else energy.sum(axis=1)
    known = np.where(np.isnan(total), 0.0, total)
    intensity = intensity_g_per_kwh(emissions, energy_gwh=known)
    table = pd.DataFrame(
        {
            "state": list(states.names),
            "emissions_t": emissions,
            "without_figure": without,
            "without_class_ha": unclassed,
            "energy_gwh": total,
            "intensity_g_per_kwh": np.where(without > 0, np.nan, intensity),
        }
    )
    table.attrs["units"] = {
        "emissions_t": "tCO2e/year",
        "without_class_ha": "ha",
        "energy_gwh": "GWh",
        "intensity_g_per_kwh": "g/kWh",
    }
    return Greenhouse(tier, table, found)


def read_factors(given: Mapping[str, Any]) -> dict[str, AreaFactor]:
    """Factors of a study: by class {young, old, source: {es, en}}.

    Raises
    ------
    InputError
        All of `greenhouse.factor-form`, `greenhouse.factor-source`, `hydropower.quantity`.
    """
    made: dict[str, AreaFactor] = {}
    for name, entry in given.items():
        if not isinstance(entry, Mapping) or set(entry) - {"young", "old", "source"}:
            raise InputError.because("greenhouse.factor-form", str(name))
        numbers = [entry.get("young"), entry.get("old")]
        if any(isinstance(n, bool) or not isinstance(n, int | float) for n in numbers):
            raise InputError.because("greenhouse.factor-form", str(name))
        source = entry.get("source")
        if isinstance(source, Mapping) and set(source) != set(LANGUAGES):
            raise InputError.because("greenhouse.factor-source", str(name))
        told = Text.of(source) if isinstance(source, Mapping | str | Text) else Text("", "")
        made[str(name)] = AreaFactor(float(entry["young"]), float(entry["old"]), told)
    return made


def _energy(
    network: RiverNetwork, states: States, generation: Generation | None, *, needed: bool
) -> np.ndarray | None:
    """Energy (states, dams) in GWh; None where nobody says it and it is not needed."""
    if generation is None and not needed:
        try:
            conversion(network.dam_attributes, "energy", "GWh")
        except (InputError, KeyError):
            return None
    return energy_by_dam(network, states, generation)


def _of_areas(
    states: States,
    inundation: Inundation | None,
    factors: Mapping[str, AreaFactor],
    life: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """By state: emissions, dams that flood without a polygon, and flooded ha without a class."""
    if inundation is None or inundation.ecosystems.empty:
        raise InputError.because("greenhouse.no-areas", "area")
    wide = inundation.ecosystems.pivot(index="state", columns="ecosystem", values="inundated_ha")
    wide = wide.reindex(list(states.names))
    areas = wide.to_dict("index")
    flooded = inundation.table.set_index("state").reindex(list(states.names))
    drawn = flooded["drawn_ha"].to_numpy(float)
    outside = drawn - wide.sum(axis=1).to_numpy(float)
    # Two ways to measure the same polygons differ by round-off.
    outside = np.where(outside > _ROUND_OFF * drawn, outside, 0.0)
    unclassed = outside + flooded["undrawn_ha"].to_numpy(float)
    emissions = np.array(
        [
            area_emissions_t(
                {str(k): v for k, v in areas[name].items()}, factors=factors, life_years=life
            )
            for name in states.names
        ]
    )
    # No bound: a class may also take up more than it emits.
    emissions = np.where(unclassed > 0, np.nan, emissions)
    return emissions, flooded["undrawn"].to_numpy(int), unclassed


def _by_density(network: RiverNetwork, states: States, energy: np.ndarray | None) -> np.ndarray:
    """Emissions (states, dams) by power density; NaN where there is no figure."""
    choices = states.choices
    named = ("capacity",) if "capacity" in network.dam_attributes else ("energy",)
    capacity = require_known(network, dam_values(network, named, unit="MW"), choices, name=named[0])
    area = require_known(
        network, dam_values(network, ("inundated",), unit="ha"), choices, name="inundated"
    )
    emissions = np.zeros(choices.shape)
    stands = choices > 0
    density = power_density_w_m2(capacity[stands], area_ha=area[stands])
    assert energy is not None
    emissions[stands] = density_emissions_t(density, energy_gwh=energy[stands])
    return emissions
