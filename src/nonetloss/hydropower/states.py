"""States of a basin to compare with: no dams, today, everything built, and plans by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, isnan
from typing import Any

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, error, nearest, notice, offenders
from nonetloss.core.language import LANGUAGES, Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.hydropower import ports
from nonetloss.hydropower.criterion import Criterion, available, resolved
from nonetloss.hydropower.evaluation import evaluate
from nonetloss.hydropower.fragments import fragments_of_states
from nonetloss.hydropower.results import CriterionLabel
from nonetloss.landscape.river import Dam, Id, RiverNetwork, Status

NONE, TODAY, FULL = "none", "today", "full"
_ALWAYS = (NONE, TODAY, FULL)

METHOD = Method(
    id="hydropower.states",
    question=Text(
        es="¿Cómo está la cuenca sin represas, hoy, con todo construido y con cada plan?",
        en="How does the basin fare without dams, today, fully built and under each plan?",
    ),
    function="nonetloss.hydropower.states:evaluate_states",
    inputs=(ports.NETWORK, ports.DECLARED),
    outputs=(
        Port(
            "states",
            "States",
            Text(
                es="Criterios y represas de cada estado.",
                en="Criteria and dams of every state.",
            ),
        ),
    ),
    parameters=(
        Parameter(
            "plans",
            Text(
                es="Planes: nombre y lista de represas (o «{represa: opción}») que se suman a las "
                "que ya existen; o «{dams: lista, title: {es: …, en: …}}».",
                en='Plans: name and list of dams (or "{dam: option}") added to those that exist; '
                'or "{dams: list, title: {es: …, en: …}}".',
            ),
            kind="mapping",
            optional=True,
        ),
        ports.CRITERIA,
    ),
    references=(
        "Cote et al. 2009, doi 10.1007/s10980-008-9283-y",
        "Flecker et al. 2022, doi 10.1126/science.abj4017",
    ),
    validity=Text(
        es="Vale lo que valen los atributos de la red. «Todo construido» toma de cada sitio la "
        "opción de más energía y, de sitios que se excluyen, los de más energía primero.",
        en='Worth what the attributes of the network are worth. "Everything built" takes the '
        "option with most energy of each site and, of sites that exclude each other, those with "
        "most energy first.",
    ),
    example="- {step: states, method: hydropower.states, parameters: "
    "{plans: {ministry: [402, 482]}, criteria: [energy, connectivity]}}",
)


@dataclass(frozen=True, slots=True)
class States:
    """What stands in each state, and what that is worth.

    `table` has the column `state` (its name) and one column per criterion, in its unit
    (`attrs["units"]`). `choices` is int8 (states, dams): 0 not built, k the k-th option. `titles`
    are those of the plans, the name where somebody gave none. `fragments` has the pieces into
    which the dams of each state cut the river, as `hydropower.fragments.fragment_lengths` with a
    column `state`; None where lengths are not known.
    """

    names: tuple[str, ...]
    table: pd.DataFrame
    choices: np.ndarray
    criteria: tuple[CriterionLabel, ...]
    findings: tuple[Finding, ...] = ()
    titles: tuple[Text, ...] = ()
    fragments: pd.DataFrame | None = None

    def choice(self, name: str) -> np.ndarray:
        """Choices (dams,) of the state of that name; KeyError if there is none."""
        return np.asarray(dict(zip(self.names, self.choices, strict=True))[name])


def evaluate_states(
    network: RiverNetwork,
    *,
    plans: Mapping[str, Sequence[Any] | Mapping[str, Any]] | None = None,
    criteria: Sequence[str | Criterion] | None = None,
    declared: Sequence[Criterion] = (),
) -> States:
    """The states `none`, `today` and `full`, then the plans, by every criterion.

    Parameters
    ----------
    network : RiverNetwork
    plans : mapping of name to dams, optional
        Each dam by its id, or `{id: name of the option}`; needed where a site has several
        options. Built dams stand in every plan, named or not. An empty list is today. A plan may
        also be {dams: that list, title: text or {es, en}}.
    criteria : sequence, optional
        Built-in names, names among `declared`, or criteria. None: all there are.
    declared : sequence of Criterion

    Returns
    -------
    States
        `none` has no dam at all; `today` the built ones, each as its first option; `full` adds
        every planned site, with the option of most energy. A notice names the sites that
        exclusions keep out of `full`.

    Raises
    ------
    InputError
        All of `states.plan-name`, `states.plan-form`, `states.plan-unknown` (with the nearest),
        `states.plan-forbidden`, `states.plan-option`, `states.plan-excluded` and
        `states.plan-twice` that hold; and the codes of `hydropower.evaluation.evaluate`.
    """
    found: list[Finding] = []
    chosen = {NONE: np.zeros(len(network.dams), dtype=np.int8), TODAY: today(network)}
    chosen[FULL], left_out = full(network)
    titles = {name: Text.of(name) for name in _ALWAYS}
    for name, plan in (plans or {}).items():
        if name in _ALWAYS:
            found.append(error("states.plan-name", str(name), taken=", ".join(_ALWAYS)))
            continue
        chosen[str(name)], titles[str(name)], wrong = _read_plan(network, str(name), plan)
        found += wrong
    if found:
        raise InputError(*found)
    names = available(network) if criteria is None else criteria
    more = declared if criteria is None else ()
    asked = resolved(network, (*names, *more), declared=declared)
    choices = np.array(list(chosen.values()), dtype=np.int8)
    values = evaluate(network, choices, criteria=asked)
    table = pd.concat([pd.DataFrame({"state": list(chosen)}), values], axis=1)
    table.attrs["units"] = values.attrs["units"]
    told = [notice("states.exclusions", FULL, dams=offenders(left_out, 20))] if left_out else []
    labels = tuple(CriterionLabel(c.name, c.title, c.unit, c.sense) for c in asked)
    return States(
        names=tuple(chosen),
        table=table,
        choices=choices,
        criteria=labels,
        findings=tuple(told),
        titles=tuple(titles[n] for n in chosen),
        fragments=fragments_of_states(network, tuple(chosen), choices),
    )


def plan_choices(
    network: RiverNetwork, plan: Sequence[Any] | Mapping[str, Any], *, name: str
) -> np.ndarray:
    """Choices (dams,), int8, of one plan as `evaluate_states` reads it.

    Raises
    ------
    InputError
        As there.
    """
    choices, _, found = _read_plan(network, name, plan)
    if found:
        raise InputError(*found)
    return choices


def today(network: RiverNetwork) -> np.ndarray:
    """Choices (dams,), int8: built dams, each as its first option."""
    return np.array([dam.status is Status.BUILT for dam in network.dams], dtype=np.int8)


def full(network: RiverNetwork) -> tuple[np.ndarray, list[Id]]:
    """Choices (dams,) with every planned site, and the ids that exclusions keep out."""
    choices = today(network)
    planned = [d for d, dam in enumerate(network.dams) if dam.status is Status.PLANNED]
    best = {d: _most_energy(network.dams[d]) for d in planned}
    standing = {dam.id for dam, c in zip(network.dams, choices, strict=True) if c}
    left_out: list[Id] = []
    for d in sorted(planned, key=lambda d: -best[d][0]):
        id = network.dams[d].id
        if any(id in group and group & standing for group in network.exclusions):
            left_out.append(id)
        else:
            choices[d] = best[d][1]
            standing.add(id)
    return choices, left_out


def _most_energy(dam: Dam) -> tuple[float, int]:
    """Energy and number of the option with most of it; the first where nobody knows."""
    known = ("energy", "capacity")
    energies = [
        next((o.values[n] for n in known if not isnan(o.values.get(n, np.nan))), -inf)
        for o in dam.options
    ]
    best = int(np.argmax(energies))
    return energies[best], best + 1


def _read_plan(
    network: RiverNetwork, name: str, plan: Any
) -> tuple[np.ndarray, Text, list[Finding]]:
    """Choices and title of a plan, in its short or its long form."""
    title = Text.of(name)
    if isinstance(plan, Mapping) and "dams" in plan and set(plan) <= {"dams", "title"}:
        told = plan.get("title", title)
        if not isinstance(told, str | Text | Mapping) or (
            isinstance(told, Mapping) and set(told) != set(LANGUAGES)
        ):
            return today(network), title, [error("states.plan-form", name)]
        plan, title = plan["dams"], Text.of(told)
    if isinstance(plan, str) or not isinstance(plan, Sequence):
        return today(network), title, [error("states.plan-form", name)]
    choices, found = _listed(network, name, plan)
    return choices, title, found


def _listed(
    network: RiverNetwork, name: str, plan: Sequence[Any]
) -> tuple[np.ndarray, list[Finding]]:
    """Choices of a list of dams, and what is wrong with it."""
    choices = today(network)
    index = {str(dam.id): d for d, dam in enumerate(network.dams)}
    found: list[Finding] = []
    listed: list[str] = []
    for entry in plan:
        pair = next(iter(entry.items())) if isinstance(entry, Mapping) and entry else (entry, None)
        id, option = str(pair[0]), pair[1]
        listed.append(id)
        if id not in index:
            found.append(_unknown(network, name, id))
            continue
        d = index[id]
        dam = network.dams[d]
        number = _option(dam, option)
        if dam.status is Status.FORBIDDEN:
            found.append(error("states.plan-forbidden", name, dam=id))
        elif number is None:
            options = offenders((o.name for o in dam.options), 20)
            found.append(error("states.plan-option", name, dam=id, options=options))
        else:
            choices[d] = number
    twice = sorted({id for id in listed if listed.count(id) > 1})
    if twice:
        found.append(error("states.plan-twice", name, dams=offenders(twice)))
    standing = {dam.id for dam, c in zip(network.dams, choices, strict=True) if c}
    for group in network.exclusions:
        together = sorted(str(id) for id in group & standing)
        if len(together) > 1:
            found.append(error("states.plan-excluded", name, dams=offenders(together)))
    return choices, found


def _option(dam: Dam, name: object) -> int | None:
    """Number of the option of that name; of the only one, or what stands, if none is named."""
    if name is None:
        return 1 if len(dam.options) == 1 or dam.status is Status.BUILT else None
    names = [option.name for option in dam.options]
    return names.index(str(name)) + 1 if str(name) in names else None


def _unknown(network: RiverNetwork, name: str, id: str) -> Finding:
    """A dam that is not there, with the nearest by id or by title."""
    titles = {t: str(d.id) for d in network.dams if d.title for t in (d.title.es, d.title.en)}
    near = nearest(id, [*map(str, network.dam_ids), *titles])
    return error("states.plan-unknown", name, dam=id, nearest=titles.get(near, near))
