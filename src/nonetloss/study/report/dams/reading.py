"""Fill a `DamStudy` from a run folder: the one place here that knows files and columns."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nonetloss.core.language import Text
from nonetloss.io import parquet, run_folder
from nonetloss.study.report.dams.model import (
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
    "menu": ("table", "choices"),
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
    front = _front(folder, dams)
    layers = run_folder.read_layers(path / "network.gpkg")
    return DamStudy(
        run=run,
        dams=dams,
        tree=tree_of(dams),
        front=front,
        states=_states(folder, front, dams),
        choices=tuple(_choices_made(folder, front, dams)),
        reaches=layers.get("reaches"),
        reservoirs=layers.get("reservoirs"),
        tables={
            (method, part): table
            for method, parts in TABLES.items()
            for part in parts
            if len(table := folder.part(f"hydropower.{method}", part))
        },
        facts={
            (method, name): output["value"]
            for method in TABLES
            for name, output in folder.outputs(f"hydropower.{method}")
            if "value" in output
        },
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


def _front(folder: Folder, dams: Sequence[DamView]) -> FrontView:
    outputs = dict(folder.outputs(FRONTIER))
    file = outputs["portfolios"]["file"]
    table, units = parquet.read(folder.path / file)
    told = {str(c["name"]): c for c in _records(folder, FRONTIER, "criteria")}
    names = [c for c in table.columns if not c.startswith(DAM)]
    names = [n for n in told if n in names] or names
    criteria = tuple(_criterion(n, told.get(n, {}), units.get(n, "")) for n in names)
    proof = folder.value(FRONTIER, "certificate", {})
    epsilon = float(folder.value(FRONTIER, "epsilon", 0.0))
    return FrontView(
        criteria=criteria,
        values=table[names].to_numpy(dtype=float),
        choices=_choices(table, dams),
        epsilon=epsilon,
        asked=float(folder.value(FRONTIER, "asked_epsilon", epsilon)),
        finished=bool(folder.value(FRONTIER, "finished", True)),
        reevaluated=int(_proof(folder, proof, "reevaluated", 0)),
        resolution={str(k): float(v) for k, v in _proof(folder, proof, "resolution", {}).items()},
        file=file,
    )


def _proof(folder: Folder, proof: Mapping[str, Any], key: str, default: Any) -> Any:
    """A part of the certificate, which stands in the record as a whole or part by part."""
    if key in proof:
        return proof[key]
    return folder.value(FRONTIER, f"certificate-{key}", default)


def _records(folder: Folder, method: str, part: str) -> list[Mapping[str, Any]]:
    """Records of a part: a list of plain values, or a table."""
    value = folder.value(method, part)
    if isinstance(value, list):
        return [v for v in value if isinstance(v, Mapping)]
    found: list[Mapping[str, Any]] = []
    for row in folder.table(method, part).to_dict("records"):
        told = {str(k): v for k, v in row.items()}
        if "title_es" in told:
            told["title"] = Text(es=told["title_es"], en=told["title_en"])
        found.append(told)
    return found


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


def _states(folder: Folder, front: FrontView, dams: Sequence[DamView]) -> tuple[StateView, ...]:
    table = folder.table("hydropower.states", "table")
    stands = folder.table("hydropower.states", "choices")
    rows = {str(n): i for i, n in enumerate(stands["state"])} if "state" in stands else {}
    choices = _choices(stands, dams) if rows else None
    return tuple(
        StateView(
            name=str(row["state"]),
            title=state_title(str(row["state"])),
            values={c.name: float(row.get(c.name, np.nan)) for c in front.criteria},
            choices=choices[rows[str(row["state"])]]
            if choices is not None and str(row["state"]) in rows
            else None,
        )
        for row in table.to_dict("records")
    )


def state_title(name: str) -> Text:
    """Words for the states that every study has; a plan keeps its name."""
    key = f"dams.state-{name}"
    return Text(es=word(key, "es"), en=word(key, "en")) if has_word(key) else Text.of(name)


def _choices_made(folder: Folder, front: FrontView, dams: Sequence[DamView]) -> Iterator[StateView]:
    """Every portfolio that a step `hydropower.choice` chose, in the order of the steps."""
    for step in folder.record["steps"]:
        outputs = step["outputs"]
        if step["method"] != "hydropower.choice" or "values" not in outputs:
            continue
        told = {k: o["value"] for k, o in outputs.items() if "value" in o}
        file = outputs.get("choices", {}).get("file")
        stands = _choices(parquet.read(folder.path / file)[0], dams)[0] if file else None
        yield StateView(
            name=str(told.get("name", step["step"])),
            title=texts(told.get("title") or told.get("name")),
            values={c.name: float(told["values"].get(c.name, np.nan)) for c in front.criteria},
            choices=stands,
            why=texts(told.get("why")),
            row=int(told.get("row", -1)),
        )
