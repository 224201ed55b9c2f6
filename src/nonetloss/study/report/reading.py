"""Fill a `Run` from a run folder: the one place of the report that knows files and columns.

Tables keep the columns of their methods: `screening` those of `avoid.screening`, `certificates`
alternative, layer, meters_inside, nearest_m, holds; `prices` exclusion, cost_with_usd,
cost_without_usd, price_usd, length_with_km, length_without_km; `balance` those of
`ledger.hierarchy` with `_low` and `_high` for the 5 % and 95 % quantiles.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from nonetloss.core.findings import Finding, Severity
from nonetloss.core.language import Text
from nonetloss.core.provenance import Source
from nonetloss.io import run_folder
from nonetloss.study.report.folder import Folder
from nonetloss.study.report.model import (
    Certainty,
    CorridorView,
    LayerView,
    ParameterView,
    ParcelView,
    RouteView,
    Run,
    Site,
    Statement,
)
from nonetloss.study.report.offset_tables import read_offset_tables
from nonetloss.study.report.words import texts, word

DAMS = "hydropower.frontier"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
NUMBERS = ("length_km", "cost_usd", "nature_qha", "people")
# Strongest proof first; "" belongs to routes that people drew.
PROOFS = ("exact", "supported", "approximate", "")
GROUPS = {"least_cost": "least-cost", "front": "front", "dissimilar": "dissimilar"}


def read_run(path: Path) -> Run:
    """Everything that the report tells about a run folder.

    Raises
    ------
    InputError
        `io.unreadable` if run.json or a file it names cannot be read.
    """
    record = run_folder.read_record(path / "run.json")
    folder = Folder(path, record)
    study, rules = record["study"], record["rules"]
    project = study["project"]
    decision = study.get("decision") or {}
    routes = _routes(folder)
    users = [r.name for r in routes if r.origin == "user"]
    hidden = {v["name"] for v in record["layers"] if v["hidden"]}
    return Run(
        study=study["name"],
        title=texts(study["title"]),
        question=texts(study["question"]),
        project=project,
        crs=record["crs"] or "",
        cell_size_m=float(record["cell_size_m"] or np.nan),
        decision_date=record["decision_date"],
        rules=rules["name"],
        rules_title=texts(rules.get("title")),
        seed=record["seed"],
        draws=record["draws"],
        versions=record["versions"],
        digests=record["digests"],
        context=tuple(
            Statement(Text(es=c["es"], en=c["en"]), texts(c["source"])) for c in study["context"]
        ),
        unknowns=tuple(texts(u) for u in study["unknowns"]),
        critical=tuple(texts(u) for u in study["unknowns"] if u.get("critical")),
        reference=decision.get("reference") or (users[0] if users else ""),
        chosen=decision.get("chosen") or (routes[0].name if routes else ""),
        reason=texts(decision.get("reason")),
        start=_site(project.get("start")),
        end=_site(project.get("end")),
        layers=_layers(folder, hidden),
        layer_titles={v["name"]: texts(v["title"]) for v in record["layers"]},
        hidden=tuple(sorted(hidden)),
        routes=routes,
        corridor=_corridor(folder),
        ecosystems={e["name"]: texts(e["title"]) for e in record["ecosystems"]},
        grounds={v["name"]: texts(v.get("ground")) for v in record["layers"]},
        sources=tuple(_source(s) for s in record["sources"]),
        parameters=(
            *_rule_parameters(record),
            *_section_parameters(record),
            *_step_parameters(record["steps"]),
        ),
        findings=tuple(_finding(f) for f in record["findings"]),
        steps=tuple(record["steps"]),
        methods={s["method"]: s for s in record["steps"]},
        screening=_screening(folder),
        footprints=folder.table("avoid.footprint", "table"),
        certificates=_certificates(folder),
        prices=folder.table("avoid.route", "prices"),
        coarse=folder.table("avoid.route", "coarse_front"),
        induced=folder.table("avoid.induced", "table"),
        measures=folder.table("minimize.measures", "table"),
        effects=_effects(folder),
        parcels=_parcels(folder),
        allocation=folder.table("offset.portfolio", "allocation"),
        portfolio=_portfolio(folder),
        balance=_balance(folder),
        certainty=_certainty(folder),
        ledger=run_folder.read_text(path / "ledger.txt"),
        offsetting=read_offset_tables(folder),
    )


def _site(section: Mapping[str, Any] | None) -> Site | None:
    if not section or "projected" not in section:
        return None
    x, y = section["projected"]
    return Site(texts(section.get("name")), float(x), float(y))


def _layers(folder: Folder, hidden: set[str]) -> tuple[LayerView, ...]:
    drawn = run_folder.read_layers(folder.path / "layers.gpkg")
    return tuple(
        LayerView(
            name=entry["name"],
            title=texts(entry["title"]),
            kind=entry["kind"],
            role=entry["role"],
            features=drawn[entry["name"]],
            label_field="label",
            schematic=bool(entry["schematic"]),
            source=entry["source"],
        )
        for entry in folder.record["layers"]
        if entry["name"] in drawn and entry["name"] not in hidden
    )


def _routes(folder: Folder) -> tuple[RouteView, ...]:
    """User routes first, then those found: one view per name, in all its groups."""
    rows: dict[str, dict[str, Any]] = {}
    for frame in run_folder.read_layers(folder.path / "alternatives.gpkg").values():
        for row in frame.itertuples():
            rows[str(row.name)] = _route_row(row._asdict(), row.geometry, "user")
    found_in = dict(folder.outputs("avoid.route"))
    for part, group in GROUPS.items():
        if "file" in found_in.get(part, {}):
            for frame in run_folder.read_layers(folder.path / found_in[part]["file"]).values():
                _merge(rows, frame, group)
    _merge_joint(rows, folder)
    compared = folder.table("avoid.route", "comparison")
    for entry in compared.to_dict("records"):
        row = rows.get(str(entry["alternative"]))
        if row is not None:
            row |= {key: _number(entry, key) for key in NUMBERS}
    views = []
    users = 0
    found = 0
    for name, row in rows.items():
        if row["origin"] == "user":
            mark = LETTERS[users % len(LETTERS)]
            users += 1
        else:
            found += 1
            mark = str(found)
        views.append(RouteView(name=name, badge=mark, **row))
    return tuple(views)


def _merge_joint(rows: dict[str, dict[str, Any]], folder: Folder) -> None:
    """The route that was chosen together with its offset; the sequential one is known already."""
    file = dict(folder.outputs("offset.joint")).get("routes", {}).get("file")
    for frame in run_folder.read_layers(folder.path / file).values() if file else ():
        planned = frame[frame["name"] == "joint"].rename(columns={"build_usd": "cost_usd"})
        _merge(rows, planned.assign(origin="joint"), "joint")


def _merge(rows: dict[str, dict[str, Any]], frame: gpd.GeoDataFrame, group: str) -> None:
    if not {"name", "cost_usd"} <= set(frame.columns):
        return
    for values in frame.to_dict("records"):
        name = str(values["name"])
        fresh = _route_row(values, values["geometry"], group)
        # One route may be the cheapest and also an end of the front: it is shown once.
        same = next(
            (n for n, r in rows.items() if r["line"].equals_exact(fresh["line"], 1.0)), name
        )
        known = rows.get(same)
        if known is None:
            rows[name] = fresh
            continue
        proven = min((known["proven"], fresh["proven"]), key=PROOFS.index)
        groups = known["groups"] | fresh["groups"]
        rows[same] = {**known, "groups": groups, "proven": proven}


def _number(values: Mapping[Any, Any], key: str) -> float:
    value = values.get(key)
    return float("nan") if value is None else float(value)


def _route_row(values: Mapping[str, Any], line: Any, group: str) -> dict[str, Any]:
    origin = str(values.get("origin") or group)
    length = _number(values, "length_km")
    return {
        "title": Text(
            es=str(values.get("title_es") or values["name"]),
            en=str(values.get("title_en") or values["name"]),
        ),
        "line": line,
        "origin": origin,
        "length_km": line.length / 1000 if np.isnan(length) else length,
        "cost_usd": _number(values, "cost_usd"),
        "nature_qha": _number(values, "nature_qha"),
        "people": _number(values, "people"),
        "proven": str(values.get("proven") or "") if origin != "user" else "",
        "groups": frozenset({group}),
    }


def _corridor(folder: Folder) -> CorridorView | None:
    for part, output in folder.outputs("avoid.route"):
        if "corridor" in part and str(output.get("file", "")).endswith(".tif"):
            values, grid = run_folder.read_raster(folder.path / output["file"])
            return CorridorView(values.astype(float), grid.bounds)
    return None


def _screening(folder: Folder) -> pd.DataFrame:
    table = folder.table("avoid.screening", "table")
    return table.assign(feature=table["feature"].fillna("")) if len(table) else table


def _certificates(folder: Folder) -> pd.DataFrame:
    table = folder.table("avoid.route", "certificates")
    return table.assign(holds=table["holds"].astype(bool)) if len(table) else table


def _effects(folder: Folder) -> pd.DataFrame:
    table = folder.table("minimize.measures", "effects")
    if len(table):
        return table
    # Before measures had a table of effects, their own rows told the strongest one.
    table = folder.table("minimize.measures", "table")
    return table if "component" in table.columns else pd.DataFrame()


def _parcels(folder: Folder) -> tuple[ParcelView, ...]:
    table = folder.table("offset.portfolio", "table")
    shapes: dict[str, Any] = {}
    starts: dict[str, Any] = {}
    for frame in run_folder.read_layers(folder.path / "parcels.gpkg").values():
        shapes |= dict(zip(frame["name"].astype(str), frame.geometry, strict=True))
        if "start_year" in frame:
            years = pd.to_numeric(frame["start_year"], errors="coerce").astype(float)
            starts |= dict(zip(frame["name"].astype(str), years, strict=True))
    return tuple(
        ParcelView(
            name=str(row["parcel"]),
            title=Text(es=str(row["title_es"]), en=str(row["title_en"])),
            geometry=shapes.get(str(row["parcel"])),
            ecosystem=str(row["ecosystem"]),
            action=str(row["action"] or ""),
            area_ha=float(row["area_ha"]),
            distance_m=float(row["distance_m"]),
            value_without=float(row["value_without"]),
            value_with=float(row["value_with"]),
            gain_qha=float(row["gain_qha"]),
            cost_usd=float(row["cost_usd"]),
            status=str(row["status"]),
            reason=str(row["reason"] or ""),
            start_year=float(starts.get(str(row["parcel"]), np.nan)),
        )
        for row in table.to_dict("records")
    )


def _portfolio(folder: Folder) -> dict[str, Any]:
    method = "offset.portfolio"
    if folder.value(method, "answer") is None:
        return {}
    keys = ("answer", "cost_usd", "bound", "gap", "probability")
    facts = {key: folder.value(method, key) for key in keys}
    return facts | {"requirements": folder.table(method, "requirements")}


def _balance(folder: Folder) -> pd.DataFrame:
    table = folder.table("ledger.hierarchy", "table")
    if not len(table):
        return table
    ends = {"p05": "low", "p95": "high"}
    return table.rename(
        columns={
            c: f"{c.rpartition('_')[0]}_{ends[c.rpartition('_')[2]]}"
            for c in table.columns
            if c.rpartition("_")[2] in ends
        }
    )


def _certainty(folder: Folder) -> tuple[Certainty, ...]:
    table = folder.table("ledger.hierarchy", "no_net_loss")
    found = [
        Certainty(str(r["asset"]), float(r["probability"]), float(r["standard_error"]))
        for r in table.to_dict("records")
    ]
    joint = folder.value("ledger.hierarchy", "joint-value")
    if joint is not None:
        error = folder.value("ledger.hierarchy", "joint-standard_error", 0.0)
        found.append(Certainty("", float(joint), float(error)))
    return tuple(found)


def _source(entry: Mapping[str, Any]) -> Source:
    note = entry.get("note")
    plain = {k: v for k, v in entry.items() if k not in ("title", "origin", "note")}
    return Source(
        title=texts(entry["title"]),
        origin=texts(entry["origin"]),
        note=texts(note) if note else None,
        **plain,
    )


def _finding(entry: Mapping[str, Any]) -> Finding:
    data = {k: texts(v) if _bilingual(v) else v for k, v in entry["data"].items()}
    return Finding(entry["code"], Severity(entry["severity"]), entry["subject"], data)


def _bilingual(value: Any) -> bool:
    return isinstance(value, Mapping) and set(value) == {"es", "en"}


def _used_rules(record: Mapping[str, Any]) -> set[str]:
    """Parameters that steps took, that findings name, or that stand in an instrument of a layer."""
    taken = {p.get("rule") for s in record["steps"] for p in s["parameters"].values()}
    told = {finding["subject"] for finding in record["findings"]}
    if any(step["method"] == DAMS for step in record["steps"]):
        # Instruments of layers bring rules on roads, of which a plan of dams has no use.
        return {
            entry["id"] for entry in record["rules"]["parameters"] if entry["id"] in taken | told
        }
    instruments = [layer["instrument"] for layer in record["rules"]["layers"]]
    return {
        entry["id"]
        for entry in record["rules"]["parameters"]
        if entry["id"] in taken | told or entry["instrument"] in instruments
    }


def _rule_parameters(record: Mapping[str, Any]) -> Iterator[ParameterView]:
    used = _used_rules(record)
    for entry in record["rules"]["parameters"]:
        yield ParameterView(
            id=entry["id"],
            title=texts(entry["title"]),
            value=entry["value"],
            unit=entry["unit"] or "",
            instrument=texts(entry["instrument"]),
            article=entry["article"] or "",
            url=entry["url"] or "",
            read=entry["read"] or "",
            status=entry["status"],
            note=texts(entry["note"]),
            legal=entry.get("force") == "legal",
            used=entry["id"] in used,
        )


def _section_parameters(record: Mapping[str, Any]) -> Iterator[ParameterView]:
    """Numbers that the study gives outside its steps: right of way and ecological values."""
    project = record["study"]["project"]
    given = [
        (
            "project",
            "right_of_way_m",
            _word("right-of-way"),
            project.get("right_of_way_m"),
            "m",
            project.get("right_of_way_source"),
        )
    ]
    for kind in record["ecosystems"]:
        name = texts(kind["title"])
        title = Text(
            es=word("value-of", "es", name=name.es), en=word("value-of", "en", name=name.en)
        )
        value = kind.get("value")
        given.append(("ecosystems", kind["name"], title, value, "", (value or {}).get("source")))
    for step, id, title, value, unit, source in given:
        if value is not None:
            yield ParameterView(
                id=id,
                title=title,
                value=value,
                unit=unit,
                instrument=texts(source),
                article="",
                url="",
                read="",
                status="study",
                note=Text.of(""),
                step=step,
            )


def _word(key: str) -> Text:
    return Text(es=word(key, "es"), en=word(key, "en"))


def _step_parameters(steps: list[Mapping[str, Any]]) -> Iterator[ParameterView]:
    for step in steps:
        for name, entry in step["parameters"].items():
            yield ParameterView(
                id=name,
                title=texts(entry["description"]),
                value=entry["value"],
                unit=entry["unit"] or "",
                instrument=texts(entry["source"] or _inner_source(entry["value"])),
                article="",
                url="",
                read="",
                status="default" if entry["default"] else "study",
                note=Text.of(""),
                step=step["step"],
            )


def _inner_source(value: Any) -> Text:
    """Sources that stand inside a value, as in `{low, likely, high, source}`, joined."""
    if not isinstance(value, Mapping):
        return Text.of("")
    parts = [texts(value["source"])] if "source" in value else []
    parts += [_inner_source(inside) for inside in value.values() if isinstance(inside, Mapping)]
    told = [p for p in dict.fromkeys(parts) if p.es or p.en]
    return Text(es="; ".join(p.es for p in told), en="; ".join(p.en for p in told))
