"""What each program makes of the same flows: deduction, buffer, net.

With BE, PE and LK the emissions of the baseline, the project and leakage, U the deduction for
uncertainty and r the buffer share:

- VM0048 with VMD0055: ER = (BE - PE - LK)·(1 - U), buffer = r·(BE - PE);
- VM0007: NER = BE - PE - LK, less what uncertainty exceeds 15 %, buffer = r·(BE - PE);
- VM0015: (BE - PE - LK), buffer = r·(BE - PE), nothing for uncertainty;
- TREES: gross = BE - PE; buffer, leakage and uncertainty are shares of gross.

The base of the buffer is the change of stock: PE without fire and fuel, without leakage. Net is
what is left. Deduction and buffer never take more than there is to credit after leakage: a year is
below zero only where more is emitted than without the project. None of it was confirmed in the
official texts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nonetloss.core.errors import InputError
from nonetloss.core.findings import offenders
from nonetloss.core.language import Text
from nonetloss.forest.credits.flows import Flow, Flows
from nonetloss.forest.credits.uncertainty import STRATEGIES, Deduction, Strategy, deduction
from nonetloss.rules.model import RulesInForce


@dataclass(frozen=True, slots=True)
class Program:
    """A way to account for credits; `ruleset` states its formula and whom it serves.

    `compares_only`: an earlier methodology, here to compare; no new project is credited under it.
    """

    name: str
    title: Text
    strategy: str
    ruleset: str
    jurisdictional: bool = False
    compares_only: bool = False


PROGRAMS = {
    p.name: p
    for p in (
        Program("vm0048", Text.of("VCS VM0048 + VMD0055"), "excess", "verra"),
        Program("vm0007", Text.of("VCS VM0007"), "vm0007", "verra", compares_only=True),
        Program("vm0015", Text.of("VCS VM0015"), "none", "verra", compares_only=True),
        Program(
            "trees",
            Text(es="ART TREES 2.0 (comparación)", en="ART TREES 2.0 (comparison)"),
            "trees",
            "art",
            jurisdictional=True,
        ),
    )
}


def read_strategies(
    given: Mapping[str, Any], *, layers: Iterable[str] = (), ecosystems: Iterable[str] = ()
) -> dict[str, str]:
    """Strategy of deduction by program, in place of the program's own.

    Raises
    ------
    InputError
        `credits.program-unknown`, `credits.strategy-unknown`.
    """
    require_known(given, PROGRAMS, code="credits.program-unknown", subject="uncertainty")
    require_known(
        [str(s) for s in given.values()],
        STRATEGIES,
        code="credits.strategy-unknown",
        subject="uncertainty",
    )
    return {str(program): str(strategy) for program, strategy in given.items()}


def require_known(names: Iterable[str], known: Iterable[str], *, code: str, subject: str) -> None:
    """Raise InputError `code`, with what there is, unless every name is known."""
    listed = list(known)
    strange = [n for n in names if n not in listed]
    if strange:
        raise InputError.because(
            code, subject, found=offenders(strange), known=offenders(listed, 20)
        )


@dataclass(frozen=True, slots=True)
class Account:
    """What a program makes of flows, per year.

    `leakage` by part. net = gross - project - Σ leakage - uncertainty - buffer, in every draw.
    `deductions` (one per year) tells the spread behind each year's uncertainty.
    """

    program: Program
    strategy: Strategy
    gross: Flow
    project: Flow
    leakage: Mapping[str, Flow]
    uncertainty: Flow
    buffer: Flow
    net: Flow
    deductions: tuple[Deduction, ...]


def account(
    program: Program,
    flows: Flows,
    *,
    standards: Mapping[str, RulesInForce],
    buffer_share: float,
    leakage_share: float = 0.0,
    strategy: str = "",
    whole_period: bool = False,
) -> Account:
    """The account of one program.

    Parameters
    ----------
    program : Program
    flows : Flows
    standards : mapping of name to RulesInForce
    buffer_share : float
        Of the change of stock, or of gross in a jurisdictional program.
    leakage_share : float
        Of gross, in a jurisdictional program; others take the leakage of the flows.
    strategy : str
        Another way to deduct uncertainty; "": that of the program.
    whole_period : bool
        Deduct by the spread of the sum of all years instead of year by year.

    Raises
    ------
    InputError
        `credits.standard-missing`.
    """
    rule = STRATEGIES[strategy or program.strategy]
    averted = flows.gross - flows.project
    if program.jurisdictional:
        leakage = {"outside": averted.positive().times(leakage_share, leakage_share)}
        uncertain = averted
        base = averted
    else:
        leakage = dict(flows.leakage)
        uncertain = averted - _sum(leakage, len(averted.likely))
        base = flows.gross - flows.project_stock
    deductions = _deductions(rule, uncertain, standards=standards, whole_period=whole_period)
    share = np.array([d.share for d in deductions])
    # Nothing is deducted, or put aside, where nothing is left to credit.
    left = averted - _sum(leakage, len(averted.likely))
    uncertainty = uncertain.positive().times(share, share[:, None]).at_most(left.positive())
    left = left - uncertainty
    buffer = base.positive().times(buffer_share, buffer_share).at_most(left.positive())
    net = left - buffer
    return Account(
        program,
        rule,
        flows.gross,
        flows.project,
        leakage,
        uncertainty,
        buffer,
        net,
        deductions,
    )


def _sum(parts: Mapping[str, Flow], years: int) -> Flow:
    total = Flow(np.zeros(years), np.zeros((years, 1)))
    for part in parts.values():
        total = total + part
    return total


def _deductions(
    rule: Strategy,
    reduction: Flow,
    *,
    standards: Mapping[str, RulesInForce],
    whole_period: bool,
) -> tuple[Deduction, ...]:
    if whole_period:
        total, draws = float(reduction.likely.sum()), reduction.draws.sum(axis=0)
        return (_deduction(rule, total, draws, standards=standards),) * len(reduction.likely)
    return tuple(
        _deduction(rule, float(likely), draws, standards=standards)
        for likely, draws in zip(reduction.likely, reduction.draws, strict=True)
    )


def _deduction(
    rule: Strategy, likely: float, draws: np.ndarray, *, standards: Mapping[str, RulesInForce]
) -> Deduction:
    """The deduction of a reduction; all of it where its draws, on the mean, reduce nothing."""
    found = deduction(rule, draws, standards=standards)
    if rule.kind != "none" and likely > 0 and not np.isfinite(found.half_width):
        return Deduction(1.0, found.half_width)
    return found
