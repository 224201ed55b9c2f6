"""Texts in Spanish and English. The language is always an argument (conventions §7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

from nonetloss.core import package_data

Language = Literal["es", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


@dataclass(frozen=True, slots=True)
class Text:
    """One text in both languages."""

    es: str
    en: str

    def __getitem__(self, language: Language) -> str:
        return self.es if language == "es" else self.en

    @classmethod
    def of(cls, value: "Mapping[str, str] | str | Text") -> "Text":
        """A Text from `{es: …, en: …}`; a plain string stands for both (proper names)."""
        if isinstance(value, Text):
            return value
        if isinstance(value, str):
            return cls(value, value)
        return cls(es=value["es"], en=value["en"])


@cache
def catalog() -> Mapping[str, Any]:
    """All texts of the package by key, from `locale/*.yaml`. A key stands in one file only."""
    merged: dict[str, Any] = {}
    for name in package_data.names("locale", ".yaml"):
        for key, value in (package_data.read_yaml(f"locale/{name}") or {}).items():
            if key in merged:
                raise KeyError(f"text key {key!r} stands in two files of locale/")
            merged[key] = value
    return merged


def text(key: str, language: Language, /, **data: Any) -> str:
    """The text of a key, filled with `data`; a `Text` among them is filled in in `language`.

    Raises
    ------
    KeyError
        If the key or a placeholder is missing: a bug, kept out by tests.
    """
    return " ".join(sentences(key, language, **data))


def sentences(key: str, language: Language, /, **data: Any) -> list[str]:
    """The parts of a text: what must hold, what was found, what to do; or one for all.

    The guess `near` ("did you mean …?") goes before what to do, if `data` has a `nearest`.
    """
    entry = catalog()[key]
    data = {k: _said(v, language) for k, v in data.items()}
    if "must" in entry:
        must, found, do = (
            str(entry[part][language].format(**data)) for part in ("must", "found", "do")
        )
        if "near" in entry and data.get("nearest"):
            do = f"{entry['near'][language].format(**data)} {do}"
        return [must, found, do]
    return [str(entry[language].format(**data))]


def _said(value: Any, language: Language) -> Any:
    if isinstance(value, Text):
        return value[language]
    return as_written(value) if isinstance(value, Mapping | list) else value


def as_written(value: object) -> str:
    """A value as a study writes it in YAML, not as Python shows it."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k}: {as_written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(as_written(v) for v in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return "null" if value is None else str(value)


def number(value: float, language: Language, digits: int = 0) -> str:
    """A number as people read it.

    English and Peruvian Spanish both write a decimal point; English groups thousands with a
    comma, Spanish here with a thin no-break space (INACAL, SI style).
    """
    plain = f"{value:,.{digits}f}"
    if float(plain.replace(",", "")) == 0:
        plain = plain.replace("-", "")
    return plain.replace(",", "\u202f") if language == "es" else plain
