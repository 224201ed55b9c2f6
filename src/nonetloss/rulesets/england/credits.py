"""Statutory biodiversity credits: the last resort where units are short."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from nonetloss.core.errors import RulesError
from nonetloss.core.findings import Finding, error, offenders
from nonetloss.rules.model import RulesInForce
from nonetloss.rules.reading import ruleset

TIERS = ("a1", "a2", "a3", "a4", "a5", "hedgerow", "watercourse")


@dataclass(frozen=True, slots=True)
class CreditCost:
    """Cost of credits by tier and in all, in pounds sterling without VAT."""

    by_tier_gbp: Mapping[str, float]
    total_gbp: float


def credit_cost(credits: Mapping[str, float], *, rules: RulesInForce | None = None) -> CreditCost:
    """What credits cost.

    Parameters
    ----------
    credits : mapping
        Number of credits by tier: a1 to a5 (area habitats), hedgerow, watercourse. Credits, not
        units: `credits_needed` turns one into the other.
    rules : RulesInForce, optional
        The rule set on the day of the prices. Default: on the day on which it was last reviewed.

    Raises
    ------
    RulesError
        `england.credit-tier` for another tier, `england.credits-number` for a number that is
        negative or none.
    """
    found: list[Finding] = []
    for tier, number in credits.items():
        if tier not in TIERS:
            found.append(error("england.credit-tier", tier, known=offenders(TIERS, 9)))
        if not (math.isfinite(number) and number >= 0):
            found.append(error("england.credits-number", tier, value=str(number)))
    if found:
        raise RulesError(*found)
    costs = {tier: number * credit_price_gbp(tier, rules=rules) for tier, number in credits.items()}
    return CreditCost(costs, math.fsum(costs.values()))


def credits_needed(units: float, *, rules: RulesInForce | None = None) -> float:
    """Credits for units that are short: two for each, whatever the place (spatial risk)."""
    return units * in_force(rules).value("credits.spatial-risk", unit="")


def credit_price_gbp(tier: str, *, rules: RulesInForce | None = None) -> float:
    """Price of one credit of a tier, in pounds sterling without VAT."""
    return in_force(rules).value(f"credits.price-{tier}", unit="gbp")


def in_force(rules: RulesInForce | None) -> RulesInForce:
    """The rules given, or the rule set on the day on which it was last reviewed."""
    england = ruleset("england")
    return rules or england.on(england.reviewed)
