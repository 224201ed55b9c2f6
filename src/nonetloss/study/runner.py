"""Run a study: check it, call its steps in file order, write the run folder whole or not at all."""

import datetime
import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from nonetloss.core.errors import LedgerError, NonetlossError, StudyError
from nonetloss.core.findings import Finding, Severity, error, notice
from nonetloss.core.language import LANGUAGES, Language, Text
from nonetloss.core.method import Port
from nonetloss.io import atomic, geopackage, parquet, raster
from nonetloss.io.documents import read_document
from nonetloss.io.raster_windows import FileStore
from nonetloss.landscape.parcel import Parcel
from nonetloss.landscape.project import Alternative
from nonetloss.landscape.services import Service
from nonetloss.ledger.balance_entries import post_balance
from nonetloss.ledger.journal import Journal
from nonetloss.ledger.restatement import restate
from nonetloss.ledger.statement import Balance
from nonetloss.ledger.text_form import write_text as write_journal
from nonetloss.study import record, styles
from nonetloss.study.binding import AMBIENT, Call, argument
from nonetloss.study.check import Case, examine
from nonetloss.study.handout import chosen_parcels, write_chosen, write_guides, write_legend
from nonetloss.study.network_files import write_network
from nonetloss.study.outputs import Writer, features_of
from nonetloss.study.schema import FILE, StudyDocument

Progress = Callable[[str, float], None]

# Where rasters grow that do not fit into memory, inside the run folder while it is made.
_SCRATCH = ".windows"


@dataclass(frozen=True, slots=True)
class _Room:
    """Where and by whom large rasters are worked on."""

    store: FileStore
    workers: Executor | None


def run_study(
    folder: Path,
    out: Path,
    *,
    progress: Progress | None = None,
    data_roots: Mapping[str, Path] | None = None,
    languages: Sequence[Language] = LANGUAGES,
    workers: Executor | None = None,
) -> Path:
    """Run a study and write its run folder.

    Parameters
    ----------
    folder : Path
        Study folder.
    out : Path
        Run folder. A former run there is replaced once the new one is complete; anything else is
        refused.
    progress : callable, optional
        Called with what is being done and how far it is, from 0 to 1.
    data_roots : mapping of name to folder, optional
        What `${NAME}` in the catalog means.
    languages : sequence of language codes
        Languages of the reports.
    workers : Executor, optional
        Who works on the windows of large rasters. The study and run folders must be reachable for
        them by the same paths.

    Returns
    -------
    Path
        `out`.

    Raises
    ------
    StudyError
        With all errors that the check found.
    NonetlossError
        What a step raised, with a last finding that names the step.
    OutputError
        If the result cannot be written; what stood in `out` still stands.
    """
    tell = progress or _silent
    tell("check", 0.0)
    case, found = examine(folder, data_roots=data_roots or {})
    if case is None:
        raise StudyError(*(f for f in found if f.severity is Severity.ERROR))
    with atomic.new_folder(out, marker=record.RUN_FILE) as partial:
        steps, more = run_steps(case, partial, tell, workers=workers)
        _write_nouns(case, partial, chosen_parcels(steps))
        write_chosen(case, steps, partial)
        write_guides(case, steps, partial)
        for rules in (case.ruleset, *case.standards.values()):
            found += [f for f in rules.findings if f not in found]
        content = record.record(case, steps, [*found, *more], partial)
        record.write(partial, content)
        tell("report", 0.0)
        _write_reports(partial, languages)
        tell("report", 1.0)
    return out


def works_by_window(folder: Path) -> bool:
    """Whether a study reads rasters piece by piece, so that one run of it keeps many workers busy.

    Raises
    ------
    StudyError
        With all that is wrong with study.yaml.
    """
    document = read_document(folder / FILE, StudyDocument)
    return any(raster.windowed for raster in document.rasters.values())


def run_steps(
    case: Case, folder: Path, tell: Progress, *, workers: Executor | None = None
) -> tuple[list[dict[str, Any]], list[Finding]]:
    """Call the steps in order, writing each result as it comes; records and findings."""
    scratch = folder / _SCRATCH
    try:
        return _steps(case, folder, tell, _Room(FileStore(scratch), workers))
    finally:
        atomic.remove_tree(scratch)


