"""What helps people find their way in a run folder: a guide, the chosen route, tables as CSV."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from nonetloss.core.language import LANGUAGES, Language, text
from nonetloss.io import atomic, geopackage, parquet, run_folder
from nonetloss.landscape.ecosystems import EcosystemMap
from nonetloss.study import map_classes, styles
from nonetloss.study.check import Case

GUIDES: dict[Language, str] = {"es": "LEEME.txt", "en": "README.txt"}
# Files at the top of a run folder, in the order in which the guide tells them.
_TOLD = {
    "chosen.gpkg": "run.chosen",
    "alternatives.gpkg": "run.alternatives",
    "parcels.gpkg": "run.parcels",
    "servicesheds.gpkg": "run.servicesheds",
    "layers.gpkg": "run.layers",
    "zones.gpkg": "run.zones",
    "ecosystems.tif": "run.ecosystems",
    "ecosystems.csv": "run.legend",
    "ecosystems.qml": "run.legend-qgis",
    "relief.tif": "run.relief",
    "network.gpkg": "run.network",
    "network-dams.parquet": "run.network-dams",
    "network-snaps.csv": "run.network-snaps",
    "balance.csv": "run.balance",
    "balance.parquet": "run.balance-parquet",
    "ledger.txt": "run.ledger",
}
# Parts of steps in which the alternative that the decision proposes may stand.
_DRAWN_PARTS = {
    "avoid.route": ("least_cost", "front", "dissimilar"),
    "hydropower.reservoirs": ("alternatives",),
    "offset.joint": ("routes",),
}


def chosen_parcels(steps: Sequence[Mapping[str, Any]]) -> frozenset[str] | None:
    """Names that the last portfolio of a run chose; None if it has none."""
    found = None
    for step in steps:
        if step["method"] == "offset.portfolio" and "chosen" in step["outputs"]:
            found = frozenset(step["outputs"]["chosen"]["value"])
    return found


def write_chosen(case: Case, steps: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """The alternative that the decision proposes, as `chosen.gpkg`; nothing without a decision.

    It is copied from what the run wrote already, so that it shows nothing that is withheld there.
    """
    decision = case.document.decision
    if decision is None:
        return
    files = ["alternatives.gpkg"] + [
        step["outputs"][part]["file"]
        for step in steps
        for part in _DRAWN_PARTS.get(step["method"], ())
        if "file" in step["outputs"].get(part, {})
    ]
    for file in files:
        for frame in run_folder.read_layers(folder / file).values():
            rows = frame[frame["name"].astype(str) == decision.chosen]
            if len(rows):
                _write_route(case, rows, folder)
                return


def write_legend(classes: EcosystemMap, folder: Path) -> None:
    """What the codes of `ecosystems.tif` mean, as `ecosystems.csv`; 0 is outside the map.

    `ecosystems.qml` gives QGIS their names and colors.
    """
    outside = {key: text("run.outside-map", key) for key in LANGUAGES}
    rows: list[dict[str, Any]] = [
        {"code": 0, "name": "", "title_es": outside["es"], "title_en": outside["en"]}
    ]
    rows += [
        {
            "code": kind.code,
            "name": kind.name,
            "title_es": kind.title.es,
            "title_en": kind.title.en,
            "value_low": kind.value.low,
            "value_likely": kind.value.likely,
            "value_high": kind.value.high,
        }
        for kind in classes.ecosystems
    ]
    parquet.write_csv(folder / "ecosystems.csv", pd.DataFrame(rows), marked=True)
    named = map_classes.numbered([(kind.code, kind.title) for kind in classes.ecosystems])
    atomic.write_text(folder / "ecosystems.qml", map_classes.style(named))


def write_guides(case: Case, steps: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """LEEME.txt and README.txt: what each file of the run is."""
    of_dams = any(step["method"] == "hydropower.reservoirs" for step in steps)
    for language, name in GUIDES.items():
        lines = [case.document.title[language], "", text("run.intro", language), ""]
        lines.append(_line(f"report.{language}.html", text("run.report", language)))
        if chosen_parcels(steps) is not None:
            lines.append(_line(f"plan.{language}.docx", text("plan.guide", language)))
        lines += [
            _line(file, text(_voiced(key, of_dams), language))
            for file, key in _TOLD.items()
            if (folder / file).is_file()
        ]
        lines.append(_line("run.json", text("run.record", language)))
        lines += ["", text("run.steps", language), ""]
        lines += [
            _line(f"{step['number']:02d}-{step['step']}/", step["title"][language])
            for step in steps
            if (folder / f"{step['number']:02d}-{step['step']}").is_dir()
        ]
        atomic.write_text(folder / name, "\n".join(lines) + "\n")


def _voiced(key: str, of_dams: bool) -> str:
    """The text that speaks of reservoirs and not of routes, where the alternatives are dams."""
    return {"run.chosen": "run.chosen-dams"}.get(key, key) if of_dams else key


def _line(name: str, told: str) -> str:
    return f"{name:<22}  {told}"


def _write_route(case: Case, rows: gpd.GeoDataFrame, folder: Path) -> None:
    geopackage.write(
        folder / "chosen.gpkg",
        {"chosen": rows.reset_index(drop=True)},
        styles={"chosen": styles.routes_style(rows)},
        date=case.document.decision_date,
    )
