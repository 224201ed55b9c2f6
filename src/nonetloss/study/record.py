"""run.json: everything about a run that is not in its data files, in canonical form."""

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyogrio
import pyproj
import shapely

import nonetloss
from nonetloss.core.findings import Finding
from nonetloss.core.provenance import canonical_json
from nonetloss.io.atomic import write_text
from nonetloss.io.catalog import sha256_of
from nonetloss.io.ruleset_folder import digests_of, is_folder_name, locate_ruleset
from nonetloss.landscape.layer import Layer
from nonetloss.rules.model import RulesInForce
from nonetloss.study.binding import Call
from nonetloss.study.check import Case
from nonetloss.study.network_files import summary
from nonetloss.study.plain import plain

SCHEMA = 1
RUN_FILE = "run.json"
_LIBRARIES = ("numpy", "scipy", "numba", "pandas", "geopandas", "rasterio", "highspy", "pyarrow")


def record(
    case: Case, steps: Iterable[Mapping[str, Any]], findings: Iterable[Finding], folder: Path
) -> dict[str, Any]:
    """The content of run.json; digests cover all files that stand in `folder` now."""
    document = case.document
    network = case.values.get("network")
    # Where the extent is that of a raster, so is the size of its cells.
    like = case.grid.cell_width if case.grid is not None else None
    return {
        "schema": SCHEMA,
        "study": {
            "name": document.study,
            "title": plain(document.title),
            "question": plain(document.question),
            "context": plain(document.context),
            "unknowns": plain(document.unknowns),
            "project": _project(case),
            "decision": plain(document.decision),
        },
        "rules": _rules(case),
        **_standards(case),
        "crs": case.crs,
        "grid": plain(case.grid),
        "cell_size_m": like if document.cell_size is None else document.cell_size,
        "decision_date": document.decision_date.isoformat(),
        "seed": document.seed,
        "draws": document.draws,
        "layers": [_layer(layer) for layer in case.values.get("layers", ())],
        "ecosystems": _ecosystems(case),
        **_services(case),
        **({} if network is None else {"network": summary(network)}),
        "sources": [plain(case.sources[name]) for name in sorted(case.sources)],
        "steps": list(steps),
        "findings": [_finding(f) for f in findings],
        "versions": versions(),
        "digests": digests(folder),
    }


def step_record(number: int, call: Call, outputs: Mapping[str, Any]) -> dict[str, Any]:
    """One step: what it was asked, with which parameters from where, and what it gave."""
    step, method = call.step, call.method
    return {
        "number": number,
        "step": step.step,
        "method": method.id,
        "title": plain(step.title) if step.title is not None else plain(method.question),
        "question": plain(method.question),
        "validity": plain(method.validity),
        "references": list(method.references),
        "inputs": {name: list(references) for name, references in call.references.items()},
        "parameters": {
            name: {
                "value": plain(setting.value),
                "unit": setting.unit,
                "written": plain(setting.written),
                "source": plain(setting.source),
                "rule": setting.rule,
                "default": setting.written is None,
                "description": plain(
                    next(p.description for p in method.parameters if p.name == name)
                ),
            }
            for name, setting in call.settings.items()
        },
        "outputs": dict(outputs),
    }


def write(folder: Path, content: Mapping[str, Any]) -> None:
    """Write run.json."""
    write_text(folder / RUN_FILE, canonical_json(content) + "\n")


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a folder but run.json and the reports, by relative path."""
    return {
        path.relative_to(folder).as_posix(): sha256_of(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != RUN_FILE and path.suffix != ".html"
    }


def versions() -> dict[str, str]:
    """Versions on which the bytes of a run depend."""
    found = {name: version(name) for name in _LIBRARIES}
    found["nonetloss"] = nonetloss.__version__
    found["GDAL"] = str(pyogrio.__gdal_version_string__)
    found["GEOS"] = shapely.geos_version_string
    found["PROJ"] = str(pyproj.proj_version_str)
    return found


def _project(case: Case) -> dict[str, Any]:
    project = case.document.project
    content = plain(project)
    content["right_of_way_m"] = content.pop("right_of_way")
    for end in ("start", "end"):
        if end in case.values:
            content[end]["projected"] = plain(case.values[end])
    return dict(content)


def _layer(layer: Layer) -> dict[str, Any]:
    return {
        "name": layer.name,
        "title": plain(layer.title),
        "kind": layer.kind,
        "role": str(layer.role),
        "setback_m": layer.setback_m,
        "hidden": layer.hidden,
        "ground": plain(layer.ground),
        "source": layer.source.name if layer.source else "",
        "schematic": bool(layer.source and layer.source.schematic),
        # How many features a hidden layer has says something about where its people live.
        "count": None if layer.hidden else len(layer.features),
    }


def _ecosystems(case: Case) -> list[dict[str, Any]]:
    found = case.values.get("ecosystems")
    return [] if found is None else [plain(kind) for kind in found.ecosystems]


def _services(case: Case) -> dict[str, Any]:
    """What the study says of services and of the people they reach, where it says anything."""
    document = case.document
    kinds = case.values.get("services") or ()
    sheds = case.values.get("servicesheds") or ()
    if not sheds:
        return {}
    sources = {shed.name: document.servicesheds[shed.name] for shed in sheds}
    return {
        "services": [
            {
                "name": kind.name,
                "title": plain(kind.title),
                "unit": kind.unit,
                "per_ha": plain(kind.per_ha),
                "per_ha_source": plain(document.services[kind.name].per_ha_source),
                "sheds": [shed.name for shed in kind.sheds],
            }
            for kind in kinds
        ],
        "servicesheds": [
            {
                "name": shed.name,
                "title": plain(shed.title),
                "everywhere": shed.geometry is None,
                "area_ha": None if shed.geometry is None else shed.geometry.area / 10_000,
                "people": plain(shed.people),
                "people_source": plain(sources[shed.name].people_source),
                "community": shed.community,
                "source": sources[shed.name].source or "",
            }
            for shed in sheds
        ],
    }


def _rules(case: Case) -> dict[str, Any]:
    return _rules_of(case.ruleset, case.document.rules, case)


def _standards(case: Case) -> dict[str, Any]:
    """The standards that the study names, where it names any."""
    told = [
        _rules_of(rules, written, case)
        for rules, written in zip(case.standards.values(), case.document.standards, strict=True)
    ]
    return {"standards": told} if told else {}


def _rules_of(rules: RulesInForce, written: str, case: Case) -> dict[str, Any]:
    own = {}
    if is_folder_name(written):
        own = {"folder": written, "files": dict(digests_of(locate_ruleset(written, case.folder)))}
    kinds = sorted({layer.kind for layer in case.values.get("layers", ())})
    known = set(rules.layer_kinds())
    return {
        "name": rules.name,
        **own,
        "title": plain(rules.ruleset.title),
        "date": rules.date.isoformat(),
        "parameters": [plain(rules.parameter(name)) for name in rules.parameter_ids()],
        "layers": [plain(rules.layer_rule(kind)) for kind in kinds if kind in known],
        "citations": [plain(instrument) for instrument in rules.citations()],
    }


def _finding(found: Finding) -> dict[str, Any]:
    return {
        "code": found.code,
        "severity": str(found.severity),
        "subject": found.subject,
        "data": plain(dict(found.data)),
    }
