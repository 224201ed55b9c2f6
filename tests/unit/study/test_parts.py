from dataclasses import dataclass
from types import SimpleNamespace

import pandas as pd
import pytest

from nonetloss.study.parts import unknown_part


@dataclass(frozen=True, slots=True)
class Inside:
    size: float


@dataclass(frozen=True, slots=True)
class Result:
    table: pd.DataFrame
    inside: Inside | None
    by_name: dict[str, Inside]

    @property
    def half(self) -> Inside:
        return self.inside

    def again(self) -> "Result":
        return self


def typed() -> Result | None: ...


def untyped(): ...


def method(function):
    return SimpleNamespace(resolve=lambda: function)


@pytest.mark.parametrize(
    "written",
    ["table", "table.anything", "inside.size", "half.size", "again.again.half", "by_name.a.b"],
)
def test_what_the_type_has_or_cannot_tell(written):
    assert unknown_part(method(typed), written.split(".")) is None


@pytest.mark.parametrize(
    ("written", "part"),
    [("tabel", "tabel"), ("inside.sise", "sise"), ("half.x", "x"), ("_hash", "_hash")],
)
def test_what_the_type_does_not_have(written, part):
    found, known = unknown_part(method(typed), written.split("."))
    assert found == part
    assert "size" in known or "inside" in known


def test_a_function_that_says_nothing_of_its_result():
    assert unknown_part(method(untyped), ["anything"]) is None
