"""The page: which figures and tables of a run it shows, in which order, in one language."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import jinja2
import numpy as np
from markupsafe import Markup

from nonetloss.core.findings import Finding
from nonetloss.core.language import Language, number
from nonetloss.study.report import (
    charts,
    dams,
    forest,
    legend,
    maps,
    narrative,
    offset_sections,
    record,
    tables,
)
from nonetloss.study.report.dams import DamStudy
from nonetloss.study.report.figure import HALF, picture
from nonetloss.study.report.forest import ForestStudy
from nonetloss.study.report.legend import Item
from nonetloss.study.report.model import LayerView, RouteView, Run
from nonetloss.study.report.section import Figure, Fold, Found, Section
from nonetloss.study.report.table import Table
from nonetloss.study.report.words import amount, has_word, listed, percent, voiced, word

LEDGER_RECORDS = 12
# From this number on, notices of one kind are folded.
FOLDED = 4
# Forest methods whose numbers carry an error from draws.
FOREST_DRAWS = (
    "forest.stock",
    "forest.baseline",
    "forest.credits",
    "forest.concession",
    "forest.road-risk",
)


def render(
    run: Run,
    language: Language,
    study: DamStudy | None = None,
    forested: ForestStudy | None = None,
) -> str:
    """The whole HTML page; of a dam study, with the sections of the dams instead of the road's.

    Forest sections follow those of a road or of dams; of a study of a forest alone, they and the
    answer are all that there is before the record.
    """
    if forested is not None and forested.whole:
        return _page(run, language, **_forest_parts(run, language, forested))
    parts = _dam_parts(run, language, study) if study else _road_parts(run, language)
    if forested is not None:
        parts["sections"] = _with_forest(parts["sections"], forest.sections(forested, language))
    return _page(run, language, **parts)


def _page(run: Run, language: Language, **parts: Any) -> str:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("nonetloss.study.report", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["inline"] = inline
    environment.globals["w"] = lambda key, **data: word(key, language, **data)
    return environment.get_template("report.html").render(
        run=run,
        language=language,
        schematic=listed([s.title[language] for s in run.schematic], language),
        **parts,
    )


def _road_parts(run: Run, language: Language) -> dict[str, Any]:
    """What the page of a road says."""
    return {
        "dams": False,
        "forest": False,
        "balanced": True,
        "verdicts": narrative.verdict(run, language),
        "cards": narrative.cards(run, language),
        "decision": narrative.route_note(run, language),
        "generated": _generated(run, language, drawn=True),
        "sections": sections(run, language),
    }


def _dam_parts(run: Run, language: Language, study: DamStudy) -> dict[str, Any]:
    """What the page of a plan of dams says."""
    return {
        "dams": True,
        "forest": False,
        "balanced": len(run.balance) > 0,
        "verdicts": (*dams.verdict(study, language), *after_verdict(run, study, language)),
        "cards": dams.cards(study, language),
        "decision": narrative.route_note(run, language) if run.reason[language] else "",
        "generated": _generated(run, language, drawn=draws_used(run)),
        "sections": [*dams.sections(study, language), *after_dams(run, language)],
    }


def _forest_parts(run: Run, language: Language, study: ForestStudy) -> dict[str, Any]:
    """What the page of a forest says."""
    return {
        "dams": False,
        "forest": True,
        "balanced": len(run.balance) > 0,
        "verdicts": forest.verdict(study, language),
        "cards": forest.cards(study, language),
        "decision": narrative.route_note(run, language) if run.reason[language] else "",
        "generated": _generated(run, language, drawn=any(m in run.methods for m in FOREST_DRAWS)),
        "sections": [*forest.sections(study, language), *after_forest(run, language)],
    }


def _generated(run: Run, language: Language, *, drawn: bool) -> str:
    """Program, rules, date and seed, and the draws where any were used."""
    return word(
        "generated" if drawn else "dams.generated",
        language,
        version=run.versions.get("nonetloss", ""),
        rules=run.rules_title[language] or run.rules,
        date=run.decision_date,
        seed=run.seed,
        **({"draws": number(run.draws, language)} if drawn else {}),
    )


def _with_forest(found: list[Section], added: list[Section]) -> list[Section]:
    """Forest sections before the record of the run."""
    ends = [i for i, s in enumerate(found) if s.key == "findings"]
    at = ends[0] if ends else len(found)
    return [*found[:at], *added, *found[at:]]


def draws_used(run: Run) -> bool:
    """Whether some step of the run drew from its distributions."""
    return any("draws" in part for step in run.steps for part in step["outputs"])


def after_verdict(run: Run, study: DamStudy, language: Language) -> tuple[narrative.Verdict, ...]:
    """What the balance says of the chosen portfolio, where the study went that far.

    The last one, which is of the balance, says also what that does not cover.
    """
    if not len(run.balance) and not run.portfolio:
        return ()
    *first, last = narrative.verdict(run, language)
    scope = dams.uncovered(study, language)
    parts = (last.detail, scope) if last.mood == "bad" else (scope, last.detail)
    return (*first, replace(last, detail=" ".join(p for p in parts if p)))


def after_dams(run: Run, language: Language) -> list[Section]:
    """What follows the sections of the dams: the steps that the residual went through, if any, and
    the record of the run.
    """
    taken: tuple[tuple[bool, Callable[[Run, Language], Section | None]], ...] = (
        (len(run.screening) > 0, screening),
        (len(run.footprints) > 0, induced),
        (len(run.measures) > 0, minimization),
    )
    made = [make(run, language) for wanted, make in taken if wanted]
    return [*(s for s in made if s is not None), *after_forest(run, language)]


def after_forest(run: Run, language: Language) -> list[Section]:
    """Offsets and balance, if any, and the record of the run."""
    taken: tuple[tuple[bool, Callable[[Run, Language], Section | None]], ...] = (
        (len(run.parcels) > 0, offsets),
        *((True, make) for make in AFTER_OFFSETS),
        (len(run.balance) > 0, balance),
        *((True, make) for make in AFTER_BALANCE),
        (bool(run.ledger.strip()), ledger),
        *((True, make) for make in RECORD),
    )
    made = (make(run, language) for wanted, make in taken if wanted)
    return [s for s in made if s is not None]


def sections(run: Run, language: Language) -> list[Section]:
    """All sections in order; those that the study did not compute say so."""
    makers: tuple[Callable[[Run, Language], Section | None], ...] = (
        alternatives,
        tradeoff,
        corridor,
        price,
        dissimilar,
        offset_sections.joint,
        screening,
        certificate,
        induced,
        minimization,
        offsets,
        *AFTER_OFFSETS,
        balance,
        *AFTER_BALANCE,
        ledger,
        *RECORD,
    )
    return [s for s in (make(run, language) for make in makers) if s is not None]


def main_routes(run: Run) -> list[RouteView]:
    """Routes of the first map: those brought, the cheapest, the front, joint, and the chosen."""
    shown = {"user", "least-cost", "front", "joint"}
    return [r for r in run.routes if r.groups & shown or r.name == run.chosen]


def decisive(run: Run) -> list[str]:
    """What the long tables tell of: routes brought and the chosen one; of dams, all screened."""
    if run.of_dams:
        told = (run.screening, run.footprints)
        return list(dict.fromkeys(n for t in told if len(t) for n in t["alternative"]))
    return [r.name for r in run.routes if r.origin == "user" or r.name == run.chosen]


def figure(
    run: Run,
    language: Language,
    key: str,
    draw: Callable[[float], Any],
    *,
    title: str,
    alt: str,
    items: Sequence[Sequence[Item]] = (),
    layers: Sequence[LayerView] | None = None,
) -> Figure:
    """A picture; a map (`layers` given) names its CRS, cell and sources."""
    source = ""
    if layers is not None:
        used = {v.source for v in layers}
        names = [s.title[language] for s in run.sources if s.name in used]
        cell = amount(run.cell_size_m, language, 0)
        source = word(
            "map-source", language, crs=run.crs, cell=cell, sources="; ".join(names) or "–"
        )
    return Figure(
        picture(f"{key}-{language}", draw, title=title, description=alt),
        title,
        items,
        source,
        schematic=any(v.schematic for v in layers or ()),
        quiet=title != word("map-title", language),
    )


def alternatives(run: Run, language: Language) -> Section:
    """Map and table of alternatives."""
    shown, layers = main_routes(run), maps.drawable(run.layers)
    lead = word("alternatives-lead", language)
    title = word("alternatives", language)
    if not shown:
        return Section("alternatives", title, notes=(word("not-computed", language),))
    hidden = [tables.title_of(run, n, language) for n in run.hidden]
    drawn = figure(
        run,
        language,
        "map",
        partial(_swap, maps.alternatives_map, run, shown, layers, language),
        title=word("map-title", language),
        alt=word("map-alt", language, count=len(shown)),
        items=[legend.routes(run, shown, language), legend.layers(layers, language)],
        layers=layers,
    )
    notes = [word("unknown-dash", language), word("people-meaning", language)]
    if hidden:
        notes.insert(0, word("hidden-note", language, names=listed(hidden, language)))
    table = tables.alternatives(run, run.routes, language, "alternatives-table")
    return Section("alternatives", title, lead, (drawn,), (table,), notes)


def _swap(draw: Callable[..., Any], *given: Any) -> Any:
    """Call a drawing function: the width comes last."""
    return draw(*given)


def tradeoff(run: Run, language: Language) -> Section:
    """Cost against nature."""
    title = word("tradeoff", language)
    points = [r for r in run.routes if np.isfinite(r.cost_usd + r.nature_qha)]
    if len(points) < 2:
        return Section("tradeoff", title, notes=(word("not-computed", language),))
    drawn = figure(
        run,
        language,
        "tradeoff",
        lambda width: charts.tradeoff(run, language, width),
        title=title,
        alt=word("tradeoff-alt", language, count=len(points)),
        items=[legend.tradeoff(run, language), legend.routes(run, points, language)],
    )
    return Section("tradeoff", title, word("tradeoff-lead", language), (drawn,))


def corridor(run: Run, language: Language) -> Section:
    """The corridor map."""
    title = word("corridor", language)
    found = run.corridor
    if found is None or not np.isfinite(found.values).any():
        return Section("corridor", title, notes=(word("not-computed", language),))
    layers = maps.drawable(run.layers)
    shown = [v for v in layers if v.role == "prohibited" or v.kind in ("river", "border", "town")]
    routes = [r for r in run.routes if r.name == run.chosen or r.origin == "least-cost"]
    drawn = figure(
        run,
        language,
        "corridor",
        lambda width: maps.corridor_map(
            run, found, layers, language, width, word("corridor-axis", language), 0.01
        ),
        title=title,
        alt=word("map-corridor-alt", language),
        items=[legend.routes(run, routes, language), legend.layers(shown, language)],
        layers=shown,
    )
    return Section("corridor", title, word("corridor-lead", language), (drawn,))


def price(run: Run, language: Language) -> Section:
    """The price of avoidance."""
    title = word("price", language)
    table = tables.prices(run, language)
    if table is None:
        return Section("price", title, notes=(word("not-computed", language),))
    drawn = figure(
        run,
        language,
        "price",
        lambda width: charts.prices(run, language, width),
        title=title,
        alt=word("price-alt", language),
    )
    return Section("price", title, word("price-lead", language), (drawn,), (table,))


def dissimilar(run: Run, language: Language) -> Section:
    """Routes that truly differ."""
    title = word("dissimilar", language)
    other = [r for r in run.routes if "dissimilar" in r.groups and r.name != run.chosen]
    shown = [r for r in run.routes if r in other or r.name == run.chosen]
    if not other:
        return Section("dissimilar", title, notes=(word("not-computed", language),))
    layers = maps.drawable(run.layers)
    drawn = figure(
        run,
        language,
        "dissimilar",
        partial(_swap, maps.alternatives_map, run, shown, layers, language),
        title=title,
        alt=word("map-dissimilar-alt", language, count=len(shown)),
        items=[legend.routes(run, shown, language), legend.layers(layers, language)],
        layers=layers,
    )
    table = tables.alternatives(run, shown, language, "dissimilar-table")
    return Section("dissimilar", title, word("dissimilar-lead", language), (drawn,), (table,))


def screening(run: Run, language: Language) -> Section:
    """What each alternative touches, with legal grounds."""
    made = (tables.screening(run, decisive(run), language), tables.grounds(run, language))
    notes = [word(voiced(run, "zones"), language, **_reaches(run, language))] if made[0] else []
    return _section("screening", run, language, made, notes)


def _reaches(run: Run, language: Language) -> dict[str, str]:
    """Distances of the zones of review and of the strips of loss."""
    return {
        f"{name}_{zone}": tables.reach(run, method, zone, language)
        for name, method in (("review", tables.SCREENING), ("loss", "avoid.footprint"))
        for zone in ("direct", "indirect")
    }


def certificate(run: Run, language: Language) -> Section:
    """Meters inside excluded layers."""
    names = [run.chosen, *(n for n in decisive(run) if n != run.chosen)]
    table = tables.certificate(run, names, language)
    notes = []
    total = run.certificates["alternative"].nunique() if table is not None else 0
    shown = len(set(names) & set(run.certificates["alternative"])) if table is not None else 0
    if shown < total:
        outputs = run.methods.get("avoid.route", {}).get("outputs", {})
        file = outputs.get("certificates", {}).get("file", "certificates.parquet")
        notes.append(word("certificate-more", language, shown=shown, total=total, file=file))
    return _section("certificate", run, language, (table,), notes)


def _section(
    key: str, run: Run, language: Language, made: Sequence[Table | None], notes: Sequence[str] = ()
) -> Section:
    shown = [t for t in made if t is not None]
    if not shown:
        notes = (word("not-computed", language),)
    lead = word(voiced(run, f"{key}-lead"), language) if shown else ""
    return Section(key, word(key, language), lead, tables=shown, notes=notes)


def induced(run: Run, language: Language) -> Section:
    """Induced deforestation, apart from the direct footprint."""
    table = tables.induced(run, decisive(run), language)
    title = word("induced", language)
    direct = tables.footprints(run, decisive(run), language)
    if table is None:
        made = [direct] if direct else []
        if run.of_dams:
            return Section("induced", word("dams.induced", language), tables=made)
        return Section("induced", title, tables=made, notes=(word("not-computed", language),))
    drawn = figure(
        run,
        language,
        "induced",
        lambda width: charts.induced(run, language, width),
        title=title,
        alt=word("induced-alt", language),
    )
    made = [t for t in (table, direct) if t is not None]
    return Section("induced", title, word("induced-lead", language), (drawn,), made)


def minimization(run: Run, language: Language) -> Section:
    """Measures chosen, and the names of those that were not."""
    notes = []
    if len(run.measures):
        left = [str(r[f"title_{language}"]) for _, r in run.measures.iterrows() if not r["chosen"]]
        if left:
            notes.append(word("not-chosen", language, names="; ".join(left)))
    return _section("minimization", run, language, (record.measures(run, language),), notes)


def offsets(run: Run, language: Language) -> Section:
    """Parcels on a map and in tables."""
    title = word("offsets", language)
    if not run.parcels:
        return Section("offsets", title, notes=(word("not-computed", language),))
    layers = maps.drawable(run.layers)
    drawn = []
    if any(p.geometry is not None for p in run.parcels):
        drawn.append(
            figure(
                run,
                language,
                "parcels",
                partial(_swap, maps.parcels_map, run, run.parcels, layers, language),
                title=title,
                alt=word("map-parcels-alt", language, count=len(run.parcels)),
                items=[
                    [*legend.parcels(language), *legend.chosen_line(run, language)],
                    legend.layers(layers, language),
                ],
                layers=layers,
            )
        )
    made = (
        record.parcels(run, language),
        record.requirements(run, language),
        record.allocation(run, language),
    )
    proof = record.portfolio_line(run, language)
    lead = word("offsets-lead", language)
    shown = [t for t in made if t is not None]
    notes = [*record.owed(run, language), *([proof] if proof else [])]
    if run.portfolio:
        notes.append(word("plan-file", language, file=f"plan.{language}.docx"))
    return Section("offsets", title, lead, drawn, shown, notes)


def balance(run: Run, language: Language) -> Section:
    """One waterfall per asset that loses anything, and the table."""
    title = word("balance", language)
    totals = narrative.asset_totals(run)
    table = tables.balance(run, language)
    if table is None or not len(totals):
        return Section("balance", title, notes=(word("not-computed", language),))
    flat, drawn = [], []
    certain = {c.asset: c for c in run.certainty}
    for row in totals.to_dict("records"):
        asset = str(row["asset"])
        name = tables.asset_name(run, asset, language)
        if not any(abs(row[s]) > 1e-6 for s in ("before", "residual", "offset")):
            flat.append(name)
            continue
        known = certain.get(asset)
        source = (
            word(
                "balance-probability",
                language,
                percent=percent(known.probability, language, 1),
                error=percent(known.error, language, 1),
            )
            if known
            else ""
        )
        facts = {s: amount(row[s], language) for s in ("before", "residual", "offset", "net")}
        drawn.append(
            Figure(
                picture(
                    f"balance-{asset}-{language}",
                    partial(charts.waterfall, run, asset, language),
                    title=name,
                    description=word("balance-alt", language, name=name, **facts),
                    wide=HALF,
                ),
                name,
                source=source,
            )
        )
    notes = [word("balance-sign", language), word(voiced(run, "balance-shift"), language)]
    if flat:
        notes.append(word("balance-flat", language, names=listed(flat, language)))
    return Section("balance", title, word("balance-lead", language), drawn, (table,), notes)


def ledger(run: Run, language: Language) -> Section:
    """The first entries of the journal."""
    title = word("ledger", language)
    records = [r for r in run.ledger.split("\n\n") if r.strip()]
    if not records:
        return Section("ledger", title, notes=(word("not-computed", language),))
    # Openings of accounts say little; entries and assertions tell what happened.
    telling = [r.strip("\n") for r in records if " open " not in r.splitlines()[0]]
    shown = telling[:LEDGER_RECORDS]
    lead = word("ledger-lead", language, shown=len(shown), total=len(records))
    told = "\n\n".join(_in_language(r, language) for r in shown)
    return Section("ledger", title, lead, code=told)


def _in_language(entry: str, language: Language) -> str:
    """A record of the ledger with its text in one language; accounts keep their names."""
    other = {"es": "en", "en": "es"}[language]
    kept = []
    for line in entry.splitlines():
        if line.startswith(f"  {other} "):
            continue
        if line.startswith(f"  {language} "):
            line = line.removeprefix(f"  {language}").replace("  ", " ")
            for code in ("direct", "induced", "total"):
                line = line.replace(f", {code}:", f", {word(f'component-{code}', language)}:")
            line = f" {line}"
        kept.append(line)
    return "\n".join(kept)


def findings(run: Run, language: Language) -> Section:
    """All findings by severity."""
    groups = []
    for severity in ("error", "warning", "notice"):
        mine = [f for f in run.findings if f.severity == severity]
        if mine:
            named = word(f"severity-{severity}", language)
            texts, folds = _folded(run, mine, language, fold=severity == "notice")
            groups.append(Found(named, texts, folds))
    title = word("findings", language)
    return Section("findings", title, word("findings-lead", language), items=groups)


def _folded(
    run: Run, found: Sequence[Finding], language: Language, *, fold: bool
) -> tuple[list[str], list[Fold]]:
    """Findings one by one, and those of which there are many of one code, by code."""
    by_code: dict[str, dict[str, None]] = {}
    for one in found:
        by_code.setdefault(one.code, {})[record.finding_text(run, one, language)] = None
    texts, folds = [], []
    for code, told in by_code.items():
        if fold and len(told) >= FOLDED:
            key = voiced(run, f"found-{code}")
            folds.append(Fold(word(key, language) if has_word(key) else code, list(told)))
        else:
            texts += list(told)
    return texts, folds


def sources(run: Run, language: Language) -> Section:
    """Where the data come from."""
    title = word("sources", language)
    return Section("sources", title, tables=(record.sources(run, language),))


def parameters(run: Run, language: Language) -> Section:
    """Rules and parameters with their status."""
    made = (record.rules(run, language), record.step_parameters(run, language))
    shown = [t for t in made if t is not None]
    others = record.other_rules(run, language)
    lead = Markup(" ").join(t for t in (word("parameters-lead", language), others) if t)
    return Section("parameters", word("parameters", language), lead, tables=shown)


def assumptions(run: Run, language: Language) -> Section | None:
    """Questions, validity and references of the methods."""
    table = record.methods(run, language)
    if table is None:
        return None
    return Section("assumptions", word("assumptions", language), tables=(table,))


def unknowns(run: Run, language: Language) -> Section:
    """What is not known."""
    doubtful = sum(p.used and p.status == "unverified" for p in run.parameters)
    # The critical ones first, as at the top of the page.
    told = dict.fromkeys((*run.critical, *run.unknowns))
    notes = [u[language] for u in told] + [word("unknown-hidden", language)]
    if doubtful:
        notes.append(word("unknown-unverified", language, count=doubtful))
    return Section("unknowns", word("unknowns", language), items=(Found("", notes),))


def reproduce(run: Run, language: Language) -> Section:
    """Command, seed, versions, digests."""
    made = (record.versions(run, language), record.digests(run, language))
    command = f"nonetloss run studies/{run.study} --out runs/{run.study}"
    seed = f"{word('seed', language)}: {run.seed}"
    return Section(
        "reproduce",
        word("reproduce", language),
        word("reproduce-lead", language),
        tables=made,
        notes=(seed,),
        code=command,
    )


def inline(svg: str) -> Markup:
    """A figure of ours: markup built by `figure.to_svg`, whose texts are escaped there."""
    return Markup(svg)


# What compensation tells beyond parcels and balance; a part not studied is left out.
AFTER_OFFSETS: tuple[Callable[[Run, Language], Section | None], ...] = (
    offset_sections.choice,
    offset_sections.counterfactual,
    offset_sections.sensitivity,
    offset_sections.people,
)
AFTER_BALANCE: tuple[Callable[[Run, Language], Section | None], ...] = (
    offset_sections.following,
    offset_sections.cumulative,
)

# What ends every report, whatever was studied.
RECORD: tuple[Callable[[Run, Language], Section | None], ...] = (
    findings,
    sources,
    parameters,
    offset_sections.law,
    assumptions,
    unknowns,
    reproduce,
)
