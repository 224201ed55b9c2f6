"""One contract for all methods: documented, translated, cited, exampled, true to signature."""

import inspect
import re

import pytest
import yaml

from nonetloss.core.language import Text
from nonetloss.core.method import Method
from nonetloss.core.units import is_known
from nonetloss.study.binding import AMBIENT, plan
from nonetloss.study.check import provided
from nonetloss.study.registry import methods
from nonetloss.study.schema import StepSection, StudyDocument

# Methods that need not fulfil the contract. It stays empty.
EXCLUDED: frozenset[str] = frozenset()
METHODS = [m for m in methods().values() if m.id not in EXCLUDED]
EVERY = pytest.mark.parametrize("method", METHODS, ids=lambda m: m.id)
PROVIDED = {"alternatives", "ecosystems", "relief", "parcels", "start", "end", "right_of_way_m"}
WANTED = {
    "avoid.screening", "avoid.footprint", "avoid.surface", "avoid.route", "avoid.induced",
    "minimize.measures", "offset.loss", "offset.services", "offset.portfolio",
    "ledger.hierarchy", "ledger.credits",
    "offset.counterfactual", "offset.equivalence", "offset.bank",
    "offset.value", "offset.habitat-quality", "offset.species", "offset.joint",
    "hydropower.states", "hydropower.frontier", "hydropower.choice", "hydropower.exchange",
    "hydropower.membership", "hydropower.regret", "hydropower.menu", "hydropower.sequence",
    "hydropower.robust", "hydropower.reservoirs", "hydropower.energy", "hydropower.cost",
    "hydropower.inundation", "hydropower.regulation", "hydropower.greenhouse",
    "offset.monitoring", "ledger.cumulative", "offset.selection", "offset.sensitivity",
    "forest.area", "forest.change", "forest.stock", "forest.allometry",
    "forest.baseline", "forest.permanence", "forest.credits", "forest.ccb",
    "forest.assessment", "forest.alternative", "forest.moving-window", "forest.road-risk",
    "forest.concession", "monitoring.patrols",
}  # fmt: skip
KINDS = ("number", "integer", "choice", "flag", "text", "list", "mapping")
OPTIMIZING = {
    "avoid.surface", "avoid.route", "minimize.measures", "offset.portfolio", "offset.joint",
    "offset.selection", "offset.sensitivity",
    "hydropower.frontier", "hydropower.choice", "hydropower.menu", "hydropower.sequence",
    "hydropower.robust",
}  # fmt: skip


def test_nothing_is_excluded():
    assert frozenset() == EXCLUDED


def test_the_methods_of_the_hierarchy_are_there():
    assert set(methods()) >= WANTED


def texts(method: Method) -> list[Text]:
    ports = (*method.inputs, *method.outputs, *method.parameters)
    return [method.question, method.validity, *(p.description for p in ports)]


@EVERY
def test_it_is_named_after_its_domain(method):
    assert re.fullmatch(r"[a-z]+\.[a-z-]+", method.id)
    assert method.function.startswith(f"nonetloss.{method.id.split('.')[0]}.")


@EVERY
def test_it_speaks_both_languages(method):
    for text in texts(method):
        assert text.es.strip()
        assert text.en.strip()
        assert text.es != text.en
    assert method.question.es.startswith("¿")
    assert method.question.en.endswith("?")


@EVERY
def test_its_function_takes_what_it_declares_and_nothing_else(method):
    signature = inspect.signature(method.resolve())
    declared = {p.name: p for p in (*method.inputs, *method.parameters)}
    optional = {p.name for p in method.inputs if p.optional}
    optional |= {p.name for p in method.parameters if p.optional or p.default is not None}
    for name in declared:
        assert name in signature.parameters, name
    for name, argument in signature.parameters.items():
        has_default = argument.default is not inspect.Parameter.empty
        if name not in declared:
            # For callers in Python only; a study never sets it.
            assert has_default, name
        elif name in {p.name for p in (*method.inputs, *method.parameters)} - optional:
            continue
        elif declared[name] in method.inputs:
            assert has_default, name
    first, *others = signature.parameters.values()
    assert first.name in declared
    assert all(a.kind is inspect.Parameter.KEYWORD_ONLY for a in others)


