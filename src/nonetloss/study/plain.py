"""Values as JSON knows them, one rule for each type."""

import datetime
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import singledispatch
from typing import Any

import numpy as np
from shapely.geometry.base import BaseGeometry

from nonetloss.core.language import Text
from nonetloss.io.documents import Section


@singledispatch
def plain(value: Any) -> Any:
    """A value as JSON knows it: NaN and infinities become null, texts both languages.

    Raises
    ------
    TypeError
        For anything without a plain form (indexes, generators): its text would name a place in
        memory, and no two runs would be equal.
    """
    if value is None:
        return None
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    raise TypeError(f"{type(value).__name__} has no plain form")


def has_plain_form(value: Any) -> bool:
    """Whether `plain` takes a value."""
    try:
        plain(value)
    except TypeError:
        return False
    return True


@plain.register
def _(value: Text) -> dict[str, str]:
    return {"es": value.es, "en": value.en}


@plain.register
def _(value: Section) -> dict[str, Any]:
    return {name: plain(getattr(value, name)) for name in type(value).model_fields}


@plain.register
def _(value: str) -> str:
    return str(value)


@plain.register(bool)
@plain.register(np.bool_)
def _(value: bool) -> bool:
    return bool(value)


@plain.register(int)
@plain.register(np.integer)
def _(value: int) -> int:
    return int(value)


@plain.register(float)
@plain.register(np.floating)
def _(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


@plain.register
def _(value: Enum) -> Any:
    return plain(value.value)


@plain.register
def _(value: BaseGeometry) -> str:
    return str(value.wkt)


@plain.register
def _(value: datetime.date) -> str:
    return value.isoformat()


@plain.register(Mapping)
def _(value: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(k): plain(v) for k, v in value.items()}


@plain.register
def _(value: np.ndarray) -> Any:
    return plain(value.tolist())


@plain.register(tuple)
@plain.register(list)
def _(value: tuple[Any, ...] | list[Any]) -> list[Any]:
    return [plain(v) for v in value]


@plain.register(set)
@plain.register(frozenset)
def _(value: frozenset[Any]) -> list[Any]:
    return sorted(plain(v) for v in value)
