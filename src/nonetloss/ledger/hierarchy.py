"""The balance of the mitigation hierarchy, with its distribution and the chance of no net loss.

Mathematical formulation
    For each asset a and component c (direct, induced), in one unit::

        residual[c, a] = before[c, a] - avoided[c, a] - minimized[c, a]
        residual[a]    = sum over c of residual[c, a]
        net[a]         = offset[a] - residual[a]
        holds[a]       = net[a] >= -tolerance
        P[a]           = share of draws in which holds[a]
        P[joint]       = share of draws in which holds[a] for every a in the same draw

In words
    An offset answers for an asset as a whole, not for one component of it, so component rows end at
    the residual. A surplus of one asset never covers a deficit of another. An asset without
    residual loss holds trivially. `before` is the loss of the reference alternative and `avoided`
    what the chosen one spares of it; where the chosen one loses more, `avoided` is negative: the
    impact was shifted, and a finding says so.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, notice, offenders, warning
from nonetloss.core.language import Text
from nonetloss.core.nomenclature import UNIT_LABELS
from nonetloss.ledger.balance_entries import account_word, post_balance
from nonetloss.ledger.statement import FLOWS, QUANTILES, TOTAL, Balance
from nonetloss.numerics.stats import Probability, probability

__all__ = ["Balance", "balance", "post_balance"]

# Share of `before` by which rounding of floats may take a residual below zero.
_ROUNDING = 1e-9
_BALANCE = Text.of("Balance")


def balance(
    before_likely: np.ndarray,
    *,
    before_draws: np.ndarray,
    avoided_likely: np.ndarray,
    avoided_draws: np.ndarray,
    minimized_likely: np.ndarray,
    minimized_draws: np.ndarray,
    offset_likely: np.ndarray,
    offset_draws: np.ndarray,
    assets: Sequence[str],
    components: Sequence[str] = ("direct", "induced"),
    unit: str = "quality_hectare",
    tolerance: float = 1e-6,
    confidence: float = 0.95,
    about: Text | None = None,
) -> Balance:
    """The balance per asset and component, its distribution and the chance of no net loss.

    Parameters
    ----------
    before_likely, avoided_likely, minimized_likely : (components, assets), in `unit`
    before_draws, avoided_draws, minimized_draws : (components, assets, draws)
    offset_likely : (assets,)
        Gain of the offset accepted for each asset; zeros where there is none.
    offset_draws : (assets, draws)
        The same draw index means the same state of the world in all arrays.
    assets, components : names
        No asset at all gives empty tables, and no net loss holds with probability 1.
    tolerance : float
        In `unit`: an asset holds if its net is not below minus this. The default is the resolution
        of the ledger.
    confidence : float
        Below this probability a balance that holds at the likely values is called uncertain.
    about : Text or None
        Begins all findings: which balance they tell of. None: "Balance".

    Raises
    ------
    InputError
        `hierarchy.shape`, `hierarchy.asset-twice`, `hierarchy.unknown` (NaN or infinite),
        `hierarchy.negative` (before or minimized, and offset at the likely values), or
        `hierarchy.too-much` where the residual would be negative.
    """
    names, parts = tuple(assets), tuple(components)
    likely = {"before": before_likely, "avoided": avoided_likely, "minimized": minimized_likely}
    draws = {"before": before_draws, "avoided": avoided_draws, "minimized": minimized_draws}
    likely = {flow: np.asarray(v, dtype=float) for flow, v in likely.items()}
    draws = {flow: np.asarray(v, dtype=float) for flow, v in draws.items()}
    likely["offset"] = np.asarray(offset_likely, dtype=float)
    draws["offset"] = np.asarray(offset_draws, dtype=float)
    _check(likely, draws, names, parts)
    likely["residual"] = _residual(likely, names, "likely")
    draws["residual"] = _residual(draws, names, "draws")
    totals = {flow: likely[flow].sum(axis=0) for flow in FLOWS[:4]}
    totals_draws = {flow: draws[flow].sum(axis=0) for flow in FLOWS[:4]}
    totals["offset"], totals_draws["offset"] = likely["offset"], draws["offset"]
    totals["net"] = totals["offset"] - totals["residual"]
    totals_draws["net"] = totals_draws["offset"] - totals_draws["residual"]
    kept = totals_draws["net"] >= -tolerance
    chances = [probability(row) for row in kept]
    joint = probability(kept.all(axis=0))
    no_net_loss = pd.DataFrame(
        {
            "asset": list(names),
            "holds": [bool(net >= -tolerance) for net in totals["net"]],
            "probability": [p.value for p in chances],
            "probability_low": [p.low for p in chances],
            "probability_high": [p.high for p in chances],
            "standard_error": [p.standard_error for p in chances],
            "draws": [p.draws for p in chances],
        }
    )
    return Balance(
        table=_table(likely, draws, totals, totals_draws, names, parts, unit),
        no_net_loss=no_net_loss,
        joint=joint,
        unit=unit,
        assets=names,
        components=parts,
        tolerance=tolerance,
        findings=_findings(
            totals, no_net_loss, joint, unit, tolerance, confidence, about or _BALANCE
        ),
    )


def _check(
    likely: dict[str, np.ndarray],
    draws: dict[str, np.ndarray],
    assets: tuple[str, ...],
    components: tuple[str, ...],
) -> None:
    for listed in (assets, (*components, TOTAL)):
        words = [account_word(name) for name in listed]
        twice = sorted({name for name in listed if words.count(account_word(name)) > 1})
        if twice:
            raise InputError.because("hierarchy.asset-twice", offenders(twice))
    count = draws["offset"].shape[-1] if draws["offset"].ndim else 0
    for flow in likely:
        shape: tuple[int, ...] = (len(assets),)
        if flow != "offset":
            shape = (len(components), *shape)
        expected = (*shape, max(count, 1))
        if likely[flow].shape != shape or draws[flow].shape != expected:
            raise InputError.because(
                "hierarchy.shape",
                flow,
                expected=f"{shape}, {expected}",
                found=f"{likely[flow].shape}, {draws[flow].shape}",
            )
        values = np.concatenate([likely[flow][..., None], draws[flow]], axis=-1)
        _refuse("hierarchy.unknown", flow, ~np.isfinite(values), assets)
        if flow in ("before", "minimized"):
            _refuse("hierarchy.negative", flow, values < 0, assets)
    _refuse("hierarchy.negative", "offset", likely["offset"][:, None] < 0, assets)


def _refuse(code: str, subject: str, wrong: np.ndarray, assets: tuple[str, ...]) -> None:
    """Raise if any value is wrong. `wrong` is (…, assets, draws)."""
    if wrong.any():
        by_asset = np.moveaxis(wrong, -2, 0).reshape(len(assets), -1)
        listed = offenders(name for name, bad in zip(assets, by_asset, strict=True) if bad.any())
        raise InputError.because(code, subject, assets=listed)


def _residual(flows: dict[str, np.ndarray], assets: tuple[str, ...], subject: str) -> np.ndarray:
    residual = flows["before"] - flows["avoided"] - flows["minimized"]
    slack = _ROUNDING * (np.abs(flows["before"]) + np.abs(flows["avoided"]))
    below = residual < -slack
    _refuse("hierarchy.too-much", subject, below if below.ndim == 3 else below[..., None], assets)
    return np.maximum(residual, 0.0)


def _table(
    likely: dict[str, np.ndarray],
    draws: dict[str, np.ndarray],
    totals: dict[str, np.ndarray],
    totals_draws: dict[str, np.ndarray],
    assets: tuple[str, ...],
    components: tuple[str, ...],
    unit: str,
) -> pd.DataFrame:
    rows = []
    for a, asset in enumerate(assets):
        for c, component in enumerate(components):
            row: dict[str, object] = {"asset": asset, "component": component, "unit": unit}
            for flow in FLOWS[:4]:
                row |= _spread(flow, likely[flow][c, a], draws[flow][c, a])
            rows.append(row)
        row = {"asset": asset, "component": TOTAL, "unit": unit}
        for flow in FLOWS:
            row |= _spread(flow, totals[flow][a], totals_draws[flow][a])
        rows.append(row)
    spread = [f"{flow}_{name}" for flow in FLOWS for name, _ in QUANTILES]
    table = pd.DataFrame(rows, columns=["asset", "component", "unit", *FLOWS, *spread])
    return table.astype(dict.fromkeys((*FLOWS, *spread), float))


def _spread(flow: str, likely: float, draws: np.ndarray) -> dict[str, float]:
    ends = np.quantile(draws, [q for _, q in QUANTILES])
    named = {f"{flow}_{name}": float(v) for (name, _), v in zip(QUANTILES, ends, strict=True)}
    return {flow: float(likely), **named}


def _findings(
    totals: dict[str, np.ndarray],
    no_net_loss: pd.DataFrame,
    joint: Probability,
    unit: str,
    tolerance: float,
    confidence: float,
    about: Text,
) -> tuple[Finding, ...]:
    found: list[Finding] = []
    shown_unit = UNIT_LABELS.get(unit, Text.of(unit))
    for a, row in enumerate(no_net_loss.to_dict("records")):
        asset = str(row["asset"])
        if totals["avoided"][a] < -tolerance:
            amount = f"{-totals['avoided'][a]:.2f}"
            found.append(
                warning("hierarchy.shifted", asset, about=about, amount=amount, unit=shown_unit)
            )
        if totals["residual"][a] <= tolerance:
            found.append(notice("hierarchy.no-residual", asset, about=about))
        if not row["holds"]:
            amount = f"{-totals['net'][a]:.2f}"
            found.append(
                warning("hierarchy.net-loss", asset, about=about, amount=amount, unit=shown_unit)
            )
        elif row["probability"] < confidence:
            percent = f"{100 * row['probability']:.1f}"
            found.append(warning("hierarchy.uncertain", asset, about=about, percent=percent))
    if joint.value < confidence:
        shown = {k: f"{100 * getattr(joint, k):.1f}" for k in ("low", "high")}
        percent = f"{100 * joint.value:.1f}"
        found.append(
            warning("hierarchy.joint-uncertain", "balance", about=about, percent=percent, **shown)
        )
    return tuple(found)
