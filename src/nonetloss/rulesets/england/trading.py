"""Trading rules: whether every loss is made good by something good enough.

Surpluses flow down the bands of distinctiveness, never up, and never from one module to another.
What the workbook's sheets "Trading Summary" compute, with the shortfall of each rule.
"""

from collections.abc import Iterable

import pandas as pd

from nonetloss.core.errors import RulesError
from nonetloss.core.findings import offenders
from nonetloss.core.language import text
from nonetloss.rulesets.england.rows import nearest_habitat
from nonetloss.rulesets.england.tables import BANDS, MODULES, habitats

TOLERANCE = 1e-9
"""A rule is met if it misses by no more units than this."""

_BANDS = {"area": BANDS[:4], "hedgerow": BANDS, "watercourse": BANDS[:4]}
_RULES = {
    "area": ("same", "same", "broad", "band"),
    "hedgerow": ("same", "same-or-better", "band", "band", "band"),
    "watercourse": ("same", "same", "same", "better"),
}


def trading_rules(changes: pd.DataFrame) -> pd.DataFrame:
    """Each trading rule, met or not, with what is short.

    Parameters
    ----------
    changes : DataFrame
        Columns module, habitat and change (units after less units before; several rows of a habitat
        add up).

    Returns
    -------
    DataFrame
        One row per module that occurs and band: module, band, rule_es, rule_en, loss (units lost
        that the rule holds against the band, 0 or less), surplus (units gained in the band),
        from_above (surplus of higher bands that may be used), cumulative (what is left for the
        bands below), shortfall (0 or more), met, short_in (habitats or, for medium area habitats,
        broad habitats that lose). Bands of very low area habitats have no rule.

    Raises
    ------
    RulesError
        `england.habitat-unknown` for a habitat that the module does not have,
        `england.choice-unknown` for a module that there is not.

    Notes
    -----
    Area: very high and high, same habitat; medium, same broad habitat (both intertidal ones
    together), or surplus of high and very high; low, anything of the module. Hedgerows: very high,
    like for like; high, like for like or surplus of very high; the rest, the band or better.
    Watercourses: same habitat; culverts, any surplus.
    """
    by_habitat = _by_habitat(changes)
    rows = []
    for module in MODULES:
        of_module = by_habitat.get(module)
        if of_module is not None:
            rows += _of_module(module, of_module)
    return pd.DataFrame(rows, columns=_COLUMNS)


_COLUMNS = [
    "module",
    "band",
    "rule_es",
    "rule_en",
    "loss",
    "surplus",
    "from_above",
    "cumulative",
    "shortfall",
    "met",
    "short_in",
]


def _by_habitat(changes: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Change per module and habitat, under the name by which it is traded."""
    found: dict[str, dict[str, float]] = {}
    columns = (changes["module"], changes["habitat"], changes["change"])
    for module, name, change in zip(*columns, strict=True):
        if module not in MODULES:
            raise RulesError.because(
                "england.choice-unknown",
                "trading_rules",
                column="module",
                value=str(module),
                allowed=offenders(MODULES),
            )
        known = habitats(module)
        if name not in known:
            raise RulesError.because(
                "england.habitat-unknown",
                "trading_rules",
                habitat=str(name),
                module=module,
                nearest=nearest_habitat(str(name), known),
            )
        traded = known[name].traded_as
        of_module = found.setdefault(module, {})
        of_module[traded] = of_module.get(traded, 0.0) + float(change)
    return found


def _of_module(module: str, changes: dict[str, float]) -> list[dict[str, object]]:
    known = habitats(module)
    rows: list[dict[str, object]] = []
    above = 0.0  # surplus of the bands above that flows down
    for band, rule in zip(_BANDS[module], _RULES[module], strict=True):
        groups: dict[str, float] = {}
        for name, change in changes.items():
            if known[name].band == band:
                group = known[name].traded_group if rule == "broad" else name
                groups[group] = groups.get(group, 0.0) + change
        surplus = sum(change for change in groups.values() if change > 0)
        loss = sum(change for change in groups.values() if change < 0)
        usable = 0.0 if rule == "same" else above
        if rule in ("band", "better"):
            balance = surplus + loss + usable
            above = max(0.0, balance)
        elif rule == "same":
            balance = loss
            above += surplus
        else:  # the band's own surplus elsewhere does not help, but flows down
            balance = loss + usable
            above = max(0.0, _left(module, balance, surplus))
        rows.append(
            {
                "module": module,
                "band": band,
                "rule_es": text(f"england.rule-{rule}", "es"),
                "rule_en": text(f"england.rule-{rule}", "en"),
                "loss": loss,
                "surplus": surplus,
                "from_above": usable,
                "cumulative": usable + loss + surplus,
                "shortfall": max(0.0, -balance) if balance < -TOLERANCE else 0.0,
                "met": balance >= -TOLERANCE,
                "short_in": _losers(groups.items()),
            }
        )
    return rows


def _left(module: str, balance: float, surplus: float) -> float:
    """What flows on: for area habitats net of the band's own losses, for hedgerows not."""
    return balance + surplus if module == "area" else max(0.0, balance) + surplus


def _losers(groups: Iterable[tuple[str, float]]) -> str:
    return "; ".join(sorted(group for group, change in groups if change < -TOLERANCE))
