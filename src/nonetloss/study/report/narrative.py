"""The answer in one verdict and five cards, in words that a planner can repeat."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nonetloss.core.language import Language, number
from nonetloss.study.report.model import Certainty, Run
from nonetloss.study.report.tables import (
    SCREENING,
    asset_name,
    crossed,
    reach,
    route_name,
    title_of,
    whole_layers,
)
from nonetloss.study.report.together import inside_any, meters_inside
from nonetloss.study.report.words import MISSING, amount, listed, million, percent, voiced, word

# Below this probability the page does not color a verdict as good. The number itself is printed.
SAFE = 0.9


@dataclass(frozen=True, slots=True)
class Verdict:
    """`mood` is good, weak, bad or open; it has a sign of its own besides its color."""

    mood: str
    headline: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One of the five: its question, the figure that answers, and the sentence."""

    title: str
    figure: str
    unit: str
    sentences: tuple[str, ...]


def verdict(run: Run, language: Language) -> tuple[Verdict, ...]:
    """What must be read first; an exclusion that is broken comes before the balance."""
    found = []
    broken = _broken(run, run.chosen)
    if broken:
        names = listed([title_of(run, n, language) for n in broken], language)
        found.append(Verdict("bad", word("verdict-crosses", language, names=names)))
    answer = run.portfolio.get("answer")
    requirements = run.portfolio.get("requirements")
    if answer == "not-offsettable":
        names = _assets(run, requirements, "barred", language)
        found.append(
            Verdict(
                "bad",
                word("verdict-not-offsettable", language),
                word(voiced(run, "verdict-not-offsettable-why"), language, names=names),
            )
        )
        return tuple(found)
    if answer == "infeasible":
        names = _assets(run, requirements, "short", language)
        found.append(
            Verdict(
                "bad",
                word("verdict-infeasible", language),
                word("verdict-infeasible-why", language, names=names),
            )
        )
        return tuple(found)
    totals = asset_totals(run)
    if len(totals) and float(totals["avoided"].sum()) < -1e-6:
        lost = amount(-float(totals["avoided"].sum()), language)
        found.append(Verdict("weak", word(voiced(run, "verdict-shifted"), language, amount=lost)))
    return (*found, _balance_verdict(run, language))


def _balance_verdict(run: Run, language: Language) -> Verdict:
    joint = joint_certainty(run)
    totals = asset_totals(run)
    if joint is None or not len(totals):
        return Verdict("open", word("verdict-open", language))
    missing = float(-totals["net"].clip(upper=0).sum())
    share = percent(joint.probability, language)
    meaning = word("net-meaning", language)
    if missing > 1e-6:
        key = voiced(run, "verdict-short")
        text = word(key, language, missing=amount(missing, language), percent=share)
        return Verdict("bad", text, meaning)
    wanted = run.parameter("offset.portfolio", "probability")
    if isinstance(wanted, int | float) and 0 < wanted < 1:
        return _asked(joint.probability, float(wanted), meaning, language)
    if joint.probability < SAFE:
        return Verdict(
            "weak", word(voiced(run, "verdict-reach-weak"), language, percent=share), meaning
        )
    return Verdict("good", word(voiced(run, "verdict-reach"), language, percent=share), meaning)


def _asked(share: float, wanted: float, meaning: str, language: Language) -> Verdict:
    """Whether the probability that the study asked for is reached, and how often it fails."""
    facts = {"percent": percent(share, language), "wanted": percent(wanted, language)}
    if share < wanted:
        return Verdict("weak", word("verdict-asked-missed", language, **facts), meaning)
    told = word("verdict-asked", language, **facts)
    if share < 1:
        fails = amount(1 / (1 - share), language, 0)
        told = f"{told} {word('verdict-fails', language, count=fails)}"
    return Verdict("good" if share >= SAFE else "weak", told, meaning)


def _assets(run: Run, table: pd.DataFrame | None, why: str, language: Language) -> str:
    if table is None or not len(table):
        return MISSING
    barred = ~table["offsettable"].astype(bool) & (table["residual_qha"] > 0.01)
    rows = table[barred if why == "barred" else table["shortfall_qha"] > 0]
    column = "residual_qha" if why == "barred" else "shortfall_qha"
    unit = word("unit-qha", language)
    return listed(
        [
            f"{asset_name(run, str(r['asset']), language)} ({amount(r[column], language)} {unit})"
            for r in rows.to_dict("records")
        ],
        language,
    )


def joint_certainty(run: Run) -> Certainty | None:
    """The probability that holds for all assets together."""
    return next((c for c in run.certainty if c.asset == ""), None)


def asset_totals(run: Run) -> pd.DataFrame:
    """One row per asset of the balance."""
    table = run.balance
    return table[table["component"] == "total"] if len(table) else table


def _broken(run: Run, name: str) -> list[str]:
    table = run.certificates
    if not len(table):
        return []
    return list(table.loc[(table["alternative"] == name) & ~table["holds"], "layer"])


