"""Criteria that a study declares, read from plain values and checked.

::

    forest:
      title: {es: Bosque inundado, en: Flooded forest}
      unit: ha
      sense: min
      form: additive
      add: forest_ha
    nutrients:
      title: {es: Nutrientes que llegan al mar, en: Nutrients that reach the sea}
      unit: t
      sense: max
      form: affine
      base: nutrients
      keep: 1 - sed_trap
"""

import re
from collections.abc import Mapping
from math import isfinite
from typing import Any

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, Severity, error, nearest, offenders
from nonetloss.core.language import LANGUAGES, Text
from nonetloss.core.units import is_known
from nonetloss.hydropower.amounts import unknown_attributes
from nonetloss.hydropower.criterion import Criterion
from nonetloss.landscape.river import RiverNetwork

_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
_FORMS = {
    "additive": ("add",),
    "affine": ("base", "add", "keep", "open_keep"),
}
_CHOICES = {"sense": ("max", "min"), "form": tuple(_FORMS)}


def declared(
    mapping: Mapping[str, Any], *, network: RiverNetwork | None = None
) -> tuple[Criterion, ...]:
    """Criteria by name from `{title, unit, sense, form, base, add, keep, open_keep}`.

    Parameters
    ----------
    mapping : mapping of name to mapping
        `title` {es, en}, `unit` ("" for an index), `sense` (max, min) and `form` are needed.
        `additive`: Σ `add` over what is built. `affine`: v = base + Σ (add + keep · v above), with
        `open_keep` (1 unless given) where nothing is built. `base` is an attribute of components
        or a number, `add` and `keep` an attribute of dams or a number; `keep` also `passage`
        (passability up times down) or `1 - <attribute>`. Numbers are in `unit`. Empty: none.
    network : RiverNetwork, optional
        Then attributes are checked to be there, too.

    Raises
    ------
    InputError
        All of `criteria.declared-name`, `criteria.declared-form`, `criteria.declared-key`,
        `criteria.declared-missing`, `criteria.declared-title`, `criteria.declared-unit`,
        `criteria.declared-choice`, `criteria.declared-amount`, `criteria.negative-keep`,
        `criteria.negative-base` and `criteria.attribute-unknown` that hold.
    """
    found: list[Finding] = []
    made = []
    for name, given in mapping.items():
        problems = _problems(str(name), given)
        if not problems:
            criterion = _made(str(name), given)
            made.append(criterion)
            problems = unknown_attributes(network, criterion) if network is not None else []
        found += problems
    if found:
        raise InputError(*found)
    return tuple(made)


def _made(name: str, given: Mapping[str, Any]) -> Criterion:
    def amount(key: str, otherwise: float) -> str | float:
        value = given.get(key)
        value = otherwise if value is None else value
        return value if isinstance(value, str) else float(value)

    return Criterion(
        name=name,
        title=Text.of(given["title"]),
        unit=given["unit"],
        sense=given["sense"],
        form=given["form"],
        base=amount("base", 0.0),
        add=amount("add", 0.0),
        keep=amount("keep", 1.0),
        open_keep=amount("open_keep", 1.0),
    )


def _problems(name: str, given: Any) -> list[Finding]:
    """Everything that is wrong with one criterion by itself."""
    if not _NAME.fullmatch(name):
        return [error("criteria.declared-name", name)]
    if not isinstance(given, Mapping):
        return [error("criteria.declared-form", name)]
    needed = ("title", "unit", "sense", "form")
    form = given.get("form")
    legal = (*needed, *_FORMS.get(form if isinstance(form, str) else "", _FORMS["affine"]))
    found = [
        error(
            "criteria.declared-key",
            f"{name}.{key}",
            nearest=nearest(str(key), legal),
            known=offenders(legal, 20),
        )
        for key in given
        if key not in legal
    ]
    present = [key for key in legal if given.get(key) is not None]
    missing = [key for key in needed if key not in present]
    if form == "additive" and "add" not in present:
        missing.append("add")
    if form == "affine" and not {"base", "add"} & set(present):
        missing.append("base")
    found += [error("criteria.declared-missing", f"{name}.{key}", key=key) for key in missing]
    for key in present:
        found += _problems_of_value(name, key, given[key])
    return found


def _problems_of_value(name: str, key: str, value: Any) -> list[Finding]:
    at = f"{name}.{key}"
    if key == "title" and not _is_title(value):
        return [error("criteria.declared-title", at, value=value)]
    if key == "unit" and not (isinstance(value, str) and is_known(value)):
        return [error("criteria.declared-unit", at, value=value)]
    if key in _CHOICES and value not in _CHOICES[key]:
        allowed = offenders(_CHOICES[key])
        return [error("criteria.declared-choice", at, value=value, allowed=allowed)]
    return _problems_of_amount(name, key, value) if key in _FORMS["affine"] else []


def _problems_of_amount(name: str, key: str, value: Any) -> list[Finding]:
    at = f"{name}.{key}"
    if not _is_amount(value):
        return [error("criteria.declared-amount", at, value=value)]
    if key != "add" and not isinstance(value, str) and value < 0:
        code = "criteria.negative-base" if key == "base" else "criteria.negative-keep"
        return [Finding(code, Severity.ERROR, name, {"attribute": key, "offenders": f"{value:g}"})]
    return []


def _is_title(value: Any) -> bool:
    said = isinstance(value, Mapping) and set(value) == set(LANGUAGES)
    return said and all(isinstance(t, str) and t.strip() for t in value.values())


def _is_amount(value: Any) -> bool:
    if isinstance(value, str):
        return bool(value.strip())
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
