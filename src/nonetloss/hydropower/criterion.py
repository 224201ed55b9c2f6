"""What a criterion is, and which ones a river network has by itself.

Built-in names, as far as the network has their attributes:

* `energy`, `capacity`, `firm_energy` (to maximize) and every other attribute of dams (to
  minimize): sums over what stands.
* `connectivity` (max): river connected to the mouth, a dam letting pass its passability up times
  down. On component attribute `connectivity`, else `length_km`.
* `sediment` (max): load that comes to the mouth, a dam letting pass 1 - `sed_trap` (which, like
  `dor`, `hydropower.derived` can add from storage and flow; studies do so).
* `dci_p`, `dci_d` (max, percent): dendritic connectivity of fish that move within rivers and of
  those that migrate to the sea, on `length_km`, else `connectivity`; Cote et al. 2009,
  doi 10.1007/s10980-008-9283-y.
* `fragmented` (min): length above at least one dam, whatever passes it.

In trees of the second generation (attributes `<name>_s`, `<name>_p`, `<name>_q`) a criterion has
its own affine form; Grimson et al. 2024.

An attribute that says its sense (`Attribute.sense`) gives it to its criterion, whatever the name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from nonetloss.core.errors import InputError, UnitError
from nonetloss.core.findings import Finding, error, nearest, offenders
from nonetloss.core.language import Text, catalog
from nonetloss.core.units import quantity
from nonetloss.landscape.river import Attribute, RiverNetwork

# What `keep` may say beside the name of an attribute of dams.
PASSAGE = "passage"
COMPLEMENT = "1 - "

MAXIMIZED = frozenset({"energy", "capacity", "firm_energy", "connectivity", "sediment"})
# Attributes of dams that are shares, not amounts: a sum of them means nothing.
SHARES = frozenset({"sed_trap"})
_TITLED = frozenset(
    {
        "energy", "capacity", "firm_energy", "connectivity", "sediment", "dci_p", "dci_d",
        "fragmented", "biodiversity", "ghg", "dor", "seismic", "population", "cost", "inundated",
    }
)  # fmt: skip
# Amounts that mean nothing without their unit, and units that would do.
_UNITS = {
    "energy": ("MW", "GWh"),
    "capacity": ("MW",),
    "firm_energy": ("GWh", "MW"),
    "cost": ("usd", "pen"),
    "inundated": ("ha",),
}
# Columns that built-in criteria need, in the words of the section `network` of a study.
_LENGTHS = "reaches: length_km"
_NEEDS = {
    "energy": "dams: energy [MW]",
    "capacity": "dams: capacity [MW]",
    "firm_energy": "dams: firm_energy [GWh/year]",
    "cost": "dams: cost [Musd]",
    "inundated": "dams: inundated [km^2]",
    "ghg": "dams: ghg [tCO2e/year]",
    "population": "dams: population [people]",
    "biodiversity": "dams: biodiversity []",
    "dor": "dams: dor []",
    "seismic": "dams: seismic []",
    "sediment": "dams: sed_trap; reaches: sediment [t/year]",
    "connectivity": _LENGTHS,
    "dci_p": _LENGTHS,
    "dci_d": _LENGTHS,
    "fragmented": _LENGTHS,
}


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion, before it meets a network.

    Parameters
    ----------
    unit : str
        "" for an index or a ratio.
    form : str
        `additive`: Σ of `add` over what is built. `affine`: something carried down the river,
        v = base + Σ (add + keep · v above). `pairs`: all ordered pairs of `base`, weighted by the
        product of `keep` between them. `above`: `base` that lies above at least one dam.
    base : str or float
        Attribute of components, or the same number for each.
    add, keep : str or float
        Of a dam that is built: attribute of dams, or the same number for each. `keep` may also be
        `passage` (passability up times down) or `1 - <attribute>`.
    open_keep : str or float
        Of a site where nothing is built.
    percent : bool
        Told as percent of what there is without any dam (`affine`: of Σ base, `pairs`: of its
        square).
    """

    name: str
    title: Text
    unit: str
    sense: Literal["max", "min"]
    form: Literal["additive", "affine", "pairs", "above"]
    base: str | float = 0.0
    add: str | float = 0.0
    keep: str | float = 1.0
    open_keep: str | float = 1.0
    percent: bool = False


def available(network: RiverNetwork) -> tuple[str, ...]:
    """Names of the built-in criteria that this network has."""
    names = [n for n in network.dam_attributes if n not in SHARES | _triple_parts(network)]
    parts = network.component_attributes
    names += [n for n in parts if _is_triple(network, n) and n not in names]
    if _length(network):
        names += [n for n in ("connectivity", "dci_p", "dci_d", "fragmented") if n not in names]
    if "sediment" in parts and "sed_trap" in network.dam_attributes and "sediment" not in names:
        names.append("sediment")
    return tuple(names)


