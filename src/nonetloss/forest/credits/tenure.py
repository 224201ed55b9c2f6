"""The clock of a contract: how much longevity is left at each possible start.

A concession of forty years cannot carry a project of forty years that starts later, unless its
renewal is shown.
"""

from dataclasses import dataclass

import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.forest.credits.permanence_scores import longevity_points, minimum_longevity
from nonetloss.forest.credits.rule_use import worst_status
from nonetloss.rules.model import RulesInForce


@dataclass(frozen=True, slots=True)
class Contract:
    """When a concession begins, for how many years, and what renewal adds.

    `renewal_years` count only if `renewal_shown`.
    """

    start_year: int
    years: int
    renewal_years: int = 0
    renewal_shown: bool = False

    def left(self, year: float) -> float:
        """Years of the contract that remain at a date, without renewal.

        Never more than the contract has: nothing is held before it begins.
        """
        return min(max(0.0, self.start_year + self.years - year), float(self.years))

    def longevity(self, year: float) -> float:
        """Years that a project starting then can show, with the renewal if it is shown."""
        return self.renewed(year) if self.renewal_shown else self.left(year)

    def renewed(self, year: float) -> float:
        """Years that would remain with the renewal, which begins where the contract ends."""
        whole = float(self.years + self.renewal_years)
        return min(max(0.0, self.start_year + whole - year), whole)


def clock(
    contract: Contract,
    rules: RulesInForce,
    *,
    agreement: bool | None,
    project_start: int | None = None,
    registered_late: bool = True,
) -> pd.DataFrame:
    """One row per year of the contract: what starting then would score.

    Columns: year, contract_years_left, longevity_years, longevity_if_renewed_years (which nobody
    may count before the renewal is shown), minimum_years, score, outcome (pass | fail),
    project_start (whether it is that year), status (unverified where the score or the minimum is).

    Raises
    ------
    InputError
        `permanence.contract` if the contract has no years.
    """
    if contract.years < 1:
        raise InputError.because("permanence.contract", "contract_years", value=contract.years)
    minimum = minimum_longevity(rules, registered_late=registered_late)
    status = worst_status(
        str(rules.parameter(id).status)
        for id in ("nprt.longevity-minimum", "nprt.longevity-agreement-intercept")
    )
    rows = []
    for year in range(contract.start_year, contract.start_year + contract.years + 1):
        length = contract.longevity(year)
        rows.append(
            {
                "year": year,
                "contract_years_left": contract.left(year),
                "longevity_years": length,
                "longevity_if_renewed_years": contract.renewed(year),
                "minimum_years": minimum,
                "score": longevity_points(rules, length, agreement=agreement),
                "outcome": "pass" if length >= minimum else "fail",
                "project_start": year == project_start,
                "status": status,
            }
        )
    return pd.DataFrame(rows)
