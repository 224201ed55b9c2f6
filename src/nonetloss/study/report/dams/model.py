"""What the report of a dam study shows, whatever the files of the run are called."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from nonetloss.core.language import Language, Text
from nonetloss.study.report.model import Run

# States that every study knows; any other one is a plan that somebody brought.
KNOWN_STATES = ("none", "today", "full")


@dataclass(frozen=True, slots=True)
class CriterionView:
    """One criterion: `sense` is "max" or "min", `unit` the code of its unit."""

    name: str
    title: Text
    unit: str
    sense: str

    @property
    def sign(self) -> int:
        """1 where more is better, -1 where less is."""
        return 1 if self.sense == "max" else -1


@dataclass(frozen=True, slots=True)
class DamView:
    """One site. `x`, `y` are degrees east and north, NaN where nobody gave them."""

    id: str
    title: Text
    river: str
    status: str
    above: str
    below: str
    options: int
    x: float
    y: float
    attributes: Mapping[str, float]

    def name(self, language: Language) -> str:
        """Its name, else its id."""
        return self.title[language] or self.id


@dataclass(frozen=True, slots=True)
class StateView:
    """A named portfolio: "none", "today", "full", a plan, or the chosen one.

    `values` by criterion; `choices` one number per dam, in the order of the dams of the study, 0
    where nothing stands. `row` is its number in the front, -1 where it is no member.
    """

    name: str
    title: Text
    values: Mapping[str, float]
    choices: np.ndarray | None = None
    why: Text = field(default_factory=lambda: Text.of(""))
    row: int = -1

    @property
    def plan(self) -> bool:
        """Whether somebody brought it."""
        return self.name not in KNOWN_STATES


@dataclass(frozen=True, slots=True)
class FrontView:
    """The efficient portfolios: `values` (n, criteria) and `choices` (n, dams), and their proof.

    `epsilon` is what is proven, `asked` what the study wanted; `resolution` by criterion the
    difference below which two values count as equal (0: none). `parameters` are those of its step.
    """

    criteria: tuple[CriterionView, ...]
    values: np.ndarray
    choices: np.ndarray
    epsilon: float
    asked: float
    finished: bool
    reevaluated: int
    resolution: Mapping[str, float]
    file: str = ""
    step: str = ""
    title: Text = field(default_factory=lambda: Text.of(""))
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.values)

    def criterion(self, name: str) -> CriterionView | None:
        """The criterion of that name, or None."""
        return next((c for c in self.criteria if c.name == name), None)


@dataclass(frozen=True, slots=True)
class BasinDrawing:
    """Lines of the dam-free components, and the places of the dams, in a flat coordinate system.

    `lines` are pairs of component (index) and coordinates (points, 2); `dams` (dams, 2), NaN where
    unknown. Where `crs` is empty it is a tree drawn without places, y downwards from the top.
    `joined`: the lines are no rivers but lead straight from each dam to the next one downstream.
    """

    lines: tuple[tuple[int, np.ndarray], ...]
    dams: np.ndarray
    crs: str = ""
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Tree:
    """Components from the mouth upwards: every one comes after the one below it.

    `below` (components,) is the index of the next one downstream, -1 at the mouth; `dam`
    (components,) the index of the dam between them, -1 at the mouth.
    """

    names: tuple[str, ...]
    below: np.ndarray
    dam: np.ndarray

    def free(self, choices: np.ndarray) -> np.ndarray:
        """(components,) bool: no dam stands between it and the mouth."""
        found = np.ones(len(self.below), dtype=bool)
        for i, (down, dam) in enumerate(zip(self.below, self.dam, strict=True)):
            if down >= 0:
                found[i] = found[down] and choices[dam] == 0
        return found


@dataclass(frozen=True, slots=True)
class Answer:
    """What one step of a method of selection gave.

    `method` goes without its prefix (`exchange`, `menu`); `front` is the one that it chose from.
    Tables have the columns that the method documents.
    """

    step: str
    method: str
    title: Text
    front: FrontView
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    def table(self, part: str = "table") -> pd.DataFrame:
        """A table of the result; empty if there is none."""
        return self.tables.get(part, pd.DataFrame())

    def fact(self, part: str, default: Any = None) -> Any:
        """A plain value of the result."""
        return self.facts.get(part, default)


@dataclass(frozen=True, slots=True)
class DamStudy:
    """Everything that the dam sections tell.

    `front` is the main front: the one of which a portfolio was chosen, else the one with most
    criteria; `others` are further ones. `choices` are all portfolios that steps chose.
    """

    run: Run
    dams: tuple[DamView, ...]
    tree: Tree
    front: FrontView
    states: tuple[StateView, ...]
    others: tuple[FrontView, ...] = ()
    choices: tuple[StateView, ...] = ()
    answers: tuple[Answer, ...] = ()
    reaches: gpd.GeoDataFrame | None = None
    reservoirs: gpd.GeoDataFrame | None = None

    @property
    def chosen(self) -> StateView | None:
        """The portfolio that the study decided for, else the one that it chose last, or None."""
        decided = [c for c in self.choices if c.name == self.run.chosen]
        found = decided or self.choices
        return found[-1] if found else None

    @property
    def plans(self) -> tuple[StateView, ...]:
        """States that somebody brought."""
        return tuple(s for s in self.states if s.plan)

    def state(self, name: str) -> StateView | None:
        """The state of that name, or None."""
        return next((s for s in self.states if s.name == name), None)

    def taken(self, method: str) -> tuple[Answer, ...]:
        """What the steps of a method gave, in order."""
        return tuple(a for a in self.answers if a.method == method)

    def dam(self, id: str) -> DamView | None:
        """The dam of that id, or None."""
        return next((d for d in self.dams if d.id == id), None)
