"""How much carbon stands there: plots, strata, total, what the error is made of, and the check of
published figures.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from nonetloss.core.language import LANGUAGES, Language, number
from nonetloss.study.report.figure import GREEN
from nonetloss.study.report.forest import drawing, legends
from nonetloss.study.report.forest.baseline import between
from nonetloss.study.report.forest.drawing import Bar
from nonetloss.study.report.forest.model import ForestStudy, Taken
from nonetloss.study.report.forest.parts import each, figure, present
from nonetloss.study.report.forest.rows import (
    MILLION,
    Field,
    Row,
    build,
    code,
    ends,
    given,
    known,
    num,
    share,
    text,
    title,
    titled,
    tonnes,
    whole,
)
from nonetloss.study.report.section import Figure, Section
from nonetloss.study.report.table import Table
from nonetloss.study.report.words import MISSING, amount, percent, word

CO2_PER_CARBON = 44.0 / 12.0
# Half of a 90 % interval in standard errors.
NORMAL_90 = 1.645
# Tables of single plots longer than this stay in their file.
PLOT_ROWS = 12


def stock(study: ForestStudy, language: Language) -> list[Section]:
    """One section for each step that estimated a stock."""
    return each(study, study.taken("forest.stock"), _stock, language)


def _stock(study: ForestStudy, step: Taken, language: Language, suffix: str) -> Section | None:
    strata = step.table("strata_table", "strata")
    if not len(strata):
        return None
    drawn = []
    groups = _groups(step, strata, language)
    if groups:
        drawn.append(
            figure(
                f"stock-plots{suffix}",
                language,
                lambda width: drawing.strips(
                    groups, word("forest.axis-tco2e-ha", language), language, width
                ),
                title=word("forest.stock-plots-title", language),
                alt=word("forest.stock-plots-alt", language, count=len(step.table("plots"))),
                items=[legends.plots(language)],
                half=True,
            )
        )
    parts = _shares(step, language)
    if parts:
        drawn.append(
            figure(
                f"stock-errors{suffix}",
                language,
                lambda width: drawing.bars(
                    parts, word("forest.axis-variance", language), language, width
                ),
                title=word("forest.stock-errors-title", language),
                alt=word("forest.stock-errors-alt", language),
                half=True,
            )
        )
    return Section(
        "forest-stock",
        word("forest.stock", language),
        word("forest.stock-lead", language),
        drawn,
        tables(step, language),
        _notes(step, language),
    )


def tables(step: Taken, language: Language) -> list[Table]:
    """Strata, total, published figures, wood density, heights, sample sizes, plots."""
    return present(
        _strata(step, language),
        total(step, language),
        published(step, language),
        _levels(step, language),
        _heights(step, language),
        _sizes(step, language),
        _plots(step, language),
    )


def _groups(
    step: Taken, strata: pd.DataFrame, language: Language
) -> list[tuple[str, np.ndarray, Bar]]:
    plots = step.table("plots")
    if not len(plots) or not {"stratum", "tc_ha"} <= set(plots.columns):
        return []
    found = []
    for row in strata.to_dict("records"):
        mine = plots[plots["stratum"] == row["stratum"]]["tc_ha"].to_numpy(dtype=float)
        if not mine.size or not np.isfinite(row["tc_ha"]):
            continue
        least, most = ends(row, "low", "high", 1 / CO2_PER_CARBON)
        mean = Bar("", CO2_PER_CARBON * float(row["tc_ha"]), least, most)
        found.append((titled(row, "stratum", language), CO2_PER_CARBON * mine, mean))
    return found


def _shares(step: Taken, language: Language) -> list[Bar]:
    table = step.table("errors")
    if "share" not in table:
        return []
    return [
        Bar(titled(r, "component", language, "error"), 100 * float(r["share"]))
        for r in table.sort_values("share", ascending=False, kind="stable").to_dict("records")
        if r["share"] > 0
    ]


def _strata(step: Taken, language: Language) -> Table | None:
    table = step.table("strata_table", "strata")
    if {"low", "high"} <= set(table.columns):
        table = table.assign(
            **{f"tco2e_{e}": table[e].astype(float) * CO2_PER_CARBON for e in ("low", "high")}
        )
    return build(
        table,
        (
            title("col-stratum", "stratum"),
            num("col-area-ha", "area_ha", digits=0),
            whole("col-plots", "plots"),
            code("col-estimator", "estimator", "estimator"),
            num("col-tc-ha", "tc_ha", digits=1, low="low", high="high"),
            num("col-se-tc-ha", "se", digits=1),
            num("col-tco2e-ha", "tco2e_ha", digits=1, low="tco2e_low", high="tco2e_high"),
        ),
        "forest-strata",
        word("forest.strata-caption", language),
        language,
        cards=True,
    )


def total(step: Taken, language: Language) -> Table | None:
    """Total by pool, in million tonnes; none where the areas are not known."""
    table = step.table("total")
    return build(
        table[table["tco2e"].notna()] if "tco2e" in table else table,
        (
            title("col-pool", "pool"),
            num("col-mtc", "tc", low="tc_low", high="tc_high", scale=MILLION),
            num("col-mtco2e", "tco2e", low="tco2e_low", high="tco2e_high", scale=MILLION),
            share("col-half-width", "relative_half_width"),
        ),
        "forest-total",
        word("forest.total-caption", language),
        language,
        marked=lambda row: str(row.get("pool")) == "all",
    )


def published(step: Taken, language: Language) -> Table | None:
    """Published figures beside the arithmetic that they follow from."""
    return build(
        step.table("published"),
        (
            title("col-figure", "figure"),
            Field("col-published", _figure("published"), ("published",), numeric=True),
            Field("col-computed", _figure("computed"), ("computed",), numeric=True),
            code("col-unit", "unit", "unit"),
            text("col-note", "note"),
        ),
        "forest-published",
        word("forest.published-caption", language),
        language,
        cards=True,
    )


def _figure(name: str) -> Callable[[Row, Language], str]:
    """Hundreds of tonnes per hectare with their decimal, sums without."""

    def cell(row: Row, language: Language) -> str:
        found = row.get(name)
        return amount(found, language, 0 if found is not None and found >= 10_000 else 1)

    return cell


def _levels(step: Taken, language: Language) -> Table | None:
    table = step.table("density_levels")
    return build(
        table[table["trees"] > 0] if "trees" in table else table,
        (
            title("col-density-level", "level", "level"),
            whole("col-trees", "trees"),
            share("col-share", "share"),
        ),
        "forest-density",
        word("forest.density-caption", language),
        language,
    )


def _heights(step: Taken, language: Language) -> Table | None:
    return build(
        step.table("heights"),
        (
            title("col-height-source", "source"),
            whole("col-trees", "trees"),
            share("col-share", "share"),
        ),
        "forest-heights",
        word("forest.heights-caption", language),
        language,
    )


def _named(step: Taken, table: pd.DataFrame) -> pd.DataFrame:
    """Rows by stratum with the titles of the strata."""
    strata = step.table("strata_table")
    if "stratum" not in table or "title_es" not in strata:
        return table
    for lang in LANGUAGES:
        names = dict(zip(strata["stratum"], strata[f"title_{lang}"], strict=True))
        table = table.assign(**{f"title_{lang}": table["stratum"].map(names)})
    return table


def _sizes(step: Taken, language: Language) -> Table | None:
    table = step.table("sample_size")
    if "target" not in table:
        return None
    return build(
        _named(step, table),
        (
            title("col-stratum", "stratum"),
            whole("col-plots-have", "plots_now"),
            whole("col-plots-needed", "plots_needed"),
            whole("col-plots-more", "plots_more"),
        ),
        "forest-sample-size",
        word("forest.sample-size-caption", language),
        language,
        group=lambda row: word("forest.target", language, share=percent(row["target"], language)),
    )


def _plots(step: Taken, language: Language) -> Table | None:
    table = step.table("plots")
    if len(table) > PLOT_ROWS:
        return None
    return build(
        _named(step, table),
        (
            text("col-plot", "plot"),
            title("col-stratum", "stratum"),
            num("col-area-ha", "area_ha", digits=2),
            whole("col-stems", "stems"),
            num("col-agb", "agb_mg_ha", digits=0, low="agb_low", high="agb_high"),
            num("col-bgb", "bgb_mg_ha", digits=0),
            num("col-tc-ha", "tc_ha", digits=0),
        ),
        "forest-plots",
        word("forest.plots-caption", language),
        language,
    )


def _notes(step: Taken, language: Language) -> list[str]:
    notes = [word("forest.stock-ends", language)]
    if len(step.table("plots")) > PLOT_ROWS:
        count, file = len(step.table("plots")), step.file("plots")
        notes.append(word("forest.plots-file", language, count=count, file=file))
    return notes


def allometry(study: ForestStudy, language: Language) -> list[Section]:
    """Equations fitted or checked on harvested trees."""
    return each(study, study.taken("forest.allometry"), _allometry, language)


def _allometry(study: ForestStudy, step: Taken, language: Language, suffix: str) -> Section | None:
    made = present(
        build(
            step.table("coefficients"),
            (
                code("col-coefficient", "term", "term"),
                num("col-fitted", "estimate", digits=6),
                num("col-standard-error", "standard_error", digits=6),
                num("col-in-use", "checked", digits=6),
            ),
            "forest-coefficients",
            word("forest.coefficients-caption", language, trees=_trees(step, language)),
            language,
        ),
        build(
            step.table("measures"),
            (
                title("col-measure", "measure"),
                code("col-equation", "equation", "equation"),
                Field("col-value-plain", _checked, ("value",), numeric=True),
            ),
            "forest-trees-check",
            word("forest.trees-check-caption", language),
            language,
        ),
    )
    drawn = [f for f in (_sites(step, language, suffix),) if f is not None]
    if not made and not drawn:
        return None
    return Section(
        "forest-allometry",
        word("forest.allometry", language),
        word("forest.allometry-lead", language),
        drawn,
        made,
        [word("forest.sites-file", language, file=step.file("sites"))] if drawn else (),
    )


def _checked(row: Row, language: Language) -> str:
    """A count without decimals, a measure with five."""
    found = float(row["value"])
    return amount(found, language, 0 if found == round(found) else 5)


def _trees(step: Taken, language: Language) -> str:
    return number(step.number("trees"), language, 0) if step.fact("trees") else MISSING


def _sites(step: Taken, language: Language, suffix: str) -> Figure | None:
    """Bias of the checked equation at every site."""
    sites = step.table("sites")
    if "bias" not in sites:
        return None
    values = 100 * sites["bias"].to_numpy(dtype=float)
    known_ = values[np.isfinite(values)]
    spread = float(np.std(known_, ddof=1) / np.sqrt(known_.size)) if known_.size > 1 else np.nan
    mean = float(known_.mean())
    bar = Bar("", mean, mean - NORMAL_90 * spread, mean + NORMAL_90 * spread, GREEN)
    return figure(
        f"allometry-sites{suffix}",
        language,
        lambda width: drawing.centered(
            values, bar, word("forest.axis-site-bias", language), language, width
        ),
        title=word("forest.allometry-sites-title", language),
        alt=word("forest.allometry-sites-alt", language, count=len(sites)),
        items=[legends.sites(language)],
    )


def headline(step: Taken, language: Language) -> tuple[float, list[str]]:
    """The total in tonnes of CO2e, and the sentences of the card."""
    rows = {str(r["pool"]): r for r in step.table("total").to_dict("records")}
    row = rows.get("all", {})
    told = between(row.get("tco2e_low"), row.get("tco2e_high"), language)
    if told:
        told.insert(0, f"{titled(row, 'pool', language)}.")
    told += _compared(step, rows, language)
    strata = step.table("strata_table")
    plots = int(np.nansum(strata["plots"])) if "plots" in strata else 0
    if plots:
        told.append(word("forest.card-stock-plots", language, plots=plots, strata=len(strata)))
    told += _published_card(step, language)
    return float(row.get("tco2e", np.nan)), told


def _compared(step: Taken, pools: Mapping[str, Row], language: Language) -> list[str]:
    """The pool that the published total is held against, where that is not all there is."""
    for row in step.table("published").to_dict("records"):
        if row["figure"] != "total" or not (given(row["published"]) and given(row["computed"])):
            continue
        same = [
            r
            for name, r in pools.items()
            if name != "all" and np.isclose(float(r["tco2e"]), float(row["computed"]), rtol=1e-9)
        ]
        if row.get("unit") == "tCO2e" and len(same) == 1:
            return [
                word(
                    "forest.card-stock-pool",
                    language,
                    part=tonnes(row["computed"], language),
                    pool=titled(same[0], "pool", language).lower(),
                    published=tonnes(row["published"], language),
                )
            ]
    return []


def per_hectare(step: Taken, language: Language) -> tuple[str, list[str]]:
    """Tonnes per hectare of the stratum that has most plots, and its interval."""
    strata = step.table("strata_table")
    if not {"tc_ha", "plots"} <= set(strata.columns):
        return MISSING, []
    row = strata.iloc[int(strata["plots"].argmax())].to_dict()
    shown = amount(CO2_PER_CARBON * float(row["tc_ha"]), language, 0)
    least, most = ends(row, "low", "high", 1 / CO2_PER_CARBON)
    name = titled(row, "stratum", language)
    if not np.isfinite(least + most):
        return shown, [word("forest.card-stratum", language, name=name)]
    told = word(
        "forest.card-stratum-ends",
        language,
        name=name,
        low=amount(least, language, 0),
        high=amount(most, language, 0),
    )
    return shown, [told, word("forest.card-no-area", language)]


def checked(step: Taken, language: Language) -> list[str]:
    """How near an equation comes to the weighed trees as a whole and at their sites."""
    table = step.table("measures")
    if not {"measure", "value"} <= set(table.columns):
        return []
    found = dict(zip(table["measure"].astype(str), table["value"].astype(float), strict=True))
    if not {"total-ratio", "sites", "site-bias-sd"} <= set(found):
        return []
    return [
        word(
            "forest.verdict-equation",
            language,
            trees=_trees(step, language),
            sites=amount(found["sites"], language, 0),
            ratio=amount(found["total-ratio"], language, 3),
            spread=percent(found["site-bias-sd"], language, 0),
        )
    ]


def _published_card(step: Taken, language: Language) -> list[str]:
    """The published figure per hectare, beside what its own totals give."""
    rows = [r for r in step.table("published").to_dict("records") if r["figure"] == "per-ha"]
    for row in rows[:1]:
        facts = {
            "computed": amount(row["computed"], language, 1),
            "unit": known("unit", row.get("unit"), language),
        }
        if row["published"] != row["published"]:
            return [word("forest.card-stock-derived", language, **facts)]
        told = amount(row["published"], language, 1)
        return [word("forest.card-stock-published", language, published=told, **facts)]
    return []
