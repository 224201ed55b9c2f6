"""The tables of a portfolio: parcels, needs, and which gain stands for which loss."""

import numpy as np
import pandas as pd

from nonetloss.landscape.ecosystems import Ecosystem
from nonetloss.offset.candidates import Candidates
from nonetloss.offset.requirement import TOLERANCE, Requirement


def parcel_table(candidates: Candidates, taken: np.ndarray, confidence: float) -> pd.DataFrame:
    """One row per parcel, also those left out."""
    parcels = candidates.parcels
    gain = candidates.gain_qha
    cost = np.array([p.cost_usd for p in parcels], dtype=np.float64)
    credited = np.where(candidates.eligible, confidence * np.maximum(gain, 0.0), 0.0)
    states = [
        "chosen" if t else "excluded" if r else "candidate"
        for t, r in zip(taken, candidates.reason, strict=True)
    ]
    return pd.DataFrame(
        {
            "parcel": [p.name for p in parcels],
            "title_es": [p.title.es for p in parcels],
            "title_en": [p.title.en for p in parcels],
            "ecosystem": [p.ecosystem for p in parcels],
            "action": [p.action for p in parcels],
            "area_ha": [p.area_ha for p in parcels],
            "distance_m": candidates.distance_m,
            "value_without": [p.value_without.likely for p in parcels],
            "value_with": [p.value_with.likely for p in parcels],
            "place_factor": candidates.place,
            "gain_qha": gain,
            "credited_qha": credited,
            "cost_usd": cost,
            "usd_per_qha": np.divide(
                cost, credited, out=np.full(cost.size, np.nan), where=credited > 0
            ),
            "status": states,
            "reason": list(candidates.reason),
        }
    )


def requirement_table(
    kinds: tuple[Ecosystem, ...],
    lost: np.ndarray,
    needed: np.ndarray,
    shortfall: np.ndarray,
    given: np.ndarray,
    wanted: np.ndarray,
    kept: np.ndarray,
) -> pd.DataFrame:
    """One row per asset."""
    credited = np.zeros(len(kinds))
    credited[wanted] = given.sum(axis=1)
    return pd.DataFrame(
        {
            "asset": [k.name for k in kinds],
            "residual_qha": lost,
            "needed_qha": needed,
            "credited_qha": credited,
            "shortfall_qha": shortfall,
            "offsettable": [k.offsettable for k in kinds],
            "probability": kept.mean(axis=1),
        }
    )


def allocation_table(
    problem: Requirement,
    given: np.ndarray,
    losses: tuple[Ecosystem, ...],
    candidates: Candidates,
) -> pd.DataFrame:
    """One row per accepted trade that is used."""
    names = sorted({p.ecosystem for p in candidates.parcels})
    rows = [
        {
            "loss": losses[e].name,
            "gain": names[g],
            "credited_qha": float(given[e, g]),
            "like_for_like": bool(problem.like[e, g]),
        }
        for e, g in zip(*np.nonzero(given > TOLERANCE), strict=True)
    ]
    return pd.DataFrame(rows, columns=["loss", "gain", "credited_qha", "like_for_like"])
