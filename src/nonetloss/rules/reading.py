"""Read a rule set from YAML, strictly: unknown keys, missing sources and overlaps are refused."""

import datetime as dt
import re
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from typing import Any

from nonetloss.core import package_data
from nonetloss.core.errors import NonetlossError, RulesError
from nonetloss.core.findings import Finding, error, offenders
from nonetloss.core.language import Text
from nonetloss.core.units import is_known, quantity
from nonetloss.rules.dated import (
    DatedLayerRule,
    DatedParameter,
    Force,
    Instrument,
    LayerVersion,
    ParameterVersion,
    Status,
)
from nonetloss.rules.decision import DecisionTree, Outcome, Question, faults
from nonetloss.rules.lists import ListItem
from nonetloss.rules.model import Ruleset

ROLES = ("prohibited", "restricted", "accounted", "context")
INSTRUMENT_KINDS = ("norm", "study", "criterion")
KINDS = ("number", "estimate", "table", "list", "decision", "statement")

_HEADER = {"name", "title", "valid", "reviewed"}, {"note", "functions"}
_TARGET = re.compile(r"[a-z_]+:[a-z_]+")
_INSTRUMENT = {"kind", "citation", "title", "status"}, {"date", "url", "note"}
_PARAMETER = {"title", "kind", "values"}, {"unit", "force"}
_LAYER = {"title", "values"}, set[str]()
_VERSION = {"from", "until", "instrument", "status"}, {"article", "url", "read", "note"}
_ITEM = {"id", "title"}, {"text", "status"}
_TREE = {"start", "questions", "outcomes"}, set[str]()
_QUESTION = {"ask", "yes", "no"}, set[str]()
_OUTCOME = {"title"}, {"requires"}


def names() -> tuple[str, ...]:
    """Rule sets that ship with the package."""
    folders = package_data.names("rulesets")
    return tuple(f for f in folders if package_data.exists(f"rulesets/{f}/ruleset.yaml"))


@cache
def ruleset(name: str) -> Ruleset:
    """A packaged rule set, checked.

    Raises
    ------
    RulesError
        `rules.ruleset-unknown` (lists those available), or everything `ruleset_from` finds.
    """
    if name not in names():
        raise RulesError.because("rules.ruleset-unknown", name, available=offenders(names(), 20))
    parts = ("ruleset", "instruments", "parameters", "layers")
    return ruleset_from(
        {part: package_data.read_yaml(f"rulesets/{name}/{part}.yaml") for part in parts}
    )


def ruleset_from(documents: Mapping[str, Any]) -> Ruleset:
    """A rule set from its four parsed documents: ruleset, instruments, parameters, layers.

    Empty documents stand for no instruments, parameters or layers. Dates are YAML dates.

    Raises
    ------
    RulesError
        With all findings at once: `rules.key-unknown`, `rules.key-missing`, `rules.bad-value`,
        `rules.overlap`, and `units.*` for amounts.
    """
    reader = _Reader()
    header = reader.mapping(documents.get("ruleset"), "ruleset.yaml", *_HEADER)
    valid = reader.mapping(header.get("valid"), "ruleset.yaml: valid", {"from", "until"}, set())
    reviewed = reader.date(header.get("reviewed"), "ruleset.yaml: reviewed")
    since = reader.date(valid.get("from"), "ruleset.yaml: valid")
    reader.reviewed = reviewed or dt.date.min
    for id, entry in reader.part(documents, "instruments"):
        reader.instruments[id] = reader.instrument(id, entry)
    parameters = {
        id: reader.parameter(id, entry) for id, entry in reader.part(documents, "parameters")
    }
    layers = {kind: reader.layer(kind, entry) for kind, entry in reader.part(documents, "layers")}
    result = Ruleset(
        name=str(header.get("name", "")),
        title=reader.text(header.get("title"), "ruleset.yaml: title"),
        note=reader.optional_text(header.get("note"), "ruleset.yaml: note"),
        since=since or dt.date.min,
        until=reader.date(valid.get("until"), "ruleset.yaml: valid", optional=True),
        reviewed=reader.reviewed,
        parameters=parameters,
        layers=layers,
        instruments=reader.instruments,
        functions=reader.functions(header.get("functions")),
    )
    if reader.found:
        raise RulesError(*reader.found)
    return result


