"""What the joint decision of route and offset counts and proves, in sentences."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from nonetloss.core.language import Language
from nonetloss.study.report.model import Run
from nonetloss.study.report.record import plain
from nonetloss.study.report.words import million, percent, word

_JOINT = "offset.joint"


def notes(run: Run, language: Language) -> list[str]:
    """Bound and saving, where there are such, and what the figures cover."""
    facts = run.offsetting.facts
    told = []
    if proven(run):
        bound = million(facts["bound_usd"], language)
        gap = percent(facts.get("gap"), language, 2)
        told.append(word("joint-bound", language, bound=bound, gap=gap))
    if _finite(facts.get("saving_usd")) and _reached(run):
        saving = million(facts["saving_usd"], language)
        told.append(word("joint-saving", language, saving=saving))
    return [*told, scope(run, language)]


def proven(run: Run) -> bool:
    """Whether a bound on the cost of every plan that offsets all is known."""
    return _reached(run) and _finite(run.offsetting.facts.get("bound_usd"))


def scope(run: Run, language: Language) -> str:
    """What is left of the loss, how much is owed for it, and what takes no part."""
    left = {k: _likely(run.parameter(_JOINT, f"{k}_left")) for k in ("direct", "induced")}
    told = [word("joint-counts", language)]
    if all(v == 1.0 for v in left.values()):
        told.append(word("joint-nothing-minimized", language))
    else:
        told.append(
            word("joint-minimized", language, **{k: percent(v, language) for k, v in left.items()})
        )
    margin = _likely(run.parameter(_JOINT, "margin"), 0.0)
    if margin > 0:
        told.append(word("joint-margin", language, times=plain(1 + margin, language)))
    told += [word(f"joint-{k}", language) for k in ("no-services", "by-cells")]
    return " ".join(told)


def _reached(run: Run) -> bool:
    return run.offsetting.facts.get("answer") in (None, "offset")


def _finite(value: Any) -> bool:
    return isinstance(value, int | float) and bool(np.isfinite(value))


def _likely(value: Any, absent: float = 1.0) -> float:
    """The likely value of a number or of a range; `absent` where the step has none."""
    if isinstance(value, Mapping):
        value = value.get("likely")
    return float(value) if _finite(value) else absent
