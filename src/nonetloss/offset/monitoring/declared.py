"""Read what a study declares by name: all problems of all entries at once, costs with units."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding
from nonetloss.core.units import quantity

Entry = TypeVar("Entry")

_COSTS = (("cost_usd", "usd"), ("cost_usd_per_ha", "usd/ha"))


def read_entries(
    given: Mapping[str, Any], read: Callable[[str, Any], Entry], *, code: str
) -> tuple[Entry, ...]:
    """Every entry as `read` makes it of its name and what was said, in order.

    Raises
    ------
    InputError
        What `read` raises of all entries; `code` where an entry lacks a key or has the wrong kind
        of value.
    """
    made: list[Entry] = []
    found: list[Finding] = []
    for name, said in given.items():
        try:
            made.append(read(name, said))
        except (KeyError, TypeError, ValueError, AttributeError) as cause:
            found.extend(InputError.because(code, name, value=str(cause)).findings)
        except InputError as problem:
            found.extend(problem.findings)
    if found:
        raise InputError(*found)
    return tuple(made)


def require_fields(name: str, said: Any, fields: set[str], *, code: str) -> None:
    """Raise `code` for what is no mapping, or has fields that are not known."""
    if not isinstance(said, Mapping) or set(said) - fields:
        strange = sorted(set(said) - fields) if isinstance(said, Mapping) else said
        raise InputError.because(code, name, value=strange)


def read_costs(said: Mapping[str, Any], *, name: str) -> dict[str, float]:
    """`cost_usd` and `cost_usd_per_ha` as far as given; the second alone brings a zero first."""
    costs = {k: quantity(said[k], unit, name=f"{name}.{k}") for k, unit in _COSTS if k in said}
    if "cost_usd_per_ha" in costs:
        costs.setdefault("cost_usd", 0.0)
    return costs
