"""What steps on a river network would refuse, found before anything runs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from nonetloss.core.errors import NonetlossError, StudyError
from nonetloss.core.findings import Finding
from nonetloss.hydropower.criterion import Criterion, resolved
from nonetloss.hydropower.states import plan_choices
from nonetloss.landscape.river import RiverNetwork
from nonetloss.study.binding import Call


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


def _criteria(value: Any, network: RiverNetwork, declared: Sequence[Criterion]) -> None:
    resolved(network, value, declared=declared)


def _plans(value: Any, network: RiverNetwork, declared: Sequence[Criterion]) -> None:
    found: list[Finding] = []
    for name, plan in value.items():
        try:
            plan_choices(network, plan, name=str(name))
        except NonetlossError as problem:
            found += problem.findings
    if found:
        raise StudyError(*found)


# How a parameter is read, by method and name; "*" stands for every method on a network.
READ: Mapping[str, Callable[[Any, RiverNetwork, Sequence[Criterion]], None]] = {
    "*.criteria": _criteria,
    "hydropower.states.plans": _plans,
}


def _problems(
    call: Call, network: RiverNetwork, declared: Sequence[Criterion]
) -> Iterator[tuple[str, NonetlossError]]:
    """Parameters that cannot be, with why."""
    for name, setting in call.settings.items():
        read = READ.get(f"{call.method.id}.{name}", READ.get(f"*.{name}"))
        if read is not None:
            try:
                read(setting.value, network, declared)
            except NonetlossError as problem:
                yield name, problem
