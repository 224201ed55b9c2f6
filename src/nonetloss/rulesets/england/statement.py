"""The statement of a site: units before and after, net gain, trading rules, credits."""

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from nonetloss.core.errors import RulesError
from nonetloss.core.findings import Finding, error, offenders, warning
from nonetloss.rules.model import RulesInForce
from nonetloss.rulesets.england.credits import (
    TIERS,
    credit_price_gbp,
    credits_needed,
    in_force,
)
from nonetloss.rulesets.england.metric import factors
from nonetloss.rulesets.england.tables import MODULES, habitats
from nonetloss.rulesets.england.trading import TOLERANCE, trading_rules

AREA_TOLERANCE_HA = 0.01
"""Hectares by which the land after the work may exceed that surveyed: rounding of many parcels."""

_NOT_GROUND = (
    "Individual trees",
    "Intertidal hard structures",
    "Urban - Facade-bound green wall",
    "Urban - Ground based green wall",
)
"""Area habitats that stand above other habitats, and so do not count as land."""

SIZE_TOLERANCE = 1e-6
"""Hectares or kilometers by which sums of sizes may differ: a hundredth of a square meter."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What the metric says of a site and of its compensation elsewhere.

    `totals` per module, `changes` per habitat, `rules` as `trading.trading_rules`, `credits` per
    module that is short. `met` says that all targets and all trading rules are met, that no
    irreplaceable habitat is lost, and that there is no more land after the work than before.
    """

    totals: pd.DataFrame
    changes: pd.DataFrame
    rules: pd.DataFrame
    credits: pd.DataFrame
    findings: tuple[Finding, ...]

    @property
    def met(self) -> bool:
        """Whether every net gain is reached, every rule met, nothing irreplaceable lost, no land
        out of nothing."""
        barred = {"england.irreplaceable-loss", "england.land-grows"}
        told = any(finding.code in barred for finding in self.findings)
        return bool(self.totals["met"].all() and self.rules["met"].all()) and not told


def statement(
    table: pd.DataFrame,
    *,
    rules: RulesInForce | None = None,
    target: float | None = None,
    area_tier: str | None = None,
) -> Statement:
    """Balance of a table of parcels.

    Parameters
    ----------
    table : DataFrame
        As `metric.units` takes it. Every parcel that was surveyed stands as `baseline`, with all of
        its size; what is kept of it stands again as `retained` or `enhanced`.
    rules : RulesInForce, optional
        The rule set on the day of the decision. Default: on the day on which it was last reviewed.
    target : float, optional
        Net gain asked, as a share of the baseline on the site. Default: the rule set's (0.10).
    area_tier : str, optional
        Tier of the area credits (a1 to a5). None: the cost is given from the cheapest tier to the
        dearest, since the tier of a habitat is not confirmed.

    Returns
    -------
    Statement
        `totals`: module, unit, baseline, retained, created, enhanced, lost, net (units; on the
        site), off_site (net change elsewhere, with the spatial risk), total, net_percent (of the
        baseline on the site; NaN without one), required, shortfall, met.
        `changes`: module, habitat, band, before, after, change.
        `credits`: module, units_short, credits, low_gbp, high_gbp. NaN where no credits are sold.

    Raises
    ------
    RulesError
        As `metric.units`; `england.more-than-surveyed` where more is retained and enhanced of a
        habitat than was surveyed; `england.target` for a target that is negative or no number;
        `england.credit-tier` for another tier.

    Notes
    -----
    Off the site, what was there before bears the spatial risk too, so that a parcel left as it is
    changes nothing. Units short are the larger of the sum of the trading shortfalls and the
    shortfall of the net gain; the workbook splits them by tier, which is not done here. Units of
    irreplaceable habitat stay in the totals; its loss is a finding, and the statement is not met.
    """
    share = in_force(rules).value("net-gain.target", unit="") if target is None else target
    if not (math.isfinite(share) and share >= 0):
        raise RulesError.because("england.target", "target", value=share)
    if area_tier is not None and area_tier not in TIERS[:5]:
        raise RulesError.because("england.credit-tier", area_tier, known=offenders(TIERS[:5], 9))
    counted = factors(table)
    _check_surveyed(counted)
    after = counted["stage"].isin(["created", "enhanced"])
    counted["counted"] = counted["units"].where(after, counted["units"] * counted["spatial_factor"])
    changes = _changes(counted)
    traded = trading_rules(changes)
    present = [m for m in MODULES if m in set(counted["module"])]
    totals = pd.DataFrame([_totals(counted, module, share) for module in present], columns=_TOTALS)
    very_high = traded[(traded["band"] == "V.High") & ~traded["met"]]
    findings = tuple(
        warning("england.very-high-loss", module, habitats=short)
        for module, short in zip(very_high["module"], very_high["short_in"], strict=True)
    )
    unkept = _surveyed_and_kept(counted[counted["irreplaceable"].astype(bool)])
    findings += tuple(
        warning("england.irreplaceable-loss", habitat, size=f"{sizes[0] - sizes[1]:.6g}")
        for (_, _, habitat), sizes in unkept.items()
        if sizes[0] - sizes[1] > SIZE_TOLERANCE
    )
    findings += _land_grows(counted)
    credits = _credits(totals, traded, rules=rules, area_tier=area_tier)
    return Statement(totals, changes, traded, credits, findings)


