"""From gross to net as tables: one row per step, per vintage, per standard."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from nonetloss.core.language import Text
from nonetloss.forest.credits.flows import Flow
from nonetloss.forest.credits.programs import Account
from nonetloss.forest.credits.rule_use import Used, row
from nonetloss.forest.stock.result import HIGH, LOW
from nonetloss.ledger.credits.method import whole_units
from nonetloss.rules.model import RuleParameter

STEPS = {
    "gross": Text(es="Línea base", en="Baseline"),
    "project": Text(es="Emisiones con el proyecto", en="Emissions with the project"),
    "leakage-belt": Text(es="Fuga en el cinturón", en="Leakage in the belt"),
    "leakage-outside": Text(es="Fuga fuera del cinturón", en="Leakage beyond the belt"),
    "leakage-market": Text(es="Fuga por el mercado", en="Leakage through markets"),
    "uncertainty": Text(es="Deducción por incertidumbre", en="Deduction for uncertainty"),
    "buffer": Text(es="Reserva de no permanencia", en="Non-permanence buffer"),
    "net": Text(es="Créditos netos", en="Net credits"),
}
_NOTHING = {
    "parameter": "",
    "value": float("nan"),
    "source": "",
    "source_es": "",
    "source_en": "",
    "status": "",
}


def waterfall(accounts: Sequence[Account], rests: Mapping[tuple[str, str], Used]) -> pd.DataFrame:
    """One row per standard and step, summed over the years.

    `rests` gives the value that a step rests on, by (program, step).
    """
    rows = []
    for account in accounts:
        for order, (step, flow) in enumerate(_steps(account)):
            used = rests.get((account.program.name, step))
            rows.append(
                {
                    "standard": account.program.name,
                    "standard_title_es": account.program.title.es,
                    "standard_title_en": account.program.title.en,
                    "step": step,
                    "title_es": STEPS[step].es,
                    "title_en": STEPS[step].en,
                    "order": order,
                    "tco2e": float(flow.likely.sum()),
                    **_ends(flow.draws.sum(axis=0)),
                    **(_NOTHING if used is None else row(used)),
                }
            )
    return pd.DataFrame(rows)


def vintages(
    accounts: Iterable[Account], years: Sequence[int], observed: np.ndarray
) -> pd.DataFrame:
    """One row per standard and year."""
    rows: list[dict[str, Any]] = []
    for account in accounts:
        leakage = leakage_of(account)
        whole = whole_credits(account.net.likely, account.buffer.likely)
        for y, year in enumerate(years):
            low, high = np.quantile(account.net.draws[y], (LOW, HIGH))
            rows.append(
                {
                    "standard": account.program.name,
                    "year": year,
                    "gross_tco2e": float(account.gross.likely[y]),
                    "project_tco2e": float(account.project.likely[y]),
                    "leakage_tco2e": float(leakage[y]),
                    "uncertainty_tco2e": float(account.uncertainty.likely[y]),
                    "buffer_tco2e": float(account.buffer.likely[y]),
                    "net_tco2e": float(account.net.likely[y]),
                    "net_low": float(low),
                    "net_high": float(high),
                    "credits": whole[y],
                    "basis": "observed" if observed[y] else "assumed",
                }
            )
    return pd.DataFrame(rows)


def whole_credits(net: np.ndarray, buffer: np.ndarray) -> list[int]:
    """Whole tonnes to issue by year, from net and buffer (years,) in their order.

    What a year emitted too much is taken off the years after it until it is made good. The buffer
    is cut up to whole units and the sum cut down, as in the accounts.
    """
    made = []
    debt = 0.0
    for traded, kept in zip(net.tolist(), buffer.tolist(), strict=True):
        left = traded + debt
        debt = min(0.0, left)
        made.append(whole_units(left, kept)[0] if left > 0 else 0)
    return made


def comparison(
    accounts: Iterable[Account],
    buffers: Mapping[str, float],
    permanence: Mapping[str, str],
    eligible: Mapping[str, str],
    standing: Mapping[str, RuleParameter],
    status: Mapping[str, str],
) -> pd.DataFrame:
    """One row per standard: sums, shares, and whether the project may be credited under it.

    `standing` by program says whom it serves; `status` is the worst of what it rests on.
    """
    rows = []
    for account in accounts:
        name = account.program.name
        gross = float(account.gross.likely.sum())
        net = float(account.net.likely.sum())
        low, high = np.quantile(account.net.draws.sum(axis=0), (LOW, HIGH))
        taken = float(account.uncertainty.likely.sum())
        # What the deduction is taken off: in a jurisdiction, before leakage.
        left = net + taken + float(account.buffer.likely.sum())
        if account.program.jurisdictional:
            left += float(leakage_of(account).sum())
        rows.append(
            {
                "standard": name,
                "title_es": account.program.title.es,
                "title_en": account.program.title.en,
                "gross_tco2e": gross,
                "project_tco2e": float(account.project.likely.sum()),
                "leakage_tco2e": float(leakage_of(account).sum()),
                "uncertainty_tco2e": taken,
                "buffer_tco2e": float(account.buffer.likely.sum()),
                "net_tco2e": net,
                "net_low": float(low),
                "net_high": float(high),
                "uncertainty_share": taken / left if left > 0 else float("nan"),
                "buffer_share": buffers[name],
                "kept_share": net / gross if gross > 0 else float("nan"),
                "permanence": permanence[name],
                "eligible": eligible[name],
                "standing_es": standing[name].value.es,
                "standing_en": standing[name].value.en,
                "standing_status": str(standing[name].status),
                "status": status[name],
            }
        )
    return pd.DataFrame(rows)


def leakage_of(account: Account) -> np.ndarray:
    """All leakage of an account per year."""
    total = np.zeros(len(account.net.likely))
    for flow in account.leakage.values():
        total = total + flow.likely
    return total


def _steps(account: Account) -> list[tuple[str, Flow]]:
    steps = [("gross", account.gross), ("project", account.project.times(-1.0, -1.0))]
    steps += [(f"leakage-{part}", flow.times(-1.0, -1.0)) for part, flow in account.leakage.items()]
    steps += [("uncertainty", account.uncertainty.times(-1.0, -1.0))]
    steps += [("buffer", account.buffer.times(-1.0, -1.0)), ("net", account.net)]
    return steps


def _ends(draws: np.ndarray) -> dict[str, float]:
    low, high = np.quantile(draws, (LOW, HIGH))
    return {"low": float(low), "high": float(high)}
