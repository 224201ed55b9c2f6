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

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, notice, offenders, warning
from nonetloss.core.language import Text
from nonetloss.forest.credits import permanence_scores as scores
from nonetloss.forest.credits.permanence_answers import Answer, Answers, read_answers
from nonetloss.forest.credits.permanence_method import METHOD
from nonetloss.forest.credits.permanence_scores import Score
from nonetloss.forest.credits.result import Permanence
from nonetloss.forest.credits.rule_use import STUDY, standard, worst_status
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
_PARTS_OF = {
    "internal": _INTERNAL,
    "external": _EXTERNAL,
    "overall": (*_INTERNAL, *_EXTERNAL, "natural"),
}
# What the result rests on beside the points of questions.
_BESIDE = ("nprt.minimum", *(f"nprt.limit-{p}" for p in ("internal", "external", "natural")))
_BESIDE += ("nprt.limit-overall", "nprt.natural-mitigation", "nprt.longevity-minimum")
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
        Share of the stock that patrols reach (`enforced_share`), as evidence of enforcement. More
        than half answers the question with yes (enforcement is needed, which counts against the
        project) where the study does not answer; less leaves it open.
    contract_start_year, contract_years : int, optional
        Of the concession; together they give the clock.
    project_start_year : int, optional
        None: the start of the contract. What the contract leaves from then on is the longevity;
        an answer may say fewer years, not more.
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
        `credits.standard-missing`, `permanence.contract`, `permanence.contract-incomplete`, and
        those of `read_answers`.
    RulesError
        `rules.not-in-force` before 2024: the earlier tool is not written down here.
    """
    rules = standard(standards, "verra")
    told = _with_patrols(read_answers(answers), patrols)
    contract = None
    if (contract_start_year is None) != (contract_years is None):
        missing = "contract_years" if contract_years is None else "contract_start_year"
        raise InputError.because("permanence.contract-incomplete", missing)
    if contract_start_year is not None and contract_years is not None:
        contract = Contract(contract_start_year, contract_years, renewal_years, renewal_shown)
    start = project_start_year if project_start_year is not None else contract_start_year
    length = None if contract is None or start is None else contract.longevity(start)
    claimed = told.of("longevity", "years").value
    told = _within_contract(told, length)
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
    # Above the limit the project fails; no more than everything can be put aside.
    share = min(max(minimum, percent / 100), 1.0) if np.isfinite(percent) else float("nan")
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
        findings=(
            *_tenure_doubts(told, found, contract, start, claimed, rules),
            *_doubts(found, failed, rules),
        ),
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
        # Patrols on most of the stock show that it needs them; patrols on less show nothing.
        value = True if told.value is None and reached > _HALF else told.value
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


def _within_contract(answers: Answers, length: float | None) -> Answers:
    """Answers whose longevity is not beyond what the contract and a shown renewal leave."""
    told = answers.of("longevity", "years")
    if length is None or told.value is None or told.value <= length:
        return answers
    items = dict(answers.items) | {("longevity", "years"): replace(told, value=length)}
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
        rests = [s for s in found if s.part in _PARTS_OF.get(part, (part,))]
        statuses = {s.status for s in rests}
        if np.isfinite(limit):
            statuses.add(str(rules.parameter(f"nprt.limit-{part}").status))
        rows.append(
            {
                "part": part,
                "title_es": title.es,
                "title_en": title.en,
                "score": points[part],
                "limit": limit,
                "outcome": _outcome(points[part], limit, [s.fails for s in rests]),
                "reason_es": "; ".join(s.title.es for s in rests if s.fails),
                "reason_en": "; ".join(s.title.en for s in rests if s.fails),
                "status": worst_status(statuses),
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
        "reason_es": "",
        "reason_en": "",
        "status": str(minimum.status),
    }
    buffer = {
        "part": "buffer",
        "title_es": "Aporte a la reserva (%)",
        "title_en": "Contribution to the buffer (%)",
        "score": 100 * share,
        "limit": float("nan"),
        "outcome": "",
        "reason_es": "",
        "reason_en": "",
        "status": worst_status({str(minimum.status), *(s.status for s in found)}),
    }
    return pd.DataFrame([*rows, least, buffer])


def _outcome(points: float, limit: float, fails: list[bool | None]) -> str:
    if any(fails) or points > limit:
        return "fail"
    if np.isnan(points) or None in fails:
        return "unknown"
    return "pass"


def _tenure_doubts(
    told: Answers,
    found: list[Score],
    contract: Contract | None,
    start: int | None,
    claimed: float | None,
    rules: RulesInForce,
) -> list[Finding]:
    """What the contract does not carry: the longevity claimed, or the least that is asked."""
    if contract is None or start is None:
        return []
    doubts: list[Finding] = []
    left = contract.longevity(start)
    if claimed is not None and claimed > left:
        doubts.append(
            warning(
                "permanence.longevity-claimed",
                "longevity.years",
                claimed=f"{claimed:g}",
                left=f"{left:g}",
            )
        )
    late = told.of("longevity", "registration-after-2023").value is not False
    minimum = scores.minimum_longevity(rules, registered_late=late)
    fails = any(s.fails for s in found if (s.part, s.item) == ("longevity", "years"))
    if fails and left < minimum:
        doubts.append(
            warning(
                "permanence.tenure",
                "contract",
                start=start,
                left=f"{left:g}",
                minimum=f"{minimum:g}",
            )
        )
    return doubts


def _doubts(found: list[Score], failed: tuple[str, ...], rules: RulesInForce) -> list[Finding]:
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
    rests = {f"{rules.name}:{id}": str(rules.parameter(id).status) for id in _BESIDE}
    rests |= {s.source: s.status for s in found}
    lower = [f"{s.part}.{s.item}" for s in found if s.points < s.ruled]
    if lower:
        doubts.append(warning("permanence.score-lower", "answers", items=offenders(lower, 20)))
    bare = [f"{s.part}.{s.item}" for s in found if s.status == STUDY and not s.evidence.es]
    if bare:
        doubts.append(warning("permanence.score-bare", "answers", items=offenders(bare, 20)))
    unverified = sorted(source for source, status in rests.items() if status == Status.UNVERIFIED)
    if unverified:
        doubts.append(
            notice(
                "credits.unverified",
                "permanence",
                count=len(unverified),
                parameters=offenders(unverified, 60),
            )
        )
    doubts.append(notice("permanence.climate", "natural"))
    return doubts