def resolved(
    network: RiverNetwork,
    criteria: Sequence[str | Criterion],
    *,
    declared: Sequence[Criterion] = (),
) -> tuple[Criterion, ...]:
    """Names turned into the criteria of this network, in order.

    Parameters
    ----------
    criteria : sequence
        Built-in names, names among `declared`, or criteria themselves.
    declared : sequence of Criterion
        What the study declares. Their names may not be those of built-in ones.

    Raises
    ------
    InputError
        All of `criteria.none`, `criteria.declared-built-in`, `criteria.lacking` (a built-in
        name, with the columns it needs), `criteria.unknown` (with the nearest),
        `criteria.repeated`, `criteria.unit-missing` and `criteria.unit-wrong` that hold.
    """
    own = available(network)
    by_name = {criterion.name: criterion for criterion in declared}
    known = (*own, *by_name)
    taken = [name for name in by_name if name in own]
    found: list[Finding] = []
    if taken:
        found.append(error("criteria.declared-built-in", offenders(taken)))
    made: list[Criterion] = []
    for wanted in criteria:
        if isinstance(wanted, Criterion):
            made.append(wanted)
        elif wanted in by_name:
            made.append(by_name[wanted])
        elif wanted in own:
            made.append(_built_in(network, wanted))
            found += _unit_findings(made[-1])
        elif wanted in _NEEDS:
            listed = offenders(known, 20) or "–"
            found.append(error("criteria.lacking", wanted, needs=_NEEDS[wanted], known=listed))
        else:
            near = nearest(str(wanted), known)
            listed = offenders(known, 20) or "–"
            found.append(error("criteria.unknown", str(wanted), nearest=near, known=listed))
    names = [c.name for c in made]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        found.append(error("criteria.repeated", offenders(twice)))
    if not criteria:
        found.append(error("criteria.none", "criteria", known=offenders(known, 20) or "–"))
    if found:
        raise InputError(*found)
    return tuple(made)


def _built_in(network: RiverNetwork, name: str) -> Criterion:
    usual: Literal["max", "min"] = "max" if name in MAXIMIZED else "min"
    if _is_triple(network, name):
        own = network.component_attributes[name]
        add, keep, open_keep = (f"{name}_{part}" for part in "spq")
        title = _title(name, own)
        return Criterion(
            name, title, own.unit, own.sense or usual, "affine", name, add, keep, open_keep
        )
    if name in network.dam_attributes:
        own = network.dam_attributes[name]
        return Criterion(
            name, _title(name, own), own.unit, own.sense or usual, "additive", add=name
        )
    return _of_river(network, name)


def _of_river(network: RiverNetwork, name: str) -> Criterion:
    """Criteria on attributes of components."""
    length = name if name in network.component_attributes else _length(network)
    unit = network.component_attributes[length].unit
    title = _title(name, None)
    if name == "connectivity":
        return Criterion(name, title, unit, "max", "affine", length, keep=PASSAGE)
    if name == "sediment":
        keep = f"{COMPLEMENT}sed_trap"
        return Criterion(name, title, unit, "max", "affine", length, keep=keep)
    if name == "dci_p":
        return Criterion(name, title, "%", "max", "pairs", length, keep=PASSAGE, percent=True)
    if name == "dci_d":
        return Criterion(name, title, "%", "max", "affine", length, keep=PASSAGE, percent=True)
    return Criterion(name, title, unit, "min", "above", length)


def _title(name: str, attribute: Attribute | None) -> Text:
    if name == "energy" and attribute and attribute.unit and _converts(attribute.unit, "MW"):
        # What is measured in MW is power, whatever its column is called.
        name = "capacity"
    if name in _TITLED:
        return Text.of(catalog()[f"criterion.{name.replace('_', '-')}"])
    return (attribute.title if attribute else None) or Text.of(name)


def _length(network: RiverNetwork) -> str:
    """Component attribute that stands for length; "" if there is none."""
    names = ("length_km", "connectivity")
    return next((n for n in names if n in network.component_attributes), "")


def _is_triple(network: RiverNetwork, name: str) -> bool:
    parts = {f"{name}_{part}" for part in "spq"}
    return name in network.component_attributes and parts <= set(network.dam_attributes)


def _triple_parts(network: RiverNetwork) -> frozenset[str]:
    triples = (n for n in network.component_attributes if _is_triple(network, n))
    return frozenset(f"{name}_{part}" for name in triples for part in "spq")


def _unit_findings(criterion: Criterion) -> list[Finding]:
    wanted = _UNITS.get(criterion.name, ())
    if not wanted or criterion.form != "additive":
        return []
    if not criterion.unit:
        return [error("criteria.unit-missing", criterion.name, example=wanted[0])]
    if any(_converts(criterion.unit, unit) for unit in wanted):
        return []
    allowed = offenders(wanted)
    return [error("criteria.unit-wrong", criterion.name, unit=criterion.unit, allowed=allowed)]


def _converts(unit: str, wanted: str) -> bool:
    try:
        quantity(f"1 {unit}", wanted, name="unit")
    except UnitError:
        return False
    return True