class _Reader:
    """Collects findings while it reads, so that the author sees all of them at once."""

    def __init__(self) -> None:
        self.found: list[Finding] = []
        self.instruments: dict[str, Instrument] = {}
        self.reviewed = dt.date.min

    def bad(self, where: str, value: Any, expected: str) -> None:
        self.found.append(error("rules.bad-value", where, value=str(value), expected=expected))

    def mapping(
        self, value: Any, where: str, required: set[str], optional: set[str]
    ) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            self.bad(where, value, "key: value")
            return {}
        allowed = offenders(sorted(required | optional), 20)
        for key in value:
            if key not in required | optional:
                self.found.append(error("rules.key-unknown", where, key=str(key), allowed=allowed))
        missing = sorted(required - set(value))
        if missing:
            self.found.append(error("rules.key-missing", where, keys=offenders(missing, 20)))
        return value

    def text(self, value: Any, where: str) -> Text:
        if isinstance(value, str) and value:
            return Text.of(value)
        if isinstance(value, Mapping) and set(value) == {"es", "en"} and all(value.values()):
            return Text.of(value)
        self.bad(where, value, "{es: …, en: …}")
        return Text("", "")

    def optional_text(self, value: Any, where: str) -> Text | None:
        return None if value is None else self.text(value, where)

    def date(self, value: Any, where: str, *, optional: bool = False) -> dt.date | None:
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            return value
        if value is not None or not optional:
            self.bad(where, value, "2018-03-02")
        return None

    def choice(self, value: Any, where: str, allowed: tuple[str, ...]) -> str:
        if value in allowed:
            return str(value)
        self.bad(where, value, " | ".join(allowed))
        return allowed[-1]

    def functions(self, value: Any) -> dict[str, str]:
        """Public names to `module:function`; the code is looked up only when somebody asks."""
        where = "ruleset.yaml: functions"
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self.bad(where, value, "name: module:function")
            return {}
        for target in value.values():
            if not _TARGET.fullmatch(str(target)):
                self.bad(where, target, "module:function")
        return {str(name): str(target) for name, target in value.items()}

    def instrument(self, id: str, entry: Any) -> Instrument:
        where = f"instruments.yaml: {id}"
        read = self.mapping(entry, where, *_INSTRUMENT)
        return Instrument(
            id=id,
            kind=self.choice(read.get("kind"), where, INSTRUMENT_KINDS),
            citation=self.text(read.get("citation"), where),
            title=self.text(read.get("title"), where),
            date=self.date(read.get("date"), where, optional=True),
            url=str(read.get("url") or ""),
            status=Status(self.choice(read.get("status"), where, tuple(Status))),
            note=self.optional_text(read.get("note"), where),
        )

    def parameter(self, id: str, entry: Any) -> DatedParameter:
        where = f"parameters.yaml: {id}"
        read = self.mapping(entry, where, *_PARAMETER)
        kind = self.choice(read.get("kind"), where, KINDS)
        unit = str(read.get("unit") or "")
        if not is_known(unit):
            self.bad(where, unit, "unit")
        versions = [
            ParameterVersion(
                **self.sources(version, where, {"value"}, {"derivation"}),
                value=self.amount(version.get("value"), kind, unit, where),
                derivation=self.optional_text(version.get("derivation"), where),
            )
            for version in self.versions(read, where)
        ]
        return DatedParameter(
            id=id,
            title=self.text(read.get("title"), where),
            kind=kind,
            unit=unit,
            force=Force(self.choice(read.get("force", "legal"), where, tuple(Force))),
            versions=self.in_order(versions, where),
        )

    def layer(self, kind: str, entry: Any) -> DatedLayerRule:
        where = f"layers.yaml: {kind}"
        read = self.mapping(entry, where, *_LAYER)
        versions = [
            LayerVersion(
                **self.sources(version, where, {"role", "ground"}, {"setback"}),
                role=self.choice(version.get("role"), where, ROLES),
                ground=self.text(version.get("ground"), where),
                setback_m=self.number(version.get("setback", "0 m"), "m", where),
            )
            for version in self.versions(read, where)
        ]
        title = self.text(read.get("title"), where)
        return DatedLayerRule(kind=kind, title=title, versions=self.in_order(versions, where))

    def versions(self, read: Mapping[str, Any], where: str) -> list[Mapping[str, Any]]:
        listed = read.get("values")
        if isinstance(listed, list) and listed and all(isinstance(v, Mapping) for v in listed):
            return listed
        self.bad(where, listed, "values: [{from, until, value, instrument, status}]")
        return []

    def sources(
        self, version: Mapping[str, Any], where: str, required: set[str], optional: set[str]
    ) -> dict[str, Any]:
        read = self.mapping(version, where, _VERSION[0] | required, _VERSION[1] | optional)
        instrument = self.instruments.get(str(read.get("instrument")))
        if instrument is None:
            known = offenders(sorted(self.instruments), 20)
            self.bad(where, read.get("instrument"), f"instruments.yaml: {known}")
            instrument = Instrument(
                "", "study", Text("", ""), Text("", ""), None, "", Status.UNVERIFIED
            )
        since = self.date(read.get("from"), where, optional=True)
        until = self.date(read.get("until"), where, optional=True)
        if since and until and until < since:
            self.bad(where, f"{since} – {until}", "from <= until")
        return {
            "since": since,
            "until": until,
            "instrument": instrument,
            "article": str(read.get("article") or ""),
            "url": str(read.get("url") or instrument.url),
            "read": self.date(read.get("read"), where, optional=True) or self.reviewed,
            "status": Status(self.choice(read.get("status"), where, tuple(Status))),
            "note": self.optional_text(read.get("note"), where),
        }

    def number(self, value: Any, unit: str, where: str) -> float:
        if not is_known(unit):  # told already, once for the parameter
            return 0.0
        try:
            return quantity(value, unit, name=where)
        except NonetlossError as problem:
            self.found.extend(problem.findings)
            return 0.0

    def amount(self, value: Any, kind: str, unit: str, where: str) -> Any:
        """The value as the file writes it, once it is known to be readable in the unit."""
        structures = {"statement": self.text, "list": self.items, "decision": self.tree}
        if kind in structures:
            return structures[kind](value, where)
        if kind == "number":
            self.number(value, unit, where)
            return value
        if kind == "table":
            if not isinstance(value, list) or not value:
                self.bad(where, value, "[…]")
                return ()
            for item in value:
                self.number(item, unit, where)
            return tuple(value)
        ends = self.mapping(value, where, {"low", "likely", "high"}, set())
        amounts = [self.number(ends.get(e), unit, where) for e in ("low", "likely", "high")]
        if amounts != sorted(amounts):
            self.bad(where, value, "low <= likely <= high")
        return dict(ends)

    def items(self, value: Any, where: str) -> tuple[ListItem, ...]:
        if not isinstance(value, list) or not value:
            self.bad(where, value, "[{id, title: {es, en}, text: {es, en}}]")
            return ()
        items = []
        for number, entry in enumerate(value, start=1):
            read = self.mapping(entry, f"{where}: {number}", *_ITEM)
            status = read.get("status")
            if status is not None:
                status = Status(self.choice(status, where, tuple(Status)))
            items.append(
                ListItem(
                    id=str(read.get("id") or ""),
                    title=self.text(read.get("title"), f"{where}: {number}"),
                    text=self.optional_text(read.get("text"), f"{where}: {number}"),
                    status=status,
                )
            )
        ids = [item.id for item in items]
        twice = sorted({id for id in ids if ids.count(id) > 1 or not id})
        if twice:
            self.bad(where, offenders(twice), "id ≠ id")
        return tuple(items)

    def tree(self, value: Any, where: str) -> DecisionTree:
        read = self.mapping(value, where, *_TREE)
        questions = {}
        for id, entry in self.entries(read.get("questions"), f"{where}: questions"):
            if isinstance(entry, Mapping):  # YAML reads a bare yes and no as true and false
                entry = {{True: "yes", False: "no"}.get(k, k): v for k, v in entry.items()}
            asked = self.mapping(entry, f"{where}: {id}", *_QUESTION)
            text = self.text(asked.get("ask"), f"{where}: {id}")
            questions[id] = Question(id, text, str(asked.get("yes")), str(asked.get("no")))
        outcomes = {}
        for id, entry in self.entries(read.get("outcomes"), f"{where}: outcomes"):
            end = self.mapping(entry, f"{where}: {id}", *_OUTCOME)
            asked_for = end.get("requires")
            items = self.items(asked_for, f"{where}: {id}") if asked_for else ()
            outcomes[id] = Outcome(id, self.text(end.get("title"), f"{where}: {id}"), items)
        tree = DecisionTree(str(read.get("start")), questions, outcomes)
        for place, expected in faults(tree):
            self.bad(where, place, expected)
        return tree

    def part(self, documents: Mapping[str, Any], name: str) -> list[tuple[str, Any]]:
        """The entries of a document; none if it is empty."""
        read = documents.get(name)
        return self.entries(read, f"{name}.yaml") if read else []

    def entries(self, value: Any, where: str) -> list[tuple[str, Any]]:
        if isinstance(value, Mapping) and value:
            return [(str(id), entry) for id, entry in value.items()]
        self.bad(where, value, "id: {…}")
        return []

    def in_order(self, versions: list[Any], where: str) -> tuple[Any, ...]:
        """Versions by date; two that hold on the same day are an error."""
        ordered = sorted(versions, key=lambda v: v.since or dt.date.min)
        for earlier, later in pairwise(ordered):
            if (earlier.until or dt.date.max) >= (later.since or dt.date.min):
                self.found.append(
                    error(
                        "rules.overlap", where, earlier=str(earlier.until), later=str(later.since)
                    )
                )
        return tuple(ordered)
