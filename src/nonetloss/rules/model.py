"""A rule set, and what of it is in force on a date."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from inspect import signature
from typing import TYPE_CHECKING, Any

from nonetloss.core.errors import RulesError
from nonetloss.core.estimate import Estimate
from nonetloss.core.findings import Finding, candidates, notice, warning
from nonetloss.core.language import Language, Text
from nonetloss.core.units import quantity
from nonetloss.rules.dated import (
    DatedLayerRule,
    DatedParameter,
    Force,
    Instrument,
    ParameterVersion,
    Status,
    Version,
    status_label,
)
from nonetloss.rules.decision import Decision, DecisionTree, decide
from nonetloss.rules.lists import ListItem

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LayerRule", "RuleParameter", "RulesInForce", "Ruleset", "Status", "status_label"]


@dataclass(frozen=True, slots=True)
class RuleParameter:
    """A parameter as in force on a date.

    `value` is what the file says; read numbers through `RulesInForce.value` or `.estimate`.
    `derivation` gives the arithmetic where this project computed the value from its source.
    `instrument` is the official name; `citation` is what to print.
    """

    id: str
    title: Text
    kind: str
    value: Any
    unit: str
    force: Force
    instrument: Text
    article: str
    url: str
    read: dt.date
    status: Status
    note: Text | None
    derivation: Text | None
    since: dt.date | None
    until: dt.date | None
    citation: Text

    def shown(self, language: Language) -> str:
        """The value as people read it: `16 m`, `55 ha/km – 108 ha/km – 150 ha/km`, a text."""
        if self.kind == "statement":
            return str(self.value[language])
        if self.kind == "estimate":
            return " – ".join(str(self.value[end]) for end in ("low", "likely", "high"))
        if self.kind == "list":
            return "; ".join(item.title[language] for item in self.value)
        if self.kind == "decision":
            return " / ".join(end.title[language] for end in self.value.outcomes.values())
        return ", ".join(map(str, self.value)) if self.kind == "table" else str(self.value)

    def as_dict(self) -> dict[str, Any]:
        """Plain form for `run.json`."""
        return {
            "id": self.id,
            "title": _plain(self.title),
            "kind": self.kind,
            "value": self._plain_value(),
            "unit": self.unit,
            "force": str(self.force),
            **_source_fields(self),
            "derivation": _plain(self.derivation),
        }

    def _plain_value(self) -> Any:
        match self.kind:
            case "statement":
                return _plain(self.value)
            case "table":
                return list(self.value)
            case "list":
                return [item.as_dict() for item in self.value]
            case "decision":
                return self.value.as_dict()
        return self.value


@dataclass(frozen=True, slots=True)
class LayerRule:
    """What a kind of layer means on a date.

    `role` is prohibited, restricted, accounted or context. `ground` is the legal ground in words,
    `citation` the instrument with article and status.
    """

    kind: str
    title: Text
    role: str
    ground: Text
    setback_m: float
    instrument: Text
    article: str
    url: str
    read: dt.date
    status: Status
    note: Text | None
    since: dt.date | None
    until: dt.date | None
    citation: Text

    def as_dict(self) -> dict[str, Any]:
        """Plain form for `run.json`."""
        return {
            "kind": self.kind,
            "title": _plain(self.title),
            "role": self.role,
            "ground": _plain(self.ground),
            "setback_m": self.setback_m,
            **_source_fields(self),
        }


def _plain(value: Text | None) -> dict[str, str] | None:
    return None if value is None else {"es": value.es, "en": value.en}


def _source_fields(rule: RuleParameter | LayerRule) -> dict[str, Any]:
    return {
        "instrument": _plain(rule.instrument),
        "article": rule.article,
        "url": rule.url,
        "read": rule.read.isoformat(),
        "status": str(rule.status),
        "note": _plain(rule.note),
        "since": rule.since.isoformat() if rule.since else None,
        "until": rule.until.isoformat() if rule.until else None,
        "citation": _plain(rule.citation),
    }


@dataclass(frozen=True, slots=True)
class Ruleset:
    """All that a jurisdiction's folder says, over time.

    `since`, `until` bound the dates it answers for (None: open); `reviewed` is the day its sources
    were last read. `functions` names the code of formulas that are themselves the rule: public name
    to `module:function` inside `nonetloss.rulesets.<name>`.
    """

    name: str
    title: Text
    note: Text | None
    since: dt.date
    until: dt.date | None
    reviewed: dt.date
    parameters: dict[str, DatedParameter]
    layers: dict[str, DatedLayerRule]
    instruments: dict[str, Instrument]
    functions: Mapping[str, str] = field(default_factory=dict)

    def on(self, date: dt.date) -> "RulesInForce":
        """What is in force on `date`.

        Raises
        ------
        RulesError
            `rules.date-outside` before the first or after the last day of the rule set.
        """
        if date < self.since or (self.until is not None and date > self.until):
            raise RulesError.because(
                "rules.date-outside",
                self.name,
                date=date.isoformat(),
                since=self.since.isoformat(),
                until=self.until.isoformat() if self.until else "…",
            )
        return RulesInForce(self, date)

    def function(self, name: str) -> Callable[..., Any]:
        """The code of a formula that this rule set declares.

        Raises
        ------
        RulesError
            `rules.function-unknown` (with those there are) or `rules.function-missing` if the
            declared module or function does not exist.
        """
        target = self.functions.get(name)
        if target is None:
            known = ", ".join(sorted(self.functions)) or "–"
            raise RulesError.because("rules.function-unknown", name, ruleset=self.name, known=known)
        module, _, attribute = target.partition(":")
        path = f"nonetloss.rulesets.{self.name}.{module}"
        try:
            found: Callable[..., Any] = getattr(import_module(path), attribute)
        except (ImportError, AttributeError) as problem:
            raise RulesError.because(
                "rules.function-missing", name, ruleset=self.name, target=target
            ) from problem
        return found

    def units(self, table: "pd.DataFrame", **options: Any) -> "pd.Series[float]":
        """Biodiversity units of each row, by the metric that this jurisdiction prescribes.

        Parameters
        ----------
        table : DataFrame
            Baseline, retained, created and enhanced parcels; the columns are those of the rule
            set's function `units` (`nonetloss.rulesets.england.metric.units`, for one).
        **options
            As that function takes them.

        Returns
        -------
        Series of float
            Units per row, with the index of `table`.

        Raises
        ------
        RulesError
            As `function`, for a rule set without a metric of units; and what the metric finds in
            the table, all of it at once.
        """
        result: pd.Series[float] = self.function("units")(table, **options)
        return result


@dataclass(frozen=True, slots=True)
class RulesInForce:
    """A rule set on one date."""

    ruleset: Ruleset
    date: dt.date

    @property
    def name(self) -> str:
        """Name of the rule set."""
        return self.ruleset.name

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What a reader must know of the rule set as a whole: how much of it nobody verified."""
        everything: list[RuleParameter | LayerRule] = [
            *(self.parameter(i) for i in self.parameter_ids()),
            *(self.layer_rule(k) for k in self.layer_kinds()),
        ]
        unverified = [r for r in everything if r.status is Status.UNVERIFIED]
        found = []
        if unverified:
            count = len(unverified)
            found.append(notice("rules.unverified", self.name, count=count, all=len(everything)))
        if self.date > self.ruleset.reviewed:
            reviewed = self.ruleset.reviewed.isoformat()
            found.append(
                warning(
                    "rules.after-review", self.name, date=self.date.isoformat(), reviewed=reviewed
                )
            )
        return tuple(found)

    def parameter_ids(self) -> tuple[str, ...]:
        """Parameters that have a value on this date, sorted."""
        dated = self.ruleset.parameters
        return tuple(sorted(i for i in dated if _holding(dated[i].versions, self.date)))

    def layer_kinds(self) -> tuple[str, ...]:
        """Kinds of layers that have a rule on this date, sorted."""
        dated = self.ruleset.layers
        return tuple(sorted(k for k in dated if _holding(dated[k].versions, self.date)))

    def parameter(self, id: str) -> RuleParameter:
        """One parameter with its source.

        Raises
        ------
        RulesError
            `rules.parameter-unknown` (with the nearest names) or `rules.not-in-force`.
        """
        dated = self.ruleset.parameters.get(id)
        if dated is None:
            raise _unknown("rules.parameter-unknown", id, self.ruleset.parameters, self.name)
        version = _holding(dated.versions, self.date)
        if version is None:
            raise self._not_in_force(id)
        return RuleParameter(
            id=id,
            title=dated.title,
            kind=dated.kind,
            value=_with_status(version),
            unit=dated.unit,
            force=dated.force,
            derivation=version.derivation,
            **_sources(version),
        )

    def layer_rule(self, kind: str) -> LayerRule:
        """The rule of a kind of layer.

        Raises
        ------
        RulesError
            `rules.layer-kind-unknown` (with the nearest names) or `rules.not-in-force`.
        """
        dated = self.ruleset.layers.get(kind)
        if dated is None:
            raise _unknown("rules.layer-kind-unknown", kind, self.ruleset.layers, self.name)
        version = _holding(dated.versions, self.date)
        if version is None:
            raise self._not_in_force(kind)
        return LayerRule(
            kind=kind,
            title=dated.title,
            role=version.role,
            ground=version.ground,
            setback_m=version.setback_m,
            **_sources(version),
        )

    def value(self, id: str, *, unit: str) -> float:
        """A number in `unit`; of an estimate, the likely one.

        Raises
        ------
        RulesError
            As `parameter`, or `rules.not-a-number` for a table or statement.
        UnitError
            `units.dimension` if the parameter cannot be expressed in `unit`.
        """
        return self.estimate(id, unit=unit).likely

    def estimate(self, id: str, *, unit: str) -> Estimate:
        """Low, likely and high in `unit`; a single number is its own low and high.

        Raises
        ------
        RulesError, UnitError
            As `value`.
        """
        parameter = self.parameter(id)
        source = parameter.citation
        if parameter.kind == "number":
            return Estimate.exact(quantity(parameter.value, unit, name=id), source)
        if parameter.kind != "estimate":
            raise RulesError.because("rules.not-a-number", id, kind=parameter.kind)
        ends = {e: quantity(v, unit, name=id) for e, v in parameter.value.items()}
        return Estimate(**ends, source=source)

    def table(self, id: str, *, unit: str) -> tuple[float, ...]:
        """The numbers of a table in `unit`.

        Raises
        ------
        RulesError, UnitError
            As `value`; `rules.not-a-table` if it is none.
        """
        parameter = self.parameter(id)
        if parameter.kind != "table":
            raise RulesError.because("rules.not-a-table", id, kind=parameter.kind)
        return tuple(quantity(item, unit, name=id) for item in parameter.value)

    def items(self, id: str) -> tuple[ListItem, ...]:
        """The entries of a list, in order, each with its status.

        Raises
        ------
        RulesError
            As `parameter`; `rules.not-a-list` if it is none.
        """
        parameter = self.parameter(id)
        if parameter.kind != "list":
            raise RulesError.because("rules.not-a-list", id, kind=parameter.kind)
        items: tuple[ListItem, ...] = parameter.value
        return items

    def tree(self, id: str) -> DecisionTree:
        """A decision tree.

        Raises
        ------
        RulesError
            As `parameter`; `rules.not-a-decision` if it is none.
        """
        parameter = self.parameter(id)
        if parameter.kind != "decision":
            raise RulesError.because("rules.not-a-decision", id, kind=parameter.kind)
        tree: DecisionTree = parameter.value
        return tree

    def decide(self, id: str, answers: Mapping[str, bool]) -> Decision:
        """Where a decision tree leads with the answers given; see `rules.decision.decide`."""
        return decide(self.tree(id), answers)

    def function(self, name: str) -> Callable[..., Any]:
        """The code of a formula of the rule set, with these rules as its `rules` if it takes them.

        Raises
        ------
        RulesError
            As `Ruleset.function`.
        """
        code = self.ruleset.function(name)
        return partial(code, rules=self) if "rules" in signature(code).parameters else code

    def unverified(self, *ids: str, subject: str) -> tuple[Finding, ...]:
        """One notice per parameter of `ids` that nobody verified, for a result that rests on it."""
        used = [self.parameter(id) for id in dict.fromkeys(ids)]
        return tuple(
            notice(
                "rules.rests-on-unverified", subject, title=p.title, citation=p.citation, id=p.id
            )
            for p in used
            if p.status is Status.UNVERIFIED
        )

    def citations(self) -> tuple[Instrument, ...]:
        """Instruments behind what is in force on this date, by id."""
        versions: list[Version] = []
        for parameter in self.ruleset.parameters.values():
            versions += [v for v in parameter.versions if v.holds_on(self.date)]
        for layer in self.ruleset.layers.values():
            versions += [v for v in layer.versions if v.holds_on(self.date)]
        used = {v.instrument.id: v.instrument for v in versions}
        return tuple(used[i] for i in sorted(used))

    def _not_in_force(self, id: str) -> RulesError:
        date = self.date.isoformat()
        return RulesError.because("rules.not-in-force", id, ruleset=self.name, date=date)


