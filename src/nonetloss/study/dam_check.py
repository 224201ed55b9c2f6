"""What steps on a river network would refuse, found before anything runs."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nonetloss.core.errors import NonetlossError, StudyError
from nonetloss.core.findings import Finding, error, nearest, offenders
from nonetloss.core.units import quantity
from nonetloss.hydropower.amounts import amounts_of
from nonetloss.hydropower.criterion import Criterion, resolved
from nonetloss.hydropower.greenhouse import read_factors
from nonetloss.hydropower.states import plan_choices
from nonetloss.landscape.river import RiverNetwork
from nonetloss.study.binding import Call, Setting


def names_on_network(
    calls: Sequence[Call], network: RiverNetwork, declared: Sequence[Criterion]
) -> list[Finding]:
    """Criteria, plans and dams that steps name and the network does not have."""
    found: list[Finding] = []
    for call in calls:
        if not call.method.id.startswith("hydropower."):
            continue
        for where, problem in _problems(call, network, declared):
            found += [
                Finding(f.code, f.severity, f"{call.step.step}.{where}.{f.subject}", f.data)
                for f in problem.findings
            ]
    return found


@dataclass(frozen=True, slots=True)
class _Known:
    """What the parameters of a step are read against."""

    network: RiverNetwork
    declared: Sequence[Criterion]
    settings: Mapping[str, Setting]

    def criterion(self, name: str) -> Criterion:
        return resolved(self.network, [name], declared=self.declared)[0]


def _criteria(value: Any, known: _Known) -> None:
    """Names that the network has, and of which every dam and component has its number."""
    _all(_numbers, ((known, name, {}) for name in value))
    resolved(known.network, value, declared=known.declared)


def _numbers(known: _Known, name: str) -> None:
    amounts_of(known.network, known.criterion(name))


def _plans(value: Any, known: _Known) -> None:
    _all(plan_choices, ((known.network, plan, {"name": str(n)}) for n, plan in value.items()))


def _by_criterion(value: Any, known: _Known) -> None:
    """Keys are criteria; amounts given as text are in their unit."""
    _all(_amount, ((known, str(name), {"written": v}) for name, v in value.items()))


def _by_period(value: Any, known: _Known) -> None:
    """Amounts given as text are in the unit of the criterion of the step."""
    name = str(known.settings["criterion"].value)
    _all(_amount, ((known, name, {"written": v}) for v in value.values()))


def _amount(known: _Known, name: str, *, written: Any) -> None:
    unit = known.criterion(name).unit
    if isinstance(written, str):
        quantity(written, unit, name=name)
    elif isinstance(written, Mapping):
        for end, each in written.items():
            if isinstance(each, str):
                quantity(each, unit, name=f"{name}.{end}")


def _fixed(value: Any, known: _Known) -> None:
    """Keys are dams."""
    ids = [str(id) for id in known.network.dam_ids]
    found = [
        error("study.dam-unknown", str(id), nearest=nearest(str(id), ids), known=offenders(ids))
        for id in value
        if str(id) not in ids
    ]
    if found:
        raise StudyError(*found)


def _factors(value: Any, known: _Known) -> None:
    read_factors(value)


def _all(read: Callable[..., Any], each: Iterable[tuple[Any, Any, dict[str, Any]]]) -> None:
    """Read every entry; what is wrong with any of them is raised together."""
    found: list[Finding] = []
    for first, second, named in each:
        try:
            read(first, second, **named)
        except NonetlossError as problem:
            found += problem.findings
    if found:
        raise StudyError(*found)


# How a parameter is read, by method and name; "*" stands for every method on a network.
READ: Mapping[str, Callable[[Any, _Known], None]] = {
    "*.criteria": _criteria,
    "*.least": _criteria,
    "hydropower.states.plans": _plans,
    "hydropower.frontier.bounds": _by_criterion,
    "hydropower.frontier.fixed": _fixed,
    "hydropower.choice.targets": _by_criterion,
    "hydropower.choice.weights": _by_criterion,
    "hydropower.exchange.steps": _by_criterion,
    "hydropower.sequence.targets": _by_period,
    "hydropower.robust.targets": _by_criterion,
    "hydropower.greenhouse.factors": _factors,
}


def _problems(
    call: Call, network: RiverNetwork, declared: Sequence[Criterion]
) -> Iterator[tuple[str, NonetlossError]]:
    """Parameters that cannot be, with why."""
    known = _Known(network, declared, call.settings)
    for name, setting in call.settings.items():
        read = READ.get(f"{call.method.id}.{name}", READ.get(f"*.{name}"))
        if read is not None:
            try:
                read(setting.value, known)
            except NonetlossError as problem:
                yield name, problem