def _steps(
    case: Case, folder: Path, tell: Progress, room: _Room
) -> tuple[list[dict[str, Any]], list[Finding]]:
    values = dict(case.values)
    hidden = frozenset(layer.name for layer in case.values.get("layers", ()) if layer.hidden)
    network = case.values.get("network")
    dams = () if network is None else network.dam_ids
    steps: list[dict[str, Any]] = []
    found: list[Finding] = []
    books: Journal | None = None
    drawn: set[str] = set()
    for number, call in enumerate(case.calls, start=1):
        name = call.step.step
        tell(name, 0.0)
        try:
            result = call.method.resolve()(**_arguments(case, call, values, tell, room))
        except NonetlossError as problem:
            at = error("study.step-failed", name, method=call.method.id)
            raise type(problem)(*problem.findings, at) from problem
        values[name] = result
        named = any(names_any(s.value, hidden) for s in call.settings.values())
        if named or drawn & _heads(call):
            drawn.add(name)
        writer = Writer(
            folder / f"{number:02d}-{name}",
            case.crs,
            case.document.decision_date,
            hidden,
            fed_by_hidden=named,
            drawn_from_hidden=name in drawn,
            dams=dams,
        )
        written = writer.write(result)
        found += [f for f in written.findings if f not in found]
        if isinstance(result, Balance):
            books = write_balance(case, result, folder, before=books)
        if written.withheld:
            withheld = ", ".join(written.withheld)
            found.append(notice("study.withheld", name, parts=withheld))
        steps.append(record.step_record(number, call, written.outputs))
        tell(name, 1.0)
    return steps, found


def _heads(call: Call) -> set[str]:
    """Sections and steps that a step takes something from."""
    return {r.partition(".")[0] for group in call.references.values() for r in group}


def names_any(value: Any, names: frozenset[str]) -> bool:
    """Whether a parameter names one of some layers, as a key or a value at any depth."""
    if isinstance(value, Mapping):
        return any(names_any(v, names) for pair in value.items() for v in pair)
    if isinstance(value, list | tuple):
        return any(names_any(v, names) for v in value)
    return isinstance(value, str) and value in names


def write_balance(
    case: Case, balance: Balance, folder: Path, *, before: Journal | None = None
) -> Journal:
    """The balance as a table twice, and as entries of the ledger.

    Parameters
    ----------
    before : Journal or None
        Books of an earlier balance of the run. Where this one states the same loss, and only what
        was gained differs, the books are reopened by new entries; else they begin anew.

    Returns
    -------
    Journal
        What stands in ledger.txt.
    """
    parquet.write(folder / "balance.parquet", balance.table)
    kinds = case.values.get("ecosystems")
    titles = {} if kinds is None else {kind.name: kind.title for kind in kinds.ecosystems}
    parquet.write_csv(folder / "balance.csv", with_titles(balance.table, titles))
    date = case.document.decision_date
    journal = _reopened(before, balance, date, titles)
    if journal is None:
        journal = post_balance(balance, date=date, titles=titles)
    atomic.write_text(folder / "ledger.txt", write_journal(journal))
    return journal


def with_titles(table: pd.DataFrame, titles: Mapping[str, Text]) -> pd.DataFrame:
    """A balance with the titles of its assets as last columns; the name where there is none."""
    named = [titles.get(str(asset), Text.of(str(asset))) for asset in table["asset"]]
    return table.assign(title_es=[t.es for t in named], title_en=[t.en for t in named])


def _reopened(
    before: Journal | None, balance: Balance, date: datetime.date, titles: Mapping[str, Text]
) -> Journal | None:
    """Earlier books brought to what a balance states; None if it is one of other losses."""
    if before is None:
        return None
    try:
        return restate(before, balance=balance, date=date, titles=titles)
    except LedgerError:
        return None


def step_rng(seed: int, step: str) -> np.random.Generator:
    """The generator of one step: it depends on the seed and the step's name, not on its place."""
    digest = hashlib.sha256(step.encode("utf-8")).digest()
    key = tuple(int.from_bytes(digest[i : i + 4], "big") for i in range(0, 16, 4))
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


def _arguments(
    case: Case, call: Call, values: Mapping[str, Any], tell: Progress, room: _Room
) -> dict[str, Any]:
    arguments = {name: setting.value for name, setting in call.settings.items()}
    for port in call.method.inputs:
        if port.name in call.references:
            arguments[port.name] = argument(port, call.references[port.name], values)
        elif port.ambient and port.name in AMBIENT:
            arguments[port.name] = _ambient(case, call, port, tell, room)
    return arguments


def _ambient(case: Case, call: Call, port: Port, tell: Progress, room: _Room) -> Any:
    name = call.step.step

    def report(_: str, done: float) -> None:
        tell(name, done)

    given: dict[str, Callable[[], Any]] = {
        "layers": lambda: case.values.get("layers", ()),
        "ruleset": lambda: case.ruleset,
        "standards": lambda: case.standards,
        "grid": lambda: case.grid,
        "rng": lambda: step_rng(case.document.seed, name),
        "draws": lambda: case.document.draws,
        "crs": lambda: case.crs,
        "progress": lambda: report,
        "decision_date": lambda: case.document.decision_date,
        "store": lambda: room.store,
        "workers": lambda: room.workers,
    }
    return given[port.name]()


