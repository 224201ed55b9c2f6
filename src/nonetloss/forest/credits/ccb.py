"""CCB criteria with their evidence: what is met, what is open, and which label would follow."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, nearest, notice, offenders, warning
from nonetloss.core.language import Text, as_written
from nonetloss.forest.credits.ccb_method import METHOD
from nonetloss.forest.credits.result import Scorecard
from nonetloss.forest.credits.rule_use import standard
from nonetloss.rules.model import RulesInForce, Status

__all__ = ["METHOD", "ccb"]

_NAME = "ccb"
_KEYS = ("met", "evidence", "link")
_MET = {True: "yes", False: "no", None: "unknown"}


def ccb(
    standards: Mapping[str, RulesInForce], *, answers: Mapping[str, Any], waiver: str = ""
) -> Scorecard:
    """The scorecard of a project.

    Parameters
    ----------
    standards : mapping of name to RulesInForce
        `ccb`.
    answers : mapping
        By criterion: yes, no, or {met, evidence, link}. A criterion without an answer is unknown;
        one that is met with neither evidence nor a link is told, and carries no label.
    waiver : str
        Greenhouse gas program that covers the climate criteria (for example "VCS"); "": none. It
        holds for climate criteria that no answer names.

    Returns
    -------
    Scorecard

    Raises
    ------
    InputError
        `credits.standard-missing`, `ccb.criterion-unknown`, `ccb.answer`.
    """
    rules = standard(standards, _NAME)
    required, gold = rules.items("ccb.required"), rules.items("ccb.gold")
    told = read_criteria(answers)
    _require_known(told, [i.id for i in (*required, *gold)])
    waived = {i.id for i in rules.items("ccb.climate-waiver")} if waiver else set()
    rows = []
    for kind, items in (("required", required), ("gold", gold)):
        for item in items:
            met, evidence, link = told.get(item.id, (None, Text("", ""), ""))
            shown = _MET[met]
            if item.id in waived and item.id not in told:
                shown, evidence = "waived", Text.of(waiver)
            rows.append(
                {
                    "criterion": item.id,
                    "title_es": item.title.es,
                    "title_en": item.title.en,
                    "kind": kind,
                    "met": shown,
                    "evidence_es": evidence.es,
                    "evidence_en": evidence.en,
                    "link": link,
                    "supported": shown == "yes" and bool(evidence.es or evidence.en or link),
                }
            )
    table = pd.DataFrame(rows)
    supported, covered = table["supported"], table["met"] == "waived"
    bare = (table["met"] == "yes") & ~supported
    needed = table["kind"] == "required"
    reached = tuple(table.loc[supported & ~needed, "criterion"])
    complete = bool((supported | covered)[needed].all())
    return Scorecard(
        scorecard=table,
        required_supported=int(supported[needed].sum()),
        required_bare=int(bare[needed].sum()),
        required_waived=int(covered[needed].sum()),
        required_total=int(needed.sum()),
        gold=reached if complete else (),
        label=_label(rules, reached) if complete else "",
        findings=tuple(_doubts(table, rules, waiver)),
    )


def read_criteria(
    given: Mapping[str, Any], *, layers: Iterable[str] = (), ecosystems: Iterable[str] = ()
) -> dict[str, tuple[bool | None, Text, str]]:
    """(met, evidence, link) by criterion.

    Raises
    ------
    InputError
        `ccb.answer`.
    """
    read: dict[str, tuple[bool | None, Text, str]] = {}
    for criterion, raw in given.items():
        parts = raw if isinstance(raw, Mapping) else {"met": raw}
        met = parts.get("met")
        if set(parts) - set(_KEYS) or not (met is None or isinstance(met, bool)):
            raise InputError.because("ccb.answer", str(criterion), value=as_written(raw))
        evidence = parts.get("evidence") or ""
        text = Text.of(evidence if isinstance(evidence, Mapping) else str(evidence))
        read[str(criterion)] = (met, text, str(parts.get("link") or ""))
    return read


def _label(rules: RulesInForce, gold: tuple[str, ...]) -> str:
    labels = {i.id: i.title.en for i in rules.items("ccb.labels")}
    return ", ".join(labels[g] for g in gold) if gold else labels["none"]


def _doubts(table: pd.DataFrame, rules: RulesInForce, waiver: str) -> list[Finding]:
    found: list[Finding] = []
    unknown = table.loc[(table["kind"] == "required") & (table["met"] == "unknown"), "criterion"]
    if len(unknown):
        found.append(warning("ccb.unknown", "ccb", criteria=offenders(unknown, 20)))
    bare = (table["met"] == "yes") & ~table["supported"]
    if bare.any():
        criteria = offenders(table.loc[bare, "criterion"], 20)
        found.append(warning("ccb.without-evidence", "ccb", criteria=criteria))
    if waiver:
        found.append(notice("ccb.waiver", "ccb", program=waiver))
    if rules.parameter("ccb.labels").status is Status.UNVERIFIED:
        found.append(notice("credits.unverified", "ccb", count=1, parameters="ccb:ccb.labels"))
    return found


def _require_known(told: Mapping[str, Any], known: list[str]) -> None:
    strange = [c for c in told if c not in known]
    if strange:
        raise InputError.because(
            "ccb.criterion-unknown",
            "answers",
            found=offenders(strange),
            known=offenders(known, 30),
            nearest=nearest(strange[0], known),
        )