def cards(run: Run, language: Language) -> tuple[Card, ...]:
    """Touch, avoid, minimize, offset, net."""
    return (
        _touch(run, language),
        _avoid(run, language),
        _minimize(run, language),
        _offset(run, language),
        _net(run, language),
    )


def _touch(run: Run, language: Language) -> Card:
    route = run.route(run.reference)
    title = word("card-touch", language)
    if route is None or not len(run.screening):
        return Card(title, MISSING, "", (word("not-computed", language),))
    rows = crossed(run, route.name)
    barred, bound = (rows[rows["role"] == r] for r in ("prohibited", "restricted"))
    length = number(route.length_km, language, 0)
    name = route.title[language]
    sentences = []
    kilometers, hectares = (float(barred[c].sum()) for c in ("length_km", "area_ha"))
    if len(barred) > 1:
        # Layers overlap: what lies in two of them is counted once.
        together = inside_any(run, route.name, list(barred["layer"]))
        if not np.isnan(together[0]):
            kilometers, hectares = together
    if len(barred):
        names = listed([title_of(run, n, language) for n in barred["layer"]], language)
        sentences.append(
            word(
                "touch-prohibited",
                language,
                route=name,
                length=length,
                km=amount(kilometers, language, 1),
                names=names,
                ha=amount(hectares, language),
            )
        )
    else:
        sentences.append(word("touch-none", language, route=name, length=length))
    if len(bound):
        names = listed([title_of(run, n, language) for n in bound["layer"]], language)
        sentences.append(word("touch-restricted", language, names=names))
    if _meets_hidden(run, route.name):
        sentences.append(word("touch-hidden", language))
    return Card(
        title, amount(kilometers, language, 1), word("card-touch-unit", language), tuple(sentences)
    )


def _meets_hidden(run: Run, name: str) -> bool:
    table = run.screening
    mine = table[(table["alternative"] == name) & table["layer"].isin(run.hidden)]
    return bool(mine["met"].astype(bool).any())


def _avoid(run: Run, language: Language) -> Card:
    route = run.route(run.chosen)
    title = word("card-chosen", language)
    if route is None:
        return Card(title, MISSING, "", (word("not-computed", language),))
    facts = {
        "route": route.title[language],
        "length": number(route.length_km, language, 0),
    }
    priced = bool(np.isfinite(route.cost_usd))
    facts["size"] = word(
        "route-size" if priced else "route-length",
        language,
        length=facts["length"],
        **({"cost": million(route.cost_usd, language)} if priced else {}),
    )
    table = run.certificates
    mine = table[table["alternative"] == route.name] if len(table) else table
    broken = _broken(run, route.name)
    figure, unit = MISSING, word("card-avoid-unit", language)
    if not len(mine):
        # Nothing is excluded: no meters inside to tell.
        figure, unit = facts["length"], "km"
        sentences = [word("avoid-unproven", language, **facts)]
    elif broken:
        meters = meters_inside(run, route.name)
        names = listed([title_of(run, n, language) for n in broken], language)
        if meters > 0 and not set(broken) & set(run.hidden):
            figure = amount(meters, language, 0)
            sentences = [word("avoid-breaks", language, meters=figure, names=names, **facts)]
        else:
            # Too near, or inside a layer of which nobody is told how much.
            figure, unit = facts["length"], "km"
            sentences = [word("avoid-breaks-untold", language, names=names, **facts)]
    else:
        title, figure = word("card-avoid", language), "0"
        key = "avoid-clean-one" if len(mine) == 1 else "avoid-clean"
        sentences = [
            word(key, language, **facts, **({} if len(mine) == 1 else {"count": len(mine)}))
        ]
    reference = run.route(run.reference)
    if reference is not None and reference.name != route.name:
        difference = route.cost_usd - reference.cost_usd
        if np.isfinite(difference):
            key = "avoid-more" if difference >= 0 else "avoid-less"
            sentences.append(word(key, language, difference=million(abs(difference), language)))
    told = (*sentences, *_nearest(run, route.name, language), *_spared(run, language))
    return Card(title, figure, unit, told)


def _nearest(run: Run, name: str, language: Language) -> tuple[str, ...]:
    """The nearest prohibited area that the route does not enter, and how much its zones reach.

    Hidden layers take no part: a distance would help to find them.
    """
    table = whole_layers(run)
    if not len(table):
        return ()
    mine = table[
        (table["alternative"] == name)
        & (table["role"] == "prohibited")
        & ~table["layer"].isin(run.hidden)
        & table["nearest_m"].notna()
    ]
    distances = mine.groupby("layer", sort=False)["nearest_m"].min()
    distances = distances[distances > 0]
    if not len(distances):
        return ()
    layer = str(distances.idxmin())
    around = mine[(mine["layer"] == layer) & mine["zone"].isin(("direct", "indirect"))]
    hectares = float(around["area_ha"].sum())
    key = "avoid-near" if hectares > 0 else "avoid-near-free"
    return (
        word(
            key,
            language,
            name=title_of(run, layer, language),
            km=amount(float(distances.min()) / 1000, language, 1),
            reach=reach(run, SCREENING, "indirect", language),
            **({"ha": amount(hectares, language, 0)} if hectares > 0 else {}),
        ),
    )


