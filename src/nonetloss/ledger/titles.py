"""What tables and messages of the accounts call projects, zones, ecosystems and parcels."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding
from nonetloss.core.language import Text


def read_titles(
    given: Mapping[str, Any], *, layers: Sequence[str] = (), ecosystems: Sequence[str] = ()
) -> dict[str, Text]:
    """Titles as a study writes them: `{road: {es: Carretera, en: Road}, ucayali: Ucayali}`.

    Raises
    ------
    InputError
        `cumulative.title`, with all that is wrong in all of them.
    """
    made: dict[str, Text] = {}
    found: list[Finding] = []
    for name, said in given.items():
        try:
            made[str(name)] = Text.of(said)
        except (KeyError, TypeError, ValueError, AttributeError):
            problem = InputError.because("cumulative.title", str(name), value=said)
            found.extend(problem.findings)
    if found:
        raise InputError(*found)
    return made


def titled(table: pd.DataFrame, columns: Sequence[str], titles: Mapping[str, Text]) -> pd.DataFrame:
    """The table with `<column>_title_es` and `_en`; what has no title stands for itself.

    A cell that lists several names (", ") lists their titles.
    """
    made = {}
    for column in columns:
        cells = [str(cell) for cell in table[column]]
        for language in ("es", "en"):
            made[f"{column}_title_{language}"] = [
                ", ".join(called(name, titles)[language] for name in cell.split(", "))
                for cell in cells
            ]
    told = table.assign(**made)
    told.attrs = table.attrs
    return told


def called(name: str, titles: Mapping[str, Text]) -> Text:
    """The title of a name, or the name itself."""
    return titles.get(name, Text.of(name))


def joined(names: Sequence[str], titles: Mapping[str, Text], separator: str = ", ") -> Text:
    """Several names as a text, in both languages; empty names are left out."""
    told = [called(name, titles) for name in names if name]
    return Text(separator.join(t.es for t in told), separator.join(t.en for t in told))
