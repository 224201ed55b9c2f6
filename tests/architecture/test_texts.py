"""Every text in both languages, every code with its text, every text with its code."""

import ast
import re
import string
from pathlib import Path

import pytest
import yaml

from nonetloss.core.language import catalog
from nonetloss.core.nomenclature import terms
from nonetloss.core.units import is_known

SRC = Path(__file__).parents[2] / "src" / "nonetloss"
LOCALE = sorted((SRC / "locale").glob("*.yaml"))
PACKAGED = sorted(SRC.rglob("*.yaml"))
MAKERS = {"because", "error", "warning", "notice", "_unknown", "say", "word", "text"}
# Words of the report are keyed by the columns and units they stand for.
CODE = re.compile(r"^[a-z][a-z-]*\.[a-z0-9]+(-[a-z0-9]+)*$|^report\.[A-Za-z0-9_/.-]+$")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def parts(entry: dict) -> list[dict]:
    return (
        [entry[p] for p in ("must", "found", "near", "do") if p in entry]
        if "must" in entry
        else [entry]
    )


def strings_in_code() -> set[str]:
    """Every string constant of the package; f-strings give their constant beginning with a *."""
    found = set()
    for path in SRC.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            if isinstance(node, ast.JoinedStr):
                first = node.values[0]
                if isinstance(first, ast.Constant):
                    found.add(f"{first.value}*")
    return found


def codes_in_code() -> list[tuple[str, str]]:
    """First arguments of calls that make findings, with where they stand."""
    found = []
    for path in SRC.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            first = node.args[0]
            if name in ("because", "error", "warning", "notice") and isinstance(
                first, ast.Constant
            ):
                found.append((str(first.value), f"{path.relative_to(SRC)}:{node.lineno}"))
    return found


@pytest.mark.parametrize("path", LOCALE, ids=lambda p: p.name)
def test_texts_are_complete_and_agree_on_placeholders(path):
    wrong = []
    for key, entry in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).items():
        if not CODE.match(key):
            wrong.append(f"{key}: not a code")
        if "must" in entry and set(entry) - {"near"} != {"must", "found", "do"}:
            wrong.append(f"{key}: {sorted(entry)}")
            continue
        for part in parts(entry):
            if set(part) != {"es", "en"} or not all(str(t).strip() for t in part.values()):
                wrong.append(f"{key}: languages {sorted(part)}")
            elif placeholders(part["es"]) != placeholders(part["en"]):
                wrong.append(f"{key}: placeholders differ")
    assert wrong == []


def repeated(node: yaml.Node | None) -> list[str]:
    """Keys that stand twice in a mapping, with their lines: of those a parser keeps the last."""
    found: list[str] = []
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                found.append(f"{name} (line {key.start_mark.line + 1})")
            seen.add(name)
            found += repeated(value)
    elif isinstance(node, yaml.SequenceNode):
        found += [name for entry in node.value for name in repeated(entry)]
    return found


def test_repeated_keys_are_seen_at_any_depth():
    text = "a: 1\nb: [{c: 1, c: 2}]\na: 2\n"
    assert repeated(yaml.compose(text)) == ["c (line 2)", "a (line 3)"]


@pytest.mark.parametrize("path", PACKAGED, ids=lambda p: p.relative_to(SRC).as_posix())
def test_no_key_stands_twice(path):
    assert repeated(yaml.compose(path.read_text(encoding="utf-8"))) == []


def test_a_key_stands_in_one_file():
    assert catalog()


def test_every_code_that_is_raised_has_its_text():
    known = catalog()
    assert [f"{where} {code}" for code, where in codes_in_code() if code not in known] == []


def test_an_error_says_what_must_hold_what_was_found_and_what_to_do():
    """Whatever is raised carries all three parts."""
    raised = set()
    for path in SRC.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if name in ("because", "error"):
                    raised.add(str(node.args[0].value))
    known = catalog()
    assert sorted(code for code in raised if code in known and "must" not in known[code]) == []


def test_every_text_is_used():
    written = strings_in_code()
    beginnings = tuple(s[:-1] for s in written if s.endswith("*") and len(s) > 4)

    def used(key: str) -> bool:
        area, _, rest = key.partition(".")
        spoken = area in ("cli", "report") and (
            rest in written or rest.startswith(beginnings) or f"#{rest}" in written
        )
        return key in written or key.startswith(beginnings) or spoken

    assert sorted(key for key in catalog() if not used(key)) == []


def test_the_data_of_a_finding_fill_its_text():
    """Keywords given where a finding is made cover the placeholders of its text."""
    known = catalog()
    wrong = []
    for path in SRC.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            first = node.args[0]
            if name not in ("because", "error", "warning", "notice"):
                continue
            if not isinstance(first, ast.Constant) or first.value not in known:
                continue
            if any(k.arg is None for k in node.keywords):
                continue
            given = {k.arg for k in node.keywords} | {"subject"}
            wanted = set().union(*(placeholders(p["es"]) for p in parts(known[first.value])))
            wanted = {re.split(r"[.\[]", w)[0] for w in wanted}
            if not wanted <= given:
                wrong.append(
                    f"{path.relative_to(SRC)}:{node.lineno} {first.value} {wanted - given}"
                )
    assert wrong == []


@pytest.mark.parametrize("name", sorted(terms()))
def test_the_nomenclature_is_complete(name):
    term = terms()[name]
    assert is_known(term.unit)
    assert term.symbol
    assert term.source
    for text in (term.label, term.definition):
        assert text.es
        assert text.en
    assert term.label.es != term.label.en