def _write_zones(case: Case, folder: Path) -> None:
    """A table `zones` of polygons (project, leakage belt): their names and outlines, for maps."""
    zones = case.values.get("zones")
    if not isinstance(zones, gpd.GeoDataFrame) or "zone" not in zones:
        return
    rows = gpd.GeoDataFrame(
        {"zone": zones["zone"].astype("string").array}, geometry=zones.geometry.array, crs=zones.crs
    )
    geopackage.write(
        folder / "zones.gpkg",
        {"zones": rows.to_crs(case.crs) if case.crs else rows},
        styles={"zones": styles.plain_style(rows)},
        date=case.document.decision_date,
    )


def _write_nouns(case: Case, folder: Path, chosen: frozenset[str] | None) -> None:
    """What the study gave: layers that may be shown, alternatives, parcels, maps, the network."""
    date = case.document.decision_date
    shown = [layer for layer in case.values.get("layers", ()) if not layer.hidden]
    layers: dict[str, gpd.GeoDataFrame] = {}
    drawn: dict[str, str] = {}
    for layer in shown:
        labels = layer.features[layer.label_field].astype("string") if layer.label_field else ""
        features = gpd.GeoDataFrame(geometry=layer.features.geometry.array, crs=case.crs)
        features.insert(0, "label", labels)
        layers[layer.name] = features
        drawn[layer.name] = styles.layer_style(features, layer.role)
    if layers:
        geopackage.write(folder / "layers.gpkg", layers, styles=drawn, date=date)
    brought = case.values.get("alternatives")
    if brought:
        features = _alternatives(brought, case.crs)
        geopackage.write(
            folder / "alternatives.gpkg",
            {"alternatives": features},
            styles={"alternatives": styles.routes_style(features)},
            date=date,
        )
    parcels = case.values.get("parcels")
    if parcels:
        rows = features_of(parcels, case.crs)
        rows = _with_services(rows, parcels, case.values.get("services") or ())
        if chosen is not None:
            rows.insert(1, "chosen", rows["name"].isin(chosen))
        geopackage.write(
            folder / "parcels.gpkg",
            {"parcels": rows},
            styles={"parcels": styles.plain_style(rows)},
            date=date,
        )
    sheds = [s for s in case.values.get("servicesheds") or () if s.geometry is not None]
    if sheds:
        rows = features_of(sheds, case.crs)
        geopackage.write(
            folder / "servicesheds.gpkg",
            {"servicesheds": rows},
            styles={"servicesheds": styles.plain_style(rows)},
            date=date,
        )
    _write_zones(case, folder)
    classes = case.values.get("ecosystems")
    if classes is not None:
        raster.write_cog(
            folder / "ecosystems.tif",
            classes.classes,
            grid=classes.grid,
            crs=classes.crs,
            title="class",
        )
        write_legend(classes, folder)
    network = case.values.get("network")
    if network is not None:
        write_network(network, folder, snaps=case.values.get("snaps"), date=date)
    relief = case.values.get("relief")
    if relief is not None:
        raster.write_cog(
            folder / "relief.tif",
            relief.values,
            grid=relief.grid,
            crs=relief.crs,
            unit=relief.unit,
        )


def _with_services(
    rows: gpd.GeoDataFrame, parcels: Sequence[Parcel], services: Sequence[Service]
) -> gpd.GeoDataFrame:
    """Parcels with what a hectare of each gives more of every service; NaN where nobody says."""
    for service in services:
        gains = [parcel.services.get(service.name) for parcel in parcels]
        for end in ("low", "likely", "high"):
            column = f"{service.name}_gain_{end}"
            rows[column] = [np.nan if g is None else getattr(g, end) for g in gains]
    return rows


def _alternatives(alternatives: Sequence[Alternative], crs: str | None) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "name": [a.name for a in alternatives],
            "title_es": [a.title.es for a in alternatives],
            "title_en": [a.title.en for a in alternatives],
            "right_of_way_m": [a.right_of_way_m for a in alternatives],
            "origin": [str(a.origin) for a in alternatives],
        },
        geometry=[a.geometry for a in alternatives],
        crs=crs,
    )


def _write_reports(folder: Path, languages: Sequence[Language]) -> None:
    if languages:
        # Drawing is slow to import, and a check never draws.
        reports = import_module("nonetloss.study.report")
        reports.write_reports(folder, tuple(languages))
        plans = import_module("nonetloss.study.plan")
        plans.write_plans(folder, tuple(languages))


def _silent(_: str, __: float) -> None:
    return None
