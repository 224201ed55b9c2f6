"""Credits per vintage under several standards, from one baseline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.findings import Finding, notice, offenders, warning
from nonetloss.core.language import Text
from nonetloss.forest.credits import trees, waterfall
from nonetloss.forest.credits.credits_method import METHOD
from nonetloss.forest.credits.flows import Flows, flows
from nonetloss.forest.credits.programs import (
    PROGRAMS,
    Account,
    Program,
    account,
    read_strategies,
    require_known,
)
from nonetloss.forest.credits.reading import (
    LEAKAGE_PARTS,
    read_effectiveness,
    read_leakage,
    read_observed,
    read_other_emissions,
)
from nonetloss.forest.credits.result import Baseline, CreditPlan, Permanence
from nonetloss.forest.credits.rule_use import (
    Used,
    of_study,
    row,
    standard,
    table_of,
    told,
    unverified,
    worst_status,
)
from nonetloss.forest.credits.uncertainty import STRATEGIES, deduction, parameters_of, titled
from nonetloss.rules.model import RuleParameter, RulesInForce

__all__ = ["METHOD", "credits"]

_BUFFER = Text(es="Parte para la reserva", en="Share for the buffer")
_EFFECTIVENESS = Text(
    es="Parte de la pérdida de la línea base que se evita",
    en="Share of the baseline loss that is averted",
)
_OTHER = Text(
    es="Emisiones con el proyecto que no son cambio de existencias (tCO2e/año)",
    en="Emissions with the project that are no change of stock (tCO2e/year)",
)
# Fewer draws say little of the ends of a 90 % interval.
_FEWEST_DRAWS = 100
_LEAKAGE = {
    "belt": Text(es="Fuga al cinturón", en="Leakage to the belt"),
    "outside": Text(es="Fuga fuera del cinturón", en="Leakage beyond the belt"),
    "market": Text(es="Fuga por el mercado", en="Leakage through markets"),
}


def credits(
    baseline: Baseline,
    *,
    standards: Mapping[str, RulesInForce],
    rng: np.random.Generator,
    observed: pd.DataFrame | None = None,
    permanence: Permanence | None = None,
    under: Sequence[str] = tuple(PROGRAMS),
    effectiveness: Mapping[str, Any] | None = None,
    leakage: Mapping[str, Any] | None = None,
    other_emissions: Mapping[str, Any] | None = None,
    buffer_share: float | None = None,
    uncertainty: Mapping[str, str] | None = None,
    uncertainty_over: str = "vintage",
    national_share: float | None = None,
    reversal_mitigations: Sequence[str] = (),
) -> CreditPlan:
    """Credits per year under each standard.

    Parameters
    ----------
    baseline : Baseline
    standards : mapping of name to RulesInForce
        `verra`; `art` for TREES.
    rng : numpy.random.Generator
    observed : DataFrame, optional
        Losses seen: zone, year, hectares; optionally stratum, hectares_low, hectares_high.
    permanence : Permanence, optional
        Gives the buffer of the VCS programs.
    under : sequence of str
        Names of `programs.PROGRAMS`.
    effectiveness : mapping, optional
        Needed unless every year was observed.
    leakage, other_emissions : mapping, optional
        See `reading`.
    buffer_share : float, optional
        Takes the place of `permanence`.
    uncertainty : mapping, optional
        Another strategy of `uncertainty.STRATEGIES` for a program.
    uncertainty_over : "vintage" or "period"
        Whether each year is deducted by its own spread, or all by that of their sum.
    national_share : float, optional
        Share of national forest accounted for, for TREES.
    reversal_mitigations : sequence of str
        Of `trees.MITIGATIONS`.

    Returns
    -------
    CreditPlan
        A year may be negative: then more was emitted than without the project, and nothing can be
        issued until it is made good.

    Raises
    ------
    InputError
        `credits.program-unknown`, `credits.buffer-needed`, `credits.strategy-unknown`,
        `credits.mitigation-unknown`, `credits.standard-missing`, and those of `reading` and
        `flows`.
    """
    require_known(list(under) or ["–"], PROGRAMS, code="credits.program-unknown", subject="under")
    require_known(
        reversal_mitigations,
        trees.MITIGATIONS,
        code="credits.mitigation-unknown",
        subject="reversal_mitigations",
    )
    chosen = read_strategies(uncertainty or {})
    seen = None
    if observed is not None:
        seen = read_observed(
            observed, zones=baseline.zones, strata=baseline.strata, years=baseline.years
        )
    averts = None if effectiveness is None else read_effectiveness(effectiveness)
    leaks = read_leakage(leakage or {})
    beside = None if other_emissions is None else read_other_emissions(other_emissions)
    moved = flows(
        baseline,
        observed=seen,
        effectiveness=averts,
        leakage=leaks,
        other_emissions=beside,
        rng=rng,
    )
    made = _Made([], {}, [], {})
    for name in dict.fromkeys(under):
        program = PROGRAMS[name]
        if program.jurisdictional:
            given = trees.shares(
                standards, mitigations=reversal_mitigations, national_share=national_share
            )
            share, leakage_share, rules = _rest_on_trees(name, given, made)
        else:
            share, leakage_share, rules = _rest_on_vcs(name, permanence, buffer_share, leaks, made)
        done = account(
            program,
            moved,
            standards=standards,
            buffer_share=share,
            leakage_share=leakage_share,
            strategy=chosen.get(name, ""),
            whole_period=uncertainty_over == "period",
        )
        made.accounts.append(done)
        made.buffers[name] = share
        if beside is not None:
            rules.append(of_study("other_emissions", _OTHER, beside.likely, beside.source))
        _rest(done, averts, rules, standards, made)
    found = [*moved.findings, *_doubts(made, permanence, national_share, baseline, standards)]
    return _plan(baseline, made, moved, permanence, standards, found)


@dataclass(frozen=True, slots=True)
class _Made:
    """Accounts so far, what each step rests on, all rules by program, and buffer shares."""

    accounts: list[Account]
    rests: dict[tuple[str, str], Used]
    listed: list[tuple[str, Used]]
    buffers: dict[str, float]


def _rest_on_trees(
    name: str, given: trees.TreesShares, made: _Made
) -> tuple[float, float, list[Used]]:
    by_name = {u.parameter: u for u in given.used}
    made.rests[name, "buffer"] = replace(by_name["trees.buffer"], value=given.buffer)
    made.rests[name, "leakage-outside"] = replace(
        by_name["trees.leakage-shares"], value=given.leakage
    )
    return given.buffer, given.leakage, list(given.used)


def _rest_on_vcs(
    name: str,
    permanence: Permanence | None,
    buffer_share: float | None,
    leaks: Mapping[str, Estimate],
    made: _Made,
) -> tuple[float, float, list[Used]]:
    share, rested = _vcs_buffer(permanence, buffer_share)
    made.rests[name, "buffer"] = rested
    rules = [rested]
    for part in LEAKAGE_PARTS:
        leak = leaks.get(part, Estimate.exact(0.0))
        told_leak = of_study(f"leakage.{part}", _LEAKAGE[part], leak.likely, leak.source)
        made.rests[name, f"leakage-{part}"] = told_leak
        rules.append(told_leak)
    return share, 0.0, rules


def _rest(
    done: Account,
    averts: Estimate | None,
    rules: list[Used],
    standards: Mapping[str, RulesInForce],
    made: _Made,
) -> None:
    """Note what project and uncertainty of an account rest on, and all its rules."""
    name = done.program.name
    deducts = parameters_of(done.strategy, standards=standards)
    said = _standing(done.program, standards)
    rules += [_formula(done.program, standards), told(said, done.program.ruleset), *deducts]
    if deducts:
        made.rests[name, "uncertainty"] = deducts[0]
    if averts is not None:
        rested = of_study("effectiveness", _EFFECTIVENESS, averts.likely, averts.source)
        made.rests[name, "project"] = rested
        rules.append(rested)
    made.listed.extend((name, rule) for rule in rules)


def _plan(
    base: Baseline,
    made: _Made,
    moved: Flows,
    permanence: Permanence | None,
    standards: Mapping[str, RulesInForce],
    found: list[Finding],
) -> CreditPlan:
    accounts = made.accounts
    return CreditPlan(
        standards=tuple(a.program.name for a in accounts),
        years=base.years,
        gross=np.array([a.gross.likely for a in accounts]),
        project=np.array([a.project.likely for a in accounts]),
        leakage=np.array([waterfall.leakage_of(a) for a in accounts]),
        uncertainty=np.array([a.uncertainty.likely for a in accounts]),
        buffer=np.array([a.buffer.likely for a in accounts]),
        net=np.array([a.net.likely for a in accounts]),
        net_draws=np.array([a.net.draws for a in accounts]),
        buffer_draws=np.array([a.buffer.draws for a in accounts]),
        waterfall=waterfall.waterfall(accounts, made.rests),
        vintages=waterfall.vintages(accounts, base.years, moved.observed),
        parameters=pd.concat(
            [table_of([used], standard=name) for name, used in made.listed], ignore_index=True
        ),
        comparison=waterfall.comparison(
            accounts,
            made.buffers,
            {a.program.name: _passes(a.program, permanence) for a in accounts},
            {a.program.name: _eligible(a.program, permanence) for a in accounts},
            {a.program.name: _standing(a.program, standards) for a in accounts},
            {
                a.program.name: worst_status(
                    u.status for n, u in made.listed if n == a.program.name
                )
                for a in accounts
            },
        ),
        strategies=_strategies(moved, standards),
        findings=tuple(found),
    )


def _strategies(moved: Flows, standards: Mapping[str, RulesInForce]) -> pd.DataFrame:
    """What each strategy would take off the reductions of the whole period."""
    reduction = moved.gross - moved.project
    for part in moved.leakage.values():
        reduction = reduction - part
    total, draws = float(reduction.likely.sum()), reduction.draws.sum(axis=0)
    rows = []
    for strategy in STRATEGIES.values():
        if strategy.ruleset and strategy.ruleset not in standards:
            continue
        taken = deduction(strategy, draws, standards=standards)
        rules = parameters_of(strategy, standards=standards)
        told_row = row(rules[0]) if rules else {}
        rows.append(
            {
                "strategy": strategy.name,
                **titled(strategy, rules),
                "half_width": taken.half_width,
                "share": taken.share,
                "tco2e": max(0.0, total) * taken.share,
                **{k: told_row.get(k, "") for k in ("source", "source_es", "source_en", "status")},
            }
        )
    return pd.DataFrame(rows)


def _vcs_buffer(permanence: Permanence | None, given: float | None) -> tuple[float, Used]:
    if given is not None:
        return given, of_study("buffer_share", _BUFFER, given)
    if permanence is None or not np.isfinite(permanence.buffer_share):
        raise InputError.because(
            "credits.buffer-needed", "buffer_share", missing=offenders(_missing(permanence), 20)
        )
    share = permanence.buffer_share
    status = worst_status({*permanence.scores["status"], *permanence.totals.get("status", ())})
    citation = Text(
        es="Herramienta de Riesgo de No Permanencia, con las respuestas del estudio",
        en="Non-Permanence Risk Tool, with the answers of the study",
    )
    return share, Used("buffer_share", _BUFFER, share, "verra:nprt", citation, status)


def _missing(permanence: Permanence | None) -> list[str]:
    """Questions without a score, as `part.item`; the whole scoring where there is none."""
    if permanence is None:
        return ["permanence"]
    scores = permanence.scores
    if "score" not in scores or not scores["score"].isna().any():
        return ["permanence.percent"]
    without = scores[scores["score"].isna()]
    return [f"{p}.{i}" for p, i in zip(without["part"], without["item"], strict=True)]


def _formula(program: Program, standards: Mapping[str, RulesInForce]) -> Used:
    rules = standard(standards, program.ruleset)
    return told(rules.parameter(f"{program.name}.formula"), program.ruleset)


def _standing(program: Program, standards: Mapping[str, RulesInForce]) -> RuleParameter:
    return standard(standards, program.ruleset).parameter(f"{program.name}.standing")


def _least_draws(standards: Mapping[str, RulesInForce]) -> float:
    return standard(standards, trees.NAME).value("trees.draws", unit="")


def _passes(program: Program, permanence: Permanence | None) -> str:
    """Whether the scoring given passes the risk tool; "" where the program does not ask it."""
    if program.jurisdictional:
        return ""
    if permanence is not None and permanence.failed:
        return "fail"
    known = permanence is not None and np.isfinite(permanence.percent)
    return "pass" if known else "unknown"


def _eligible(program: Program, permanence: Permanence | None) -> str:
    """Whether the program credits such a project: no, or unknown. Nothing here can say yes.

    To pass the risk tool is not enough for it, and no other condition is checked.
    """
    excluded = program.jurisdictional or program.compares_only
    return "no" if excluded or _passes(program, permanence) == "fail" else "unknown"


def _doubts(
    made: _Made,
    permanence: Permanence | None,
    national_share: float | None,
    base: Baseline,
    standards: Mapping[str, RulesInForce],
) -> list[Finding]:
    found: list[Finding] = []
    if permanence is not None and permanence.failed:
        found.append(
            warning("credits.permanence-failed", "permanence", rules=offenders(permanence.failed))
        )
    vcs = [a.program.name for a in made.accounts if not a.program.jurisdictional]
    if vcs:
        found += _low_buffer(made.buffers[vcs[0]], permanence, standards)
    count = base.emissions_draws.shape[-1]
    if count < _FEWEST_DRAWS and any(a.strategy.kind != "none" for a in made.accounts):
        found.append(warning("credits.draws-scarce", "draws", draws=count, least=_FEWEST_DRAWS))
    for done in made.accounts:
        name = done.program.name
        below = np.flatnonzero(done.net.likely < 0)
        if len(below):
            which = offenders(base.years[i] for i in below)
            found.append(warning("credits.negative-vintage", name, years=which))
        if done.program.jurisdictional:
            found.append(notice("credits.jurisdictional", name))
            least, draws = _least_draws(standards), base.emissions_draws.shape[-1]
            if draws < least:
                found.append(notice("credits.few-draws", name, draws=draws, least=f"{least:g}"))
            if national_share is None:
                found.append(notice("credits.national-share-absent", name))
    found += unverified((used for _, used in made.listed), subject="credits")
    return found


def _low_buffer(
    share: float, permanence: Permanence | None, standards: Mapping[str, RulesInForce]
) -> list[Finding]:
    """A buffer of the study below what the risk, or at least the minimum, asks for."""
    asked = standard(standards, "verra").value("nprt.minimum", unit="")
    if permanence is not None and np.isfinite(permanence.buffer_share):
        asked = permanence.buffer_share
    if share >= asked:
        return []
    given, least = f"{100 * share:g}", f"{100 * asked:g}"
    return [warning("credits.buffer-low", "buffer_share", given=given, asked=least)]