def _spared(run: Run, language: Language) -> tuple[str, ...]:
    """In which ecosystems the choice spares loss of the reference's, and in which it adds some."""
    totals = asset_totals(run)
    if not len(totals) or run.chosen == run.reference:
        return ()
    sentences = []
    for key, sign in (("avoid-spares", 1.0), ("avoid-adds", -1.0)):
        rows = [r for r in totals.to_dict("records") if sign * r["avoided"] >= 0.5]
        rows.sort(key=lambda r: -sign * r["avoided"])
        if rows:
            names = [
                f"{asset_name(run, str(r['asset']), language)} "
                f"({amount(abs(r['avoided']), language, 0)})"
                for r in rows
            ]
            sentences.append(word(key, language, names=listed(names, language)))
    return tuple(sentences)


def _minimize(run: Run, language: Language) -> Card:
    title = word("card-minimize", language)
    table = run.measures
    chosen = table[table["chosen"]] if len(table) else table
    if not len(chosen):
        return Card(title, MISSING, "", (word("minimize-none", language),))
    totals = asset_totals(run)
    reduced = float(totals["minimized"].sum()) if len(totals) else float("nan")
    before = float((totals["before"] - totals["avoided"]).sum()) if len(totals) else float("nan")
    share = percent(reduced / before, language) if before > 0 else MISSING
    sentences = [
        word(
            "minimize",
            language,
            count=len(chosen),
            cost=million(chosen["cost_usd"].sum(), language),
            amount=amount(reduced, language),
        )
    ]
    effects = run.effects
    if len(effects):
        effects = effects[effects["measure"].isin(chosen["measure"])]
    doubtful = int((effects["effect_status"] == "unverified").sum()) if len(effects) else 0
    if doubtful:
        sentences.append(word("minimize-unverified", language, count=doubtful))
    figure = f"−{share}" if share != MISSING else share
    return Card(title, figure, word("card-minimize-unit", language), tuple(sentences))


def _offset(run: Run, language: Language) -> Card:
    title = word("card-offset", language)
    totals = asset_totals(run)
    requirements = run.portfolio.get("requirements")
    if requirements is None:
        return Card(title, MISSING, "", (word("offset-unknown", language),))
    residual = float(requirements["residual_qha"].sum()) if len(requirements) else 0.0
    chosen = [p for p in run.parcels if p.chosen]
    figure = amount(residual, language)
    if not chosen:
        sentence = word("offset-none", language, residual=figure)
        return Card(title, figure, word("unit-qha", language), (sentence,))
    gain = float(totals["offset"].sum()) if len(totals) else sum(p.gain_qha for p in chosen)
    sentence = word(
        "offset",
        language,
        residual=figure,
        count=len(chosen),
        names=_first([p.title[language] for p in chosen]),
        area=amount(sum(p.area_ha for p in chosen), language, 0),
        gain=amount(gain, language),
        cost=million(sum(p.cost_usd for p in chosen), language),
    )
    return Card(title, figure, word("unit-qha", language), (sentence,))


def _first(names: list[str], limit: int = 4) -> str:
    more = f" (+{len(names) - limit})" if len(names) > limit else ""
    return "; ".join(names[:limit]) + more


def _net(run: Run, language: Language) -> Card:
    title = word("card-net", language)
    joint = joint_certainty(run)
    totals = asset_totals(run)
    if joint is None or not len(totals):
        return Card(title, MISSING, "", (word("net-none", language),))
    facts = {
        "percent": percent(joint.probability, language, 1),
        "draws": number(run.draws, language),
        "error": percent(joint.error, language, 1),
    }
    sentences = [word("net-plain", language, **facts)]
    single = [c for c in run.certainty if c.asset]
    if len(single) > 1:
        worst = min(single, key=lambda c: c.probability)
        if worst.probability < 1:
            name = asset_name(run, worst.asset, language)
            share = percent(worst.probability, language, 1)
            sentences.append(word("net-worst", language, name=name, percent=share))
    figure = percent(joint.probability, language)
    return Card(title, figure, word("card-net-unit", language), tuple(sentences))


def route_note(run: Run, language: Language) -> str:
    """Reference, choice and its reason."""
    if not run.chosen:
        return ""
    named = word(
        "decision-text",
        language,
        reference=route_name(run, run.reference, language),
        chosen=route_name(run, run.chosen, language),
    )
    return f"{named} {run.reason[language]}".strip()