@EVERY
def test_its_function_is_documented(method):
    said = inspect.getdoc(method.resolve()) or ""
    assert len(said.splitlines()) > 3
    for heading in ("Parameters", "Raises"):
        assert f"\n{heading}\n---" in said, heading
    if method.id in OPTIMIZING:
        module = inspect.getmodule(method.resolve())
        for name in ("Mathematical formulation", "In words"):
            assert name in said or name in (module.__doc__ or ""), name


@EVERY
def test_its_numbers_have_known_units_and_defaults_within_bounds(method):
    for thing in (*method.inputs, *method.outputs, *method.parameters):
        assert is_known(thing.unit), thing.name
    for parameter in method.parameters:
        assert parameter.kind in KINDS
        if parameter.kind != "list":
            assert bool(parameter.choices) == (parameter.kind == "choice"), parameter.name
        assert not (parameter.optional and parameter.default is not None), parameter.name
        if parameter.kind in ("number", "integer"):
            assert parameter.low < parameter.high, parameter.name
    given = {p.name for p in method.parameters if p.default is not None}
    bound, found = method.bind({})
    assert given <= set(bound)
    assert {f.code for f in found} <= {"parameter.required"}


@EVERY
def test_it_cites(method):
    assert method.references
    for reference in method.references:
        assert re.search(r"\b(1[89]|20)\d\d\b", reference), reference


@EVERY
def test_its_ambient_inputs_are_given_by_every_study(method):
    for port in method.inputs:
        if port.ambient:
            assert port.name in {*AMBIENT, *PROVIDED}, port.name


@EVERY
def test_its_outputs_have_one_name_each_and_no_other_method_gives_the_same(method):
    assert len(method.outputs) == 1
    others = [m for m in METHODS if m is not method]
    assert method.outputs[0].name not in {o.name for m in others for o in m.outputs}


@EVERY
def test_its_example_is_a_step_that_binds(method):
    written = yaml.safe_load(method.example)
    assert isinstance(written, list), method.example
    step = StepSection.model_validate(written[0])
    assert step.method == method.id
    _, found = method.bind(
        {
            **{n: v for n, v in step.parameters.items() if not is_rule(v)},
            # A study's decision gives these.
            **{p.name: "a" for p in method.parameters if p.name in ("alternative", "reference")},
        }
    )
    assert [f.code for f in found] == []


def is_rule(value: object) -> bool:
    return isinstance(value, dict) and set(value) == {"rule"}


def test_ports_bind_by_name_through_the_whole_hierarchy(small_study):
    """A study that names no input at all: every port finds its noun or its earlier step."""
    small_study.study["parcels"] = {"source": "park"}
    small_study.study["steps"] = [
        {"step": "s1", "method": "avoid.surface", "parameters": {"base_cost_usd_per_m": "1 usd/m"}},
        {"step": "s2", "method": "avoid.route"},
        {"step": "s3", "method": "avoid.screening"},
        {"step": "s4", "method": "avoid.footprint"},
        {"step": "s5", "method": "avoid.induced"},
        {"step": "s6", "method": "offset.loss"},
        {"step": "s7", "method": "minimize.measures", "parameters": {"budget_usd": "1 usd"}},
        {"step": "s8", "method": "offset.portfolio", "inputs": {"residual": "s7"}},
        {"step": "s9", "method": "ledger.hierarchy"},
    ]
    document = StudyDocument.model_validate(small_study.study)
    calls, found = plan(document, None, provided(document))
    assert [f.code for f in found if f.code.startswith("study.")] == []
    assert calls[-1].references == {"loss": ("s6",), "plan": ("s7",), "portfolio": ("s8",)}
    assert calls[-1].settings["reference"].value == "straight"
    assert calls[-1].settings["alternative"].value == "north"