def _holding(versions: tuple[Any, ...], date: dt.date) -> Any:
    """The version on a date, or None; reading has made sure that there are never two."""
    return next((v for v in versions if v.holds_on(date)), None)


def _with_status(version: ParameterVersion) -> Any:
    """The value; entries of lists that state no status of their own get that of the version."""

    def told(items: tuple[ListItem, ...]) -> tuple[ListItem, ...]:
        return tuple(replace(item, status=item.status or version.status) for item in items)

    value = version.value
    if isinstance(value, DecisionTree):
        ends = {e.id: replace(e, requires=told(e.requires)) for e in value.outcomes.values()}
        return replace(value, outcomes=ends)
    if isinstance(value, tuple) and value and isinstance(value[0], ListItem):
        return told(value)
    return value


def _sources(version: Version) -> dict[str, Any]:
    return {
        "instrument": version.instrument.citation,
        "article": version.article,
        "url": version.url,
        "read": version.read,
        "status": version.status,
        "note": version.note,
        "since": version.since,
        "until": version.until,
        "citation": Text(es=version.cite("es"), en=version.cite("en")),
    }


def _unknown(code: str, asked: str, known: Any, ruleset: str) -> RulesError:
    nearest = candidates(asked, sorted(known))
    return RulesError.because(code, asked, ruleset=ruleset, nearest=nearest)