def _land_grows(counted: pd.DataFrame) -> tuple[Finding, ...]:
    """A warning for the site, and for the land elsewhere, with more land after than before."""
    habitat = counted["habitat"].astype(str)
    land = counted[(counted["module"] == "area") & ~habitat.str.startswith(_NOT_GROUND)]
    found = []
    for location, rows in land.groupby("location", sort=True):
        surveyed = rows["stage"] == "baseline"
        before, after = math.fsum(rows["size"][surveyed]), math.fsum(rows["size"][~surveyed])
        if after - before > AREA_TOLERANCE_HA:
            sizes = {"before": f"{before:.6g}", "after": f"{after:.6g}"}
            found.append(warning("england.land-grows", str(location), **sizes))
    return tuple(found)


def _surveyed_and_kept(counted: pd.DataFrame) -> dict[tuple[str, str, str], tuple[float, float]]:
    """Sizes surveyed, and retained or enhanced, by module, location and surveyed habitat."""
    sizes: dict[tuple[str, str, str], tuple[float, float]] = {}
    records: list[dict[Any, Any]] = counted[counted["stage"] != "created"].to_dict("records")
    for row in records:
        enhanced = row["stage"] == "enhanced"
        key = row["module"], row["location"], row["from_habitat" if enhanced else "habitat"]
        surveyed, kept = sizes.get(key, (0.0, 0.0))
        if row["stage"] == "baseline":
            sizes[key] = surveyed + row["size"], kept
        else:
            sizes[key] = surveyed, kept + row["from_size" if enhanced else "size"]
    return sizes


def _check_surveyed(counted: pd.DataFrame) -> None:
    found = [
        error(
            "england.more-than-surveyed",
            habitat,
            module=module,
            location=location,
            kept=f"{kept:.6g}",
            surveyed=f"{surveyed:.6g}",
        )
        for (module, location, habitat), (surveyed, kept) in _surveyed_and_kept(counted).items()
        if kept - surveyed > SIZE_TOLERANCE
    ]
    if found:
        raise RulesError(*found)


def _changes(counted: pd.DataFrame) -> pd.DataFrame:
    """Units before and after per habitat, under the name by which it is traded."""
    known = {module: habitats(module) for module in MODULES}
    traded = [
        known[module][name].traded_as
        for module, name in zip(counted["module"], counted["habitat"], strict=True)
    ]
    before = counted["stage"] == "baseline"
    frame = pd.DataFrame(
        {
            "module": counted["module"].to_numpy(),
            "habitat": traded,
            "before": counted["counted"].where(before, 0.0).to_numpy(),
            "after": counted["counted"].where(~before, 0.0).to_numpy(),
        }
    )
    sums = frame.groupby(["module", "habitat"], sort=True, as_index=False).sum()
    sums.insert(
        2,
        "band",
        [known[m][h].band for m, h in zip(sums["module"], sums["habitat"], strict=True)],
    )
    return sums.assign(change=sums["after"] - sums["before"])


_TOTALS = [
    "module",
    "unit",
    "baseline",
    "retained",
    "created",
    "enhanced",
    "lost",
    "net",
    "off_site",
    "total",
    "net_percent",
    "required",
    "shortfall",
    "met",
]


def _totals(counted: pd.DataFrame, module: str, share: float) -> dict[str, object]:
    rows = counted[counted["module"] == module]
    here, there = rows[rows["location"] == "on-site"], rows[rows["location"] == "off-site"]
    of = {stage: _sum(here, stage) for stage in ("baseline", "retained", "created", "enhanced")}
    kept = of["retained"] + math.fsum(here.loc[here["stage"] == "enhanced", "from_units"])
    net = of["retained"] + of["created"] + of["enhanced"] - of["baseline"]
    after = math.fsum(there.loc[there["stage"] != "baseline", "counted"])
    off_site = after - math.fsum(there.loc[there["stage"] == "baseline", "counted"])
    required = share * of["baseline"]
    short = required - (net + off_site)
    return {
        "module": module,
        "unit": "ha" if module == "area" else "km",
        **of,
        "lost": of["baseline"] - kept,
        "net": net,
        "off_site": off_site,
        "total": net + off_site,
        "net_percent": 100 * (net + off_site) / of["baseline"] if of["baseline"] else math.nan,
        "required": required,
        "shortfall": short if short > TOLERANCE else 0.0,
        "met": short <= TOLERANCE,
    }


def _sum(rows: pd.DataFrame, stage: str) -> float:
    return math.fsum(rows.loc[rows["stage"] == stage, "units"])


def _credits(
    totals: pd.DataFrame,
    traded: pd.DataFrame,
    *,
    rules: RulesInForce | None,
    area_tier: str | None,
) -> pd.DataFrame:
    columns = ["module", "units_short", "credits", "low_gbp", "high_gbp"]
    found = []
    for module, target_short in zip(totals["module"], totals["shortfall"], strict=True):
        of_module = traded[traded["module"] == module]
        short = max(math.fsum(of_module["shortfall"]), target_short)
        if short <= TOLERANCE:
            continue
        sold = bool(of_module.loc[of_module["band"] == "V.High", "met"].all())
        needed = credits_needed(short, rules=rules)
        tiers = (TIERS[0], TIERS[4]) if module == "area" else (module, module)
        if module == "area" and area_tier is not None:
            tiers = (area_tier, area_tier)
        costs = [
            needed * credit_price_gbp(tier, rules=rules) if sold else math.nan for tier in tiers
        ]
        found.append((module, short, needed if sold else math.nan, *costs))
    return pd.DataFrame(found, columns=columns)
