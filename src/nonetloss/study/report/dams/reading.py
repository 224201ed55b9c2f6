"""Fill a `DamStudy` from a run folder: the one place here that knows files and columns."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nonetloss.core.language import Text
from nonetloss.io import parquet, run_folder
from nonetloss.study.report.dams.model import (
    Answer,
    CriterionView,
    DamStudy,
    DamView,
    FrontView,
    StateView,
    Tree,
)
from nonetloss.study.report.folder import Folder
from nonetloss.study.report.model import Run
from nonetloss.study.report.words import has_word, texts, word

FRONTIER = "hydropower.frontier"
DAM = "dam_"
# Tables of the methods that choose from the front, by method.
TABLES: Mapping[str, tuple[str, ...]] = {
    "exchange": ("table", "today"),
    "membership": ("table", "bands", "options"),
    "menu": ("table", "choices", "titles"),
    "regret": ("table", "improvements", "nearest"),
    "sequence": ("table", "lock_in"),
    "robust": ("table", "scenarios", "factors"),
}
# Columns of network-dams.parquet that are no attribute of the dam.
NAMED = (
    *("id", "title_es", "title_en", "river", "status", "above", "below", "options", "x", "y"),
    "source",
)


def read_dams(path: Path, run: Run) -> DamStudy | None:
    """The dams of a run folder; None if none of its steps is `hydropower.frontier`.

    Raises
    ------
    InputError
        `io.unreadable` if a file that the run names cannot be read.
    """
    if FRONTIER not in run.methods:
        return None
    folder = Folder(path, run_folder.read_record(path / "run.json"))
    dams = _dams(path)
    fronts = {
        str(step["step"]): _front(folder, step, dams)
        for step in folder.record["steps"]
        if step["method"] == FRONTIER
    }
    choices = tuple(_choices_made(folder, fronts, dams))
    main = _main(folder, fronts)
    layers = run_folder.read_layers(path / "network.gpkg")
    return DamStudy(
        run=run,
        dams=dams,
        tree=tree_of(dams),
        front=main,
        others=tuple(f for f in fronts.values() if f is not main),
        states=_states(folder, dams),
        choices=choices,
        answers=tuple(_answers(folder, fronts)),
        reaches=layers.get("reaches"),
        reservoirs=layers.get("reservoirs"),
    )


def _of(fronts: Mapping[str, FrontView], step: Mapping[str, Any]) -> FrontView:
    """The front that a step took; where the record names none of them, the last one."""
    names = [n for n in step["inputs"].get("frontier", ()) if n in fronts]
    return fronts[names[0]] if names else list(fronts.values())[-1]


def _main(folder: Folder, fronts: Mapping[str, FrontView]) -> FrontView:
    """The front of the choice decided for, or of the last one; else that with most criteria."""
    chose = [s for s in folder.record["steps"] if s["method"] == "hydropower.choice"]
    name = (folder.record["study"].get("decision") or {}).get("chosen")
    chose = [s for s in chose if s["outputs"].get("name", {}).get("value") == name] or chose
    if chose:
        return _of(fronts, chose[-1])
    return max(fronts.values(), key=lambda front: len(front.criteria))


def _answers(folder: Folder, fronts: Mapping[str, FrontView]) -> Iterator[Answer]:
    """What each step of a method of selection gave."""
    for step in folder.record["steps"]:
        method = str(step["method"]).removeprefix("hydropower.")
        if method not in TABLES:
            continue
        outputs = step["outputs"]
        tables = {
            part: parquet.read(folder.path / outputs[part]["file"])[0]
            for part in TABLES[method]
            if str(outputs.get(part, {}).get("file", "")).endswith(".parquet")
        }
        yield Answer(
            step=str(step["step"]),
            method=method,
            title=texts(step.get("title")),
            front=_of(fronts, step),
            tables={name: table for name, table in tables.items() if len(table)},
            facts={name: o["value"] for name, o in outputs.items() if "value" in o},
        )


def _dams(path: Path) -> tuple[DamView, ...]:
    table, _ = parquet.read(path / "network-dams.parquet")
    numbers = [c for c in table.columns if c not in NAMED and table[c].dtype.kind in "fiu"]
    return tuple(
        DamView(
            id=str(row["id"]),
            title=Text(es=_plain(row.get("title_es")), en=_plain(row.get("title_en"))),
            river=_plain(row.get("river")),
            status=str(row["status"]),
            above=str(row["above"]),
            below=str(row["below"]),
            options=int(row.get("options", 1)),
            x=float(row.get("x", np.nan)),
            y=float(row.get("y", np.nan)),
            attributes={c: float(row[c]) for c in numbers},
        )
        for row in table.to_dict("records")
    )


def _plain(value: Any) -> str:
    return "" if value is None or value != value else str(value)


def tree_of(dams: Sequence[DamView]) -> Tree:
    """The components that the dams join, from the mouth upwards (order of breadth)."""
    above: dict[str, list[int]] = {}
    for i, dam in enumerate(dams):
        above.setdefault(dam.below, []).append(i)
    mouths = dict.fromkeys(d.below for d in dams if d.below not in {e.above for e in dams})
    names = list(mouths)
    below, between = [-1] * len(names), [-1] * len(names)
    at = 0
    while at < len(names):
        for i in above.get(names[at], ()):
            names.append(dams[i].above)
            below.append(at)
            between.append(i)
        at += 1
    return Tree(tuple(names), np.array(below, dtype=int), np.array(between, dtype=int))


def _front(folder: Folder, step: Mapping[str, Any], dams: Sequence[DamView]) -> FrontView:
    outputs = step["outputs"]
    told = {name: output["value"] for name, output in outputs.items() if "value" in output}
    file = str(outputs["portfolios"]["file"])
    table, units = parquet.read(folder.path / file)
    labels = {str(c["name"]): c for c in told.get("criteria", ())}
    names = [c for c in table.columns if not c.startswith(DAM)]
    names = [n for n in labels if n in names] or names
    proof = told.get("certificate", {})
    epsilon = float(told.get("epsilon", 0.0))
    return FrontView(
        criteria=tuple(_criterion(n, labels.get(n, {}), units.get(n, "")) for n in names),
        values=table[names].to_numpy(dtype=float),
        choices=_choices(table, dams),
        epsilon=epsilon,
        asked=float(told.get("asked_epsilon", epsilon)),
        finished=bool(told.get("finished", True)),
        reevaluated=int(proof.get("reevaluated", 0)),
        resolution={str(k): float(v) for k, v in proof.get("resolution", {}).items()},
        file=file,
        step=str(step["step"]),
        title=texts(step["title"]) if step["title"] != step["question"] else Text.of(""),
        parameters={k: p["value"] for k, p in step["parameters"].items()},
    )


def _criterion(name: str, told: Mapping[str, Any], unit: str) -> CriterionView:
    title = texts(told.get("title"))
    if not (title.es and title.en):
        title = criterion_title(name)
    return CriterionView(
        name, title, str(told.get("unit", unit) or ""), str(told.get("sense", "max"))
    )


def criterion_title(name: str) -> Text:
    """Title of a criterion that brought none: its name, unless it is a usual one."""
    key = f"dams.criterion-{name}"
    if not has_word(key):
        return Text.of(name)
    return Text(es=word(key, "es"), en=word(key, "en"))


def _choices(table: pd.DataFrame, dams: Sequence[DamView]) -> np.ndarray:
    """(rows, dams) int8; a dam without a column stands nowhere."""
    found = np.zeros((len(table), len(dams)), dtype=np.int8)
    for i, dam in enumerate(dams):
        if f"{DAM}{dam.id}" in table.columns:
            found[:, i] = table[f"{DAM}{dam.id}"]
    return found


def _states(folder: Folder, dams: Sequence[DamView]) -> tuple[StateView, ...]:
    table = folder.table("hydropower.states", "table")
    stands = folder.table("hydropower.states", "choices")
    told = folder.table("hydropower.states", "titles")
    titles = [Text(str(t["es"]), str(t["en"])) for t in told.to_dict("records")]
    rows = {str(n): i for i, n in enumerate(stands["state"])} if "state" in stands else {}
    choices = _choices(stands, dams) if rows else None
    return tuple(
        StateView(
            name=str(row["state"]),
            title=_titled(str(row["state"]), titles[i] if titles else Text.of("")),
            values=_numbers(row),
            choices=choices[rows[str(row["state"])]]
            if choices is not None and str(row["state"]) in rows
            else None,
        )
        for i, row in enumerate(table.to_dict("records"))
    )


def _numbers(row: Mapping[Any, Any]) -> dict[str, float]:
    """The numbers of a row, by column."""
    return {
        str(k): float(v)
        for k, v in row.items()
        if isinstance(v, int | float) and not isinstance(v, bool)
    }


def _titled(name: str, title: Text) -> Text:
    """The title that somebody gave, else the words for a state of that name."""
    return title if title.es not in ("", name) else state_title(name)


def state_title(name: str) -> Text:
    """Words for the states that every study has; a plan keeps its name."""
    key = f"dams.state-{name}"
    return Text(es=word(key, "es"), en=word(key, "en")) if has_word(key) else Text.of(name)


def _choices_made(
    folder: Folder, fronts: Mapping[str, FrontView], dams: Sequence[DamView]
) -> Iterator[StateView]:
    """Every portfolio that a step `hydropower.choice` chose, in the order of the steps."""
    main = _main(folder, fronts)
    for step in folder.record["steps"]:
        outputs = step["outputs"]
        if step["method"] != "hydropower.choice" or "values" not in outputs:
            continue
        told = {k: o["value"] for k, o in outputs.items() if "value" in o}
        file = outputs.get("choices", {}).get("file")
        stands = _choices(parquet.read(folder.path / file)[0], dams)[0] if file else None
        name = str(told.get("name", step["step"]))
        yield StateView(
            name=name,
            title=_titled(name, texts(told.get("title"))),
            values=_numbers(told["values"]),
            choices=stands,
            why=texts(told.get("why")),
            row=int(told.get("row", -1)) if _of(fronts, step) is main else -1,
        )
