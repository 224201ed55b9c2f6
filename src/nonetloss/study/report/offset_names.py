"""Names of sites, assumptions and codes of the compensation, in the words of the report."""

import re
from typing import Any

import numpy as np

from nonetloss.core.language import Language, number
from nonetloss.study.report.model import Run
from nonetloss.study.report.words import has_word, word

_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def known(group: str, code: Any, language: Language) -> str:
    """A code in words where there are words; the code itself where there are none."""
    key = f"{group}-{code}"
    return word(key, language) if has_word(key) else str(code)


def site_number(run: Run, name: str) -> int | None:
    """Number of a parcel on the map."""
    names = [p.name for p in run.parcels]
    return names.index(name) + 1 if name in names else None


def site_name(run: Run, name: str, language: Language, width: int = 0) -> str:
    """Number and title of a parcel, cut to `width` characters; 0: whole."""
    at = site_number(run, name)
    if at is None:
        return name
    title = run.parcels[at - 1].title[language]
    told = title.partition(": ")[2] if width and ": " in title else title
    told = told.split(" (")[0] if width else told
    if width and len(told) > width:
        told = f"{told[: width - 1].rstrip()}…"
    return f"{at} · {told}"


def assumption_name(assumption: str, value: Any, language: Language) -> str:
    """`discount rate 1 %`, `leakage 30 %`, `gain against today`."""
    name = known("assumed", assumption, language)
    shown = "" if value is None or value != value else str(value)
    if not shown:
        return name
    if _NUMBER.fullmatch(shown):
        share = assumption in ("discount_rate", "leakage", "success", "background_loss_rate")
        told = f"{number(100 * float(shown), language)} %" if share else shown
    else:
        told = known("assumed", f"{assumption}-{shown}", language)
    return f"{name}: {told}"


def endless(value: Any) -> bool:
    """Whether a replacement cost says that nothing replaces the site."""
    return value is not None and bool(np.isinf(float(value)))


def why(run: Run, name: str, language: Language) -> str:
    """Why a site was chosen or not, and what replacing it would cost; "" where nothing is told."""
    table = run.offsetting.sites
    if not {"parcel", f"why_{language}"} <= set(table.columns):
        return ""
    rows = table[table["parcel"].astype(str) == name]
    said = rows[f"why_{language}"].iloc[0] if len(rows) else None
    return said if isinstance(said, str) else ""
