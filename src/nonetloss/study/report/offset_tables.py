"""What the steps of compensation tell beyond the balance, as tables of a run folder.

Services and people, counterfactual, why each site, follow-up, accounts of a basin, route and
offset together. A table of a step that the study did not take is empty.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from nonetloss.study.report.folder import Folder

PORTFOLIO, GAINS, FOLLOWING = "offset.portfolio", "offset.counterfactual", "offset.monitoring"
CUMULATIVE, JOINT, SERVICES = "ledger.cumulative", "offset.joint", "offset.services"
EQUIVALENCE, SENSITIVITY = "offset.equivalence", "offset.sensitivity"


def _table() -> pd.DataFrame:
    return pd.DataFrame()


@dataclass(frozen=True, slots=True)
class OffsetTables:
    """Tables with the columns of their methods; `facts` are plain values of the joint plan."""

    sites: pd.DataFrame = field(default_factory=_table)
    shares: pd.DataFrame = field(default_factory=_table)
    services: pd.DataFrame = field(default_factory=_table)
    service_loss: pd.DataFrame = field(default_factory=_table)
    conflict: pd.DataFrame = field(default_factory=_table)
    near_optimal: pd.DataFrame = field(default_factory=_table)
    probabilities: pd.DataFrame = field(default_factory=_table)
    gains: pd.DataFrame = field(default_factory=_table)
    trajectories: pd.DataFrame = field(default_factory=_table)
    sensitivity: pd.DataFrame = field(default_factory=_table)
    plan_sensitivity: pd.DataFrame = field(default_factory=_table)
    planned: pd.DataFrame = field(default_factory=_table)
    progress: pd.DataFrame = field(default_factory=_table)
    outlook: pd.DataFrame = field(default_factory=_table)
    corrective: pd.DataFrame = field(default_factory=_table)
    reopening: pd.DataFrame = field(default_factory=_table)
    schedule: pd.DataFrame = field(default_factory=_table)
    budget: pd.DataFrame = field(default_factory=_table)
    accounts: pd.DataFrame = field(default_factory=_table)
    standing: pd.DataFrame = field(default_factory=_table)
    claims: pd.DataFrame = field(default_factory=_table)
    comparison: pd.DataFrame = field(default_factory=_table)
    bought: pd.DataFrame = field(default_factory=_table)
    traded: pd.DataFrame = field(default_factory=_table)
    facts: Mapping[str, Any] = field(default_factory=dict)


def read_offset_tables(folder: Folder) -> OffsetTables:
    """All of them from a run folder; of several steps of one method, the last."""
    joint = ("answer", "total_usd", "saving_usd", "bound_usd", "gap")
    return OffsetTables(
        sites=folder.part(PORTFOLIO, "table"),
        shares=folder.part(PORTFOLIO, "shares"),
        services=folder.part(PORTFOLIO, "services"),
        service_loss=folder.part(SERVICES, "table"),
        conflict=folder.part(PORTFOLIO, "conflict"),
        near_optimal=folder.part(PORTFOLIO, "near_optimal"),
        probabilities=folder.part(PORTFOLIO, "probabilities"),
        gains=folder.part(GAINS, "gains"),
        trajectories=folder.part(GAINS, "trajectories"),
        sensitivity=folder.part(GAINS, "sensitivity"),
        plan_sensitivity=folder.part(SENSITIVITY, "table"),
        planned=folder.part(FOLLOWING, "trajectory"),
        progress=folder.part(FOLLOWING, "progress"),
        outlook=folder.part(FOLLOWING, "outlook"),
        corrective=folder.part(FOLLOWING, "corrective"),
        reopening=folder.part(FOLLOWING, "reopening"),
        schedule=folder.part(FOLLOWING, "schedule"),
        budget=folder.part(FOLLOWING, "budget"),
        accounts=folder.part(CUMULATIVE, "accounts"),
        standing=folder.part(CUMULATIVE, "balance"),
        claims=folder.part(CUMULATIVE, "claims"),
        comparison=folder.part(JOINT, "comparison"),
        bought=folder.part(JOINT, "table"),
        traded=folder.part(EQUIVALENCE, "losses_table"),
        facts={key: folder.value(JOINT, key) for key in joint},
    )
