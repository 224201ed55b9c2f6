"""Answers to the questions of the Non-Permanence Risk Tool, as a study writes them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nonetloss.core.errors import InputError, NonetlossError
from nonetloss.core.findings import nearest, offenders
from nonetloss.core.language import Text, as_written
from nonetloss.core.units import quantity

# Kind of answer by part and item: yes-no, share, years, a governance indicator, a plain number.
ITEMS: Mapping[str, Mapping[str, str]] = {
    "management": {
        "adaptive-plan": "flag",
        "species": "flag",
        "enforcement": "flag",
        "skills": "flag",
        "presence": "flag",
        "loss-report": "flag",
        "experienced": "flag",
    },
    "finance": {"payback": "years", "secured": "share", "callable": "share"},
    "opportunity": {
        "subsistence": "flag",
        "community-positive": "flag",
        "alternative-advantage": "number",
    },
    "longevity": {
        "plan": "flag",
        "agreement": "flag",
        "agreement-length": "years",
        "years": "years",
        "registration-after-2023": "flag",
    },
    "tenure": {
        "due-process": "flag",
        "binding-agreement": "flag",
        "same-entity": "flag",
        "intervention": "flag",
        "ownership-dispute": "share",
        "use-dispute": "share",
        "protected": "flag",
        "dispute-action": "flag",
    },
    "stakeholders": {
        "reliant": "flag",
        "consulted-inside": "share",
        "consulted-outside": "share",
    },
    "political": {"governance": "wgi", "mitigation": "flag"},
}
HAZARDS = ("fire", "pest", "weather", "geological", "sea-level")
_HAZARD_KEYS = ("loss", "return", "transient", "prevention", "containment", "none")
_WIDEST_WGI = 3.0
_NOTHING = Text("", "")
_TOLD = ("answer", "score", "evidence")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; `value` None: not known. `score` is the study's own, None: that of the rules."""

    value: Any = None
    evidence: Text = _NOTHING
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Hazard:
    """A natural risk: share of stock lost per event, years between events, mitigations.

    `none`: it cannot happen here. None: not known.
    """

    none: bool = False
    loss: float | None = None
    transient: bool = False
    return_years: float | None = None
    prevention: bool = False
    containment: bool = False
    evidence: Text = _NOTHING
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """All answers; what was not said is an `Answer` without value, and a hazard that is missing."""

    items: Mapping[tuple[str, str], Answer]
    hazards: Mapping[str, Hazard]

    def of(self, part: str, item: str) -> Answer:
        """The answer to an item."""
        return self.items.get((part, item), Answer())


def read_answers(
    given: Mapping[str, Any], *, layers: Iterable[str] = (), ecosystems: Iterable[str] = ()
) -> Answers:
    """Answers by part and item: plain values, or ``{answer, evidence, score}``.

    Raises
    ------
    InputError
        `permanence.part-unknown`, `permanence.item-unknown`, `permanence.answer`.
    """
    items: dict[tuple[str, str], Answer] = {}
    hazards: dict[str, Hazard] = {}
    for part, inside in given.items():
        known = (*ITEMS, "natural")
        if part not in known or not isinstance(inside, Mapping):
            raise _unknown("permanence.part-unknown", "answers", str(part), known)
        for item, raw in inside.items():
            where = f"{part}.{item}"
            allowed = HAZARDS if part == "natural" else tuple(ITEMS[part])
            if item not in allowed:
                raise _unknown("permanence.item-unknown", str(part), str(item), allowed)
            if part == "natural":
                hazards[str(item)] = _hazard(raw, where)
            else:
                items[str(part), str(item)] = _answer(raw, ITEMS[part][item], where)
    return Answers(items, hazards)


def _answer(raw: Any, kind: str, where: str) -> Answer:
    if not isinstance(raw, Mapping):
        return Answer(_value(raw, kind, where))
    if set(raw) - set(_TOLD):
        raise _refused(where, raw, f"{{{', '.join(_TOLD)}}}")
    value = raw.get("answer")
    return Answer(
        None if value is None else _value(value, kind, where),
        _text(raw.get("evidence", "")),
        None if raw.get("score") is None else _number(raw["score"], "", where),
    )


def _value(raw: Any, kind: str, where: str) -> Any:
    if raw is None:
        return None
    if kind == "flag":
        if not isinstance(raw, bool):
            raise _refused(where, raw, "yes | no")
        return raw
    number = _number(raw, "year" if kind == "years" else "", where)
    if kind == "share" and not 0 <= number <= 1:
        raise _refused(where, raw, "0 … 1")
    # The indicators run from about -2.5 to 2.5; a percentile rank would score as the best country.
    if kind == "wgi" and abs(number) > _WIDEST_WGI:
        raise _refused(where, raw, "-2.5 … 2.5")
    if kind == "years" and number < 0:
        raise _refused(where, raw, "≥ 0 year")
    return number


def _hazard(raw: Any, where: str) -> Hazard:
    if raw == "none" or raw is False:
        return Hazard(none=True)
    if not isinstance(raw, Mapping) or set(raw) - {*_HAZARD_KEYS, "evidence", "score"}:
        raise _refused(where, raw, f"none | {{{', '.join(_HAZARD_KEYS)}}}")
    told = {k: _value(raw.get(k), "flag", f"{where}.{k}") for k in _HAZARD_KEYS[2:]}
    if told["none"] and set(raw) & set(_HAZARD_KEYS[:5]):
        raise _refused(where, raw, f"none | {{{', '.join(_HAZARD_KEYS[:5])}}}")
    return Hazard(
        none=bool(told["none"]),
        loss=_value(raw.get("loss"), "share", f"{where}.loss"),
        transient=bool(told["transient"]),
        return_years=_value(raw.get("return"), "years", f"{where}.return"),
        prevention=bool(told["prevention"]),
        containment=bool(told["containment"]),
        evidence=_text(raw.get("evidence", "")),
        score=None if raw.get("score") is None else _number(raw["score"], "", where),
    )


def _number(raw: Any, unit: str, where: str) -> float:
    try:
        return quantity(raw, unit, name=where)
    except NonetlossError as cause:
        raise _refused(where, raw, f"12 {unit}".strip()) from cause


def _text(written: Any) -> Text:
    return Text.of(written) if isinstance(written, Mapping | Text) else Text.of(str(written))


def _refused(where: str, raw: Any, expected: str) -> InputError:
    return InputError.because("permanence.answer", where, value=as_written(raw), expected=expected)


def _unknown(code: str, subject: str, found: str, known: tuple[str, ...]) -> InputError:
    return InputError.because(
        code, subject, found=found, known=offenders(known, 20), nearest=nearest(found, known)
    )
