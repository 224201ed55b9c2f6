"""Non-permanence risk as explained scores, and the share of credits that goes to the buffer.

Each part is the sum of its questions, not below zero. Internal risk is management, finance,
opportunity cost and longevity; external risk is tenure, stakeholders and politics; with natural
risk they add up to the overall risk in percent. The buffer is that, or the minimum if it is more.
Points above the limits, and some answers, fail.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from nonetloss.core.findings import Finding, notice, offenders, warning
from nonetloss.core.language import Text
from nonetloss.forest.credits import permanence_scores as scores
from nonetloss.forest.credits.permanence_answers import Answer, Answers, read_answers
from nonetloss.forest.credits.permanence_method import METHOD
from nonetloss.forest.credits.permanence_scores import Score
from nonetloss.forest.credits.result import Permanence
from nonetloss.forest.credits.rule_use import standard
from nonetloss.forest.credits.tenure import Contract, clock
from nonetloss.rules.model import RulesInForce, Status

__all__ = ["METHOD", "permanence"]

PARTS = {
    "management": Text(es="Gestión del proyecto", en="Project management"),
    "finance": Text(es="Viabilidad financiera", en="Financial viability"),
    "opportunity": Text(es="Costo de oportunidad", en="Opportunity cost"),
    "longevity": Text(es="Longevidad", en="Longevity"),
    "internal": Text(es="Riesgo interno", en="Internal risk"),
    "tenure": Text(es="Tenencia y acceso", en="Tenure and access"),
    "stakeholders": Text(es="Partes interesadas", en="Stakeholders"),
    "political": Text(es="Riesgo político", en="Political risk"),
    "external": Text(es="Riesgo externo", en="External risk"),
    "natural": Text(es="Riesgo natural", en="Natural risk"),
    "overall": Text(es="Riesgo total", en="Overall risk"),
}
_INTERNAL = ("management", "finance", "opportunity", "longevity")
_EXTERNAL = ("tenure", "stakeholders", "political")
_HALF = 0.5


def permanence(
    standards: Mapping[str, RulesInForce],
    *,
    answers: Mapping[str, Any],
    patrols: Any = None,
    contract_start_year: int | None = None,
    contract_years: int | None = None,
    project_start_year: int | None = None,
    renewal_years: int = 0,
    renewal_shown: bool = False,
) -> Permanence:
    """Score the Non-Permanence Risk Tool.

    Parameters
    ----------
    standards : mapping of name to RulesInForce
        `verra`.
    answers : mapping
        By part and item; see `permanence_answers.read_answers`. What is missing stays unknown.
    patrols : Patrols, optional
        Share of the stock that patrols reach (`enforced_share`), as evidence of enforcement; it
        answers that question where the study does not.
    contract_start_year, contract_years : int, optional
        Of the concession; together they give the clock.
    project_start_year : int, optional
        None: the start of the contract. Its longevity holds where no answer gives one.
    renewal_years : int
        Years that a renewal would add.
    renewal_shown : bool
        Whether there is evidence of it; only then does it count.

    Returns
    -------
    Permanence
        `percent` and `buffer_share` are NaN where an answer is missing.

    Raises
    ------
    InputError
        `credits.standard-missing`, `permanence.contract`, and those of `read_answers`.
    RulesError
        `rules.not-in-force` before 2024: the earlier tool is not written down here.
    """
    rules = standard(standards, "verra")
    told = _with_patrols(read_answers(answers), patrols)
    contract = None
    if contract_start_year is not None and contract_years is not None:
        contract = Contract(contract_start_year, contract_years, renewal_years, renewal_shown)
    start = project_start_year if project_start_year is not None else contract_start_year
    length = None if contract is None or start is None else contract.longevity(start)
    found = [
        *scores.management(told, rules),
        *scores.finance(told, rules),
        *scores.opportunity(told, rules),
        *scores.longevity(told, rules, years=length),
        *scores.tenure(told, rules),
        *scores.stakeholders(told, rules),
        *scores.political(told, rules),
        *scores.natural(told, rules),
    ]
    points = part_points(found)
    failed = (*_failed_answers(found), *_failed_limits(points, rules))
    percent = points["overall"]
    minimum = rules.value("nprt.minimum", unit="")
    share = max(minimum, percent / 100) if np.isfinite(percent) else float("nan")
    table = pd.DataFrame()
    if contract is not None:
        table = clock(
            contract,
            rules,
            agreement=told.of("longevity", "agreement").value,
            project_start=start,
            registered_late=told.of("longevity", "registration-after-2023").value is not False,
        )
    return Permanence(
        percent=percent,
        buffer_share=share,
        failed=failed,
        scores=_scores_table(found),
        totals=_totals_table(points, found, rules, share),
        clock=table,
        findings=tuple(_doubts(found, failed, contract, start, rules)),
    )


def part_points(found: list[Score]) -> dict[str, float]:
    """Points by part, none below zero; NaN where a question of the part is open."""
    points: dict[str, float] = {}
    for part in (*_INTERNAL, *_EXTERNAL, "natural"):
        each = [s.points for s in found if s.part == part]
        points[part] = float(np.maximum(np.sum(each), 0.0)) if each else float("nan")
    points["internal"] = sum(points[p] for p in _INTERNAL)
    points["external"] = sum(points[p] for p in _EXTERNAL)
    points["overall"] = points["internal"] + points["external"] + points["natural"]
    return points


def _with_patrols(answers: Answers, patrols: Any) -> Answers:
    """Answers with what patrols show: as evidence or, where no answer is given, as answer."""
    items = dict(answers.items)
    reached = float(getattr(patrols, "enforced_share", float("nan")))
    if np.isfinite(reached):
        told = answers.of("management", "enforcement")
        value = told.value if told.value is not None else reached > _HALF
        items["management", "enforcement"] = replace(
            _evidenced(
                told,
                es=f"Las patrullas alcanzan {100 * reached:.0f} % de las existencias.",
                en=f"Patrols reach {100 * reached:.0f} % of the stock.",
            ),
            value=value,
        )
    last = str(getattr(patrols, "last_loss_report", "") or "")
    if last:
        items["management", "loss-report"] = _evidenced(
            answers.of("management", "loss-report"),
            es=f"Última pérdida hallada por las patrullas: {last}.",
            en=f"Last loss found by patrols: {last}.",
        )
    return replace(answers, items=items)


def _evidenced(told: Answer, *, es: str, en: str) -> Answer:
    kept = told.evidence
    return replace(told, evidence=Text(f"{kept.es} {es}".strip(), f"{kept.en} {en}".strip()))


def _failed_answers(found: list[Score]) -> tuple[str, ...]:
    return tuple(f"{s.part}.{s.item}" for s in found if s.fails)


def _failed_limits(points: Mapping[str, float], rules: RulesInForce) -> tuple[str, ...]:
    limits = {
        p: rules.value(f"nprt.limit-{p}", unit="")
        for p in ("internal", "external", "natural", "overall")
    }
    return tuple(f"limit.{p}" for p, limit in limits.items() if points[p] > limit)


def _scores_table(found: list[Score]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "part": s.part,
                "part_es": PARTS[s.part].es,
                "part_en": PARTS[s.part].en,
                "item": s.item,
                "title_es": s.title.es,
                "title_en": s.title.en,
                "answer": s.answer,
                "score": s.points,
                "fails": {True: "yes", False: "no", None: "unknown"}[s.fails],
                "evidence_es": s.evidence.es,
                "evidence_en": s.evidence.en,
                "source": s.source,
                "status": s.status,
            }
            for s in found
        ]
    )


def _totals_table(
    points: Mapping[str, float], found: list[Score], rules: RulesInForce, share: float
) -> pd.DataFrame:
    rows = []
    for part, title in PARTS.items():
        limit = float("nan")
        if part in ("internal", "external", "natural", "overall"):
            limit = rules.value(f"nprt.limit-{part}", unit="")
        fails = [s.fails for s in found if s.part == part]
        rows.append(
            {
                "part": part,
                "title_es": title.es,
                "title_en": title.en,
                "score": points[part],
                "limit": limit,
                "outcome": _outcome(points[part], limit, fails),
            }
        )
    minimum = rules.parameter("nprt.minimum")
    least = {
        "part": "minimum",
        "title_es": minimum.title.es,
        "title_en": minimum.title.en,
        "score": 100 * rules.value("nprt.minimum", unit=""),
        "limit": float("nan"),
        "outcome": "",
    }
    buffer = {
        "part": "buffer",
        "title_es": "Aporte a la reserva (%)",
        "title_en": "Contribution to the buffer (%)",
        "score": 100 * share,
        "limit": float("nan"),
        "outcome": "",
    }
    return pd.DataFrame([*rows, least, buffer])


def _outcome(points: float, limit: float, fails: list[bool | None]) -> str:
    if any(fails) or points > limit:
        return "fail"
    if np.isnan(points) or None in fails:
        return "unknown"
    return "pass"


def _doubts(
    found: list[Score],
    failed: tuple[str, ...],
    contract: Contract | None,
    start: int | None,
    rules: RulesInForce,
) -> list[Finding]:
    doubts: list[Finding] = []
    if failed:
        doubts.append(warning("permanence.failed", "permanence", rules=offenders(failed)))
    # What fails has no points and is no open question.
    known_to_fail = [s for s in found if s.fails]
    missing = [
        f"{s.part}.{s.item}"
        for s in found
        if (np.isnan(s.points) or s.fails is None) and s not in known_to_fail
    ]
    if missing:
        doubts.append(warning("permanence.unanswered", "answers", items=offenders(missing, 20)))
    unverified = sorted({s.source for s in found if s.status == Status.UNVERIFIED})
    if unverified:
        doubts.append(
            notice(
                "credits.unverified",
                "permanence",
                count=len(unverified),
                parameters=offenders(unverified, 60),
            )
        )
    if contract is not None and start is not None:
        minimum = rules.value("nprt.longevity-minimum", unit="year")
        if contract.longevity(start) < minimum:
            doubts.append(
                warning(
                    "permanence.tenure",
                    "contract",
                    start=start,
                    left=f"{contract.longevity(start):g}",
                    minimum=f"{minimum:g}",
                )
            )
    doubts.append(notice("permanence.climate", "natural"))
    return doubts
