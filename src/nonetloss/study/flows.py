"""Join loss, minimization and offset into the flows of the hierarchy balance.

This is where domains that do not know each other meet: the reference alternative's loss, what the
proposed one spares of it, what its measures reduce, and what its parcels gain.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from nonetloss.core.errors import StudyError
from nonetloss.core.findings import offenders
from nonetloss.landscape.loss import Loss


@dataclass(frozen=True, slots=True)
class Flows:
    """Arrays for `ledger.hierarchy`: likely (components, assets), draws with draws last.

    `offset_likely` is (assets,), `offset_draws` (assets, draws).
    """

    before_likely: np.ndarray
    before_draws: np.ndarray
    avoided_likely: np.ndarray
    avoided_draws: np.ndarray
    minimized_likely: np.ndarray
    minimized_draws: np.ndarray
    offset_likely: np.ndarray
    offset_draws: np.ndarray
    assets: tuple[str, ...]
    components: tuple[str, ...]


NAMES = tuple(field.name for field in fields(Flows))


def flows(
    loss: Loss, *, reference: str, chosen: str, plan: Any | None, portfolio: Any | None
) -> Flows:
    """Flows of one decision.

    Parameters
    ----------
    loss : Loss
        Of at least the reference and the chosen alternative.
    reference, chosen : names
    plan : MinimizationPlan or None
        None: nothing is minimized.
    portfolio : Portfolio or None
        None: nothing is offset.

    Raises
    ------
    StudyError
        `study.decision-unknown` if the loss of an alternative was not computed, or
        `study.decision-of-another` if plan or measures are for another alternative.
    """
    for key, name in (("reference", reference), ("chosen", chosen)):
        if name not in loss.alternatives:
            raise StudyError.because(
                "study.decision-unknown",
                f"decision.{key}",
                name=name,
                known=offenders(loss.alternatives, 20),
            )
    before, before_draws = loss.of(reference)
    after, after_draws = loss.of(chosen)
    minimized, minimized_draws = np.zeros_like(after), np.zeros_like(after_draws)
    if plan is not None:
        if plan.alternative != chosen:
            raise StudyError.because(
                "study.decision-of-another", "measures", found=plan.alternative, chosen=chosen
            )
        rows = _places(plan.components, loss.components)
        columns = _places(plan.assets, loss.assets)
        minimized[np.ix_(rows, columns)] = plan.minimized_likely
        minimized_draws[np.ix_(rows, columns)] = plan.minimized_draws
    gain, gain_draws = np.zeros(after.shape[1]), np.zeros(after_draws.shape[1:])
    if portfolio is not None:
        columns = _places(portfolio.assets, loss.assets)
        gain[columns] = portfolio.offset_likely
        gain_draws[columns] = portfolio.offset_draws
    return Flows(
        before_likely=before,
        before_draws=before_draws,
        avoided_likely=before - after,
        avoided_draws=before_draws - after_draws,
        minimized_likely=minimized,
        minimized_draws=minimized_draws,
        offset_likely=gain,
        offset_draws=gain_draws,
        assets=loss.assets,
        components=loss.components,
    )


def _places(names: Sequence[str], order: Sequence[str]) -> list[int]:
    return [list(order).index(name) for name in names]
