"""Tables of the report: routes, screening, certificate, prices, induced deforestation, balance."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from markupsafe import Markup

from nonetloss.core.language import Language, Text
from nonetloss.study.report.maps import route_color
from nonetloss.study.report.model import RouteView, Run
from nonetloss.study.report.table import (
    Column,
    Table,
    badge,
    columns,
    lines,
    small,
    status_tag,
    tag,
)
from nonetloss.study.report.together import meters_inside
from nonetloss.study.report.words import (
    MISSING,
    amount,
    exclusion_name,
    has_word,
    million,
    percent,
    term,
    voiced,
    word,
)

RULED = ("prohibited", "restricted")
SCREENING = "avoid.screening"


def title_of(run: Run, layer: str, language: Language) -> str:
    """Title of a layer of the study."""
    return run.layer_titles.get(layer, Text.of(layer))[language]


def route_name(run: Run, name: str, language: Language) -> str:
    """Title of an alternative."""
    route = run.route(name)
    return route.title[language] if route else name


def route_cell(run: Run, name: str, language: Language) -> Markup:
    """Badge and title of an alternative."""
    route = run.route(name)
    if route is None:
        return Markup("{0}").format(name)
    return Markup('<span class="named">{0} {1}</span>').format(
        badge(route.badge, route_color(run, route)), route.title[language]
    )


def whole_layers(run: Run) -> pd.DataFrame:
    """Rows of the screening that speak of a whole layer, not of one feature."""
    table = run.screening
    return table[table["feature"].fillna("") == ""] if len(table) else table


def reach(run: Run, method: str, zone: str, language: Language) -> str:
    """How far from the right of way a zone of a method reaches, with its unit."""
    meters = run.parameter(method, f"{zone}_zone_m")
    known = isinstance(meters, int | float)
    return f"{amount(float(meters), language, 0)}\u00a0m" if known else MISSING


def crossed(run: Run, name: str, roles: Sequence[str] = RULED) -> pd.DataFrame:
    """Layers that the right of way of an alternative enters: layer, role, area_ha, length_km."""
    rows = whole_layers(run)
    if not len(rows):
        return pd.DataFrame(columns=["layer", "role", "area_ha", "length_km"])
    rows = rows[
        (rows["alternative"] == name)
        & (rows["zone"] == "footprint")
        & rows["role"].isin(list(roles))
        & rows["met"].astype(bool)
    ]
    return rows.groupby(["layer", "role"], sort=False)[["area_ha", "length_km"]].sum().reset_index()


def alternatives(run: Run, routes: Sequence[RouteView], language: Language, key: str) -> Table:
    """One row per route."""
    heads = (
        Column(word("col-alternative", language)),
        Column(term("length", language), numeric=True),
        Column(term("construction_cost", language, million=True), numeric=True),
        Column(word("priced-loss", language), numeric=True),
        Column(word("col-people", language), numeric=True),
        *columns(language, "col-crosses", "col-certificate"),
    )
    rows = []
    for route in routes:
        name = route_cell(run, route.name, language)
        marks = [
            tag(kind, word(kind, language))
            for kind, wanted in (("chosen", run.chosen), ("reference", run.reference))
            if wanted == route.name
        ]
        rows.append(
            (
                lines(name, small(_origin(route, language)), *marks),
                amount(route.length_km, language, 1),
                million(route.cost_usd, language),
                amount(route.nature_qha, language),
                amount(route.people, language),
                _crosses(run, route.name, language),
                certificate_cell(run, route.name, language),
            )
        )
    marked = frozenset(i for i, r in enumerate(routes) if r.name == run.chosen)
    caption = word("alternatives-caption", language)
    return Table(key, caption, heads, rows, cards=True, marked=marked)


def _origin(route: RouteView, language: Language) -> str:
    named = [route.origin, *sorted(route.groups - {route.origin})]
    found = [word(f"origin-{g}", language) if has_word(f"origin-{g}") else g for g in named]
    if route.proven:
        found.append(word(f"proven-{route.proven}", language))
    if route.origin == "joint":
        found.append(word("row-by-cells", language))
    return "; ".join(dict.fromkeys(found))


def _crosses(run: Run, name: str, language: Language) -> Markup:
    if not len(run.screening) or name not in set(run.screening["alternative"]):
        return Markup(MISSING)
    rows = crossed(run, name)
    if not len(rows):
        return small(word(none_crossed(run, name), language))
    return Markup('<div class="fit">{0}</div>').format(
        lines(
            *(
                tag(
                    row["role"],
                    f"{title_of(run, row['layer'], language)}: {_size(row, language)}".rstrip(": "),
                )
                for _, row in rows.iterrows()
            )
        )
    )


def none_crossed(run: Run, name: str) -> str:
    """Key of what to say where no layer shown is crossed: one that is hidden may be met."""
    rows = run.screening
    rows = rows[(rows["alternative"] == name) & rows["layer"].isin(run.hidden)]
    return "hidden-met" if rows["met"].astype(bool).any() else "crosses-none"


def _size(row: pd.Series, language: Language) -> str:
    km = f"{amount(row['length_km'], language, 1)} km" if row["length_km"] > 0 else ""
    ha = f"{amount(row['area_ha'], language)} ha" if row["area_ha"] > 0 else ""
    return ", ".join(p for p in (km, ha) if p)


def certificate_cell(run: Run, name: str, language: Language) -> Markup:
    """Whether a route stays outside every excluded layer."""
    table = run.certificates
    rows = table[table["alternative"] == name] if len(table) else table
    if not len(rows):
        return Markup(MISSING)
    if bool(rows["holds"].all()):
        return tag("holds", word("certificate-holds", language))
    inside = meters_inside(run, name)
    if rows.loc[~rows["holds"].astype(bool), "layer"].isin(run.hidden).any():
        # How far the route lies inside it is not told, so no total would be true.
        told = [word("certificate-hidden", language)]
        if inside > 0:
            meters = amount(inside, language, 0)
            told.insert(0, word("certificate-breaks", language, meters=meters))
        return tag("breaks", "; ".join(told))
    if inside == 0:
        return tag("breaks", word("certificate-near", language))
    return tag("breaks", word("certificate-breaks", language, meters=amount(inside, language, 0)))


def certificate(run: Run, names: Sequence[str], language: Language) -> Table | None:
    """Meters inside each excluded layer, of the routes named."""
    table = run.certificates
    if not len(table):
        return None
    rows: list[tuple[str, ...]] = []
    for name in names:
        mine = table[table["alternative"] == name]
        if len(mine):
            rows.append((route_cell(run, name, language),))
        for row in mine.to_dict("records"):
            # Of a layer that is not published nobody learns how far it is.
            told = row["layer"] not in run.hidden
            numbers = (
                row[c] if told else None for c in ("meters_inside", "nearest_m", "required_m")
            )
            held = (
                tag("holds", word("yes", language))
                if row["holds"]
                else tag("breaks", word("no", language))
            )
            rows.append(
                (
                    title_of(run, row["layer"], language),
                    *(amount(v, language, 0) for v in numbers),
                    held,
                )
            )
    heads = columns(
        language, "col-layer", "#col-inside", "#col-nearest-m", "#col-required-m", "col-holds"
    )
    return Table("certificate-table", word("certificate-caption", language), heads, rows)


def prices(run: Run, language: Language) -> Table | None:
    """The price of each exclusion."""
    if not len(run.prices):
        return None
    heads = columns(
        language,
        "col-exclusion",
        "#col-with",
        "#col-without",
        "#col-price",
        "#col-length-with",
        "#col-length-without",
    )
    rows = [
        (
            exclusion_name(run, row["exclusion"], language),
            million(row["cost_with_usd"], language),
            million(row["cost_without_usd"], language),
            word("withheld", language)
            if row["exclusion"] in run.hidden
            else million(row["price_usd"], language),
            amount(row["length_with_km"], language, 1),
            amount(row["length_without_km"], language, 1),
        )
        for _, row in run.prices.iterrows()
    ]
    return Table("price-table", word("price-caption", language), heads, rows)


def screening(run: Run, names: Sequence[str], language: Language) -> Table | None:
    """One row per alternative and layer, its zones side by side."""
    table = whole_layers(run)
    if not len(table):
        return None
    heads = (
        *columns(language, "col-layer", "col-role"),
        *columns(language, f"#{voiced(run, 'col-footprint-ha')}", "#col-footprint-km"),
        *(
            Column(
                word(f"col-{zone}-ha", language, reach=reach(run, SCREENING, zone, language)), True
            )
            for zone in ("direct", "indirect")
        ),
        *columns(language, "#col-lines-km", "#col-count", f"#{voiced(run, 'col-nearest')}"),
        *columns(language, "col-features", "col-status"),
    )
    rows: list[tuple[str, ...]] = []
    order = {"prohibited": 0, "restricted": 1, "accounted": 2, "context": 3}
    for name in names:
        mine = table[table["alternative"] == name]
        if len(mine):
            rows.append((route_cell(run, name, language),))
        groups = sorted(
            mine.groupby("layer", sort=False),
            key=lambda g: (order.get(g[1]["role"].iloc[0], 9), str(g[0])),
        )
        for layer, group in groups:
            hidden = bool(group["zone"].fillna("").eq("").all())
            if not hidden and not group["met"].astype(bool).any():
                continue
            rows.append(_screening_row(run, name, str(layer), group, hidden, language))
    return Table("screening-table", word("screening-caption", language), heads, rows)


def _screening_row(
    run: Run, name: str, layer: str, group: pd.DataFrame, hidden: bool, language: Language
) -> tuple[str, ...]:
    role = str(group["role"].iloc[0])
    head = (
        title_of(run, layer, language),
        tag(role, word(f"role-{role}", language)),
    )
    status = status_tag(str(group["status"].iloc[0]), language)
    if hidden:
        met = bool(group["met"].astype(bool).any())
        said = word("hidden-met" if met else "hidden-not-met", language)
        return (*head, *[MISSING] * 7, said, status)

    def area(zone: str) -> str:
        cells = group.loc[group["zone"] == zone, "area_ha"]
        return amount(float(cells.sum()) if cells.notna().any() else np.nan, language)

    axis = group.loc[(group["zone"] == "footprint") & (group["geometry"] == "polygon"), "length_km"]
    drawn = group.loc[group["geometry"] == "line", "length_km"]
    return (
        *head,
        area("footprint"),
        amount(float(axis.sum()) if axis.notna().any() else np.nan, language),
        area("direct"),
        area("indirect"),
        amount(float(drawn.sum()) if len(drawn) else np.nan, language),
        _count(group, language),
        amount(float(group["nearest_m"].min()) / 1000, language),
        small(_features(run, name, layer)),
        status,
    )


def _count(group: pd.DataFrame, language: Language) -> str:
    """Features met in any zone.

    A polygon or line may count in each of the zones, and one that reaches the right of way passes
    through those around it: the zone that meets most stands for all. A point lies in one only.
    """
    known = group.assign(count=pd.to_numeric(group["count"], errors="coerce").astype(float))
    met = [
        part["count"].sum() if kind == "point" else part["count"].max()
        for kind, part in known[known["count"].notna()].groupby("geometry")
    ]
    return amount(float(sum(met)) if met else float("nan"), language, 0)


def _features(run: Run, name: str, layer: str) -> str:
    table = run.screening
    rows = table[
        (table["alternative"] == name)
        & (table["layer"] == layer)
        & (table["feature"].fillna("") != "")
        & table["met"].astype(bool)
    ]
    # "#3" is the number of a feature without a name.
    found = list(dict.fromkeys(str(f) for f in rows["feature"] if not str(f).startswith("#")))
    return ", ".join(found[:6]) + (f" (+{len(found) - 6})" if len(found) > 6 else "")


def grounds(run: Run, language: Language) -> Table | None:
    """The legal ground of every layer that the screening met, and its status."""
    table = whole_layers(run)
    if not len(table):
        return None
    order = {"prohibited": 0, "restricted": 1, "accounted": 2, "context": 3}
    firsts = table.groupby("layer", sort=False).first().reset_index()
    firsts = firsts.sort_values(
        ["role", "layer"], key=lambda s: s.map(order) if s.name == "role" else s
    )
    rows = [
        (
            title_of(run, row["layer"], language),
            tag(row["role"], word(f"role-{row['role']}", language)),
            str(row[f"ground_{language}"] or MISSING),
            status_tag(str(row["status"]), language),
        )
        for _, row in firsts.iterrows()
    ]
    heads = columns(language, "col-layer", "col-role", "col-ground", "col-status")
    return Table("grounds", word("grounds-caption", language), heads, rows, cards=True)


def induced(run: Run, names: Sequence[str], language: Language) -> Table | None:
    """Induced deforestation by ecosystem, of the routes named; ecosystems without any left out."""
    if not len(run.induced):
        return None
    heads = columns(language, "col-ecosystem", "#col-low-ha", "#col-likely-ha", "#col-high-ha")
    ends = ("low_ha", "likely_ha", "high_ha")
    rows: list[tuple[str, ...]] = []
    for name in names:
        mine = run.induced[(run.induced["alternative"] == name) & (run.induced["high_ha"] > 0)]
        if not len(mine):
            continue
        rows.append((route_cell(run, name, language),))
        rows += [
            (
                asset_name(run, str(row["ecosystem"]), language),
                *(amount(row[c], language) for c in ends),
            )
            for row in mine.to_dict("records")
        ]
        total = (amount(float(mine[c].sum()), language) for c in ends)
        rows.append((word("total", language), *total))
    return Table("induced-table", word("induced-caption", language), heads, rows)


def footprints(run: Run, names: Sequence[str], language: Language) -> Table | None:
    """Ecosystems in the right of way: one row per ecosystem, one column per alternative."""
    if not len(run.footprints):
        return None
    inside = run.footprints[run.footprints["zone"] == "footprint"]
    wide = inside.pivot_table(
        index="ecosystem", columns="alternative", values="area_ha", aggfunc="sum", sort=False
    )
    shown = [n for n in names if n in wide.columns]
    wide = wide[shown]
    wide = wide[(wide > 0).any(axis=1)]
    heads = [Column(word("col-ecosystem", language))]
    for n in shown:
        route = run.route(n)
        heads.append(Column(f"{route.badge if route else n} (ha)", numeric=True))
    rows = [
        (
            run.ecosystems.get(str(e), Text.of(str(e)))[language],
            *(amount(float(v), language) for v in row),
        )
        for e, row in zip(wide.index, wide.to_numpy(), strict=True)
    ]
    return Table("footprints", word(voiced(run, "footprint-caption"), language), tuple(heads), rows)


def balance(run: Run, language: Language) -> Table | None:
    """Every asset and component through the hierarchy, with the interval of its net."""
    if not len(run.balance):
        return None
    unit = word("unit-qha", language)
    heads = (
        *columns(language, "col-component"),
        *(
            Column(f"{word(f'stage.{s}', language)} ({unit})", numeric=True)
            for s in ("before", "avoided", "minimized", "residual", "offset", "net")
        ),
        *columns(language, "#col-interval", "#col-probability"),
    )
    certain = {c.asset: c for c in run.certainty}
    rows: list[tuple[str, ...]] = []
    marked = set()
    for row in run.balance.to_dict("records"):
        whole = row["component"] == "total"
        if row["component"] == run.balance["component"].iloc[0]:
            rows.append((asset_name(run, row["asset"], language),))
        if whole:
            marked.add(len(rows))
        known = certain.get(row["asset"]) if whole else None
        low, high = row.get("net_low", np.nan), row.get("net_high", np.nan)
        interval = (
            word("to", language, low=amount(low, language), high=amount(high, language))
            if np.isfinite([low, high]).all()
            else MISSING
        )
        rows.append(
            (
                word(f"component-{row['component']}", language),
                *(
                    amount(row[s], language)
                    for s in ("before", "avoided", "minimized", "residual", "offset", "net")
                ),
                interval,
                percent(known.probability, language, 1) if known else MISSING,
            )
        )
    return Table(
        "balance-table", word("balance-caption", language), heads, rows, marked=frozenset(marked)
    )


def asset_name(run: Run, asset: str, language: Language) -> str:
    """Title of an asset of the balance."""
    if asset in ("", "total"):
        return word("total", language)
    return run.ecosystems.get(asset, Text.of(asset))[language]
