"""Tables for the record: measures, parcels, sources, parameters, methods, digests."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from markupsafe import Markup

from nonetloss.core.errors import NonetlossError
from nonetloss.core.findings import Finding
from nonetloss.core.language import Language, Text, number
from nonetloss.study.report.model import ParameterView, ParcelView, Run
from nonetloss.study.report.offset_names import why
from nonetloss.study.report.table import Table, columns, lines, link, small, status_tag, tag
from nonetloss.study.report.tables import asset_name
from nonetloss.study.report.words import (
    MISSING,
    amount,
    has_word,
    million,
    percent,
    texts,
    voiced,
    word,
)


def measures(run: Run, language: Language) -> Table | None:
    """Chosen measures with effectiveness, cost, phase and source."""
    table = run.measures
    if not len(table) or not table["chosen"].any():
        return None
    heads = columns(
        language,
        "col-measure",
        "col-phase",
        "col-effects",
        "#col-avoided",
        "#col-cost-musd",
        "col-source",
    )
    rows = []
    for row in table[table["chosen"]].to_dict("records"):
        effects = _effects_of(run, str(row["measure"]))
        evidence = str(row[f"evidence_{language}"] or "")
        sources = dict.fromkeys(str(e[f"source_{language}"]) for e in effects)
        rows.append(
            (
                str(row[f"title_{language}"]),
                _known("phase", str(row["phase"]), language),
                Markup('<div class="fit">{0}</div>').format(
                    lines(*(_effect(run, e, language) for e in effects)) or MISSING
                ),
                lines(*(_avoided(e, len(effects) > 1, language) for e in effects))
                or amount(row["avoided_alone_qha"], language),
                lines(
                    million(row["cost_usd"], language),
                    small(
                        word(
                            "to",
                            language,
                            low=million(row["cost_low_usd"], language),
                            high=million(row["cost_high_usd"], language),
                        )
                    ),
                ),
                lines(
                    *(small(source) for source in sources),
                    small(f"{word('evidence', language)}: {evidence}" if evidence else ""),
                ),
            )
        )
    return Table("measures", word("minimization-caption", language), heads, rows, cards=True)


def _effects_of(run: Run, measure: str) -> list[dict[Any, Any]]:
    table = run.effects
    return table[table["measure"] == measure].to_dict("records") if len(table) else []


def _avoided(effect: Mapping[Any, Any], named: bool, language: Language) -> str:
    """Reduction of one effect, with its component where the measure has several."""
    shown = amount(effect["avoided_alone_qha"], language)
    component = _known("component", str(effect["component"]), language)
    return f"{component}: {shown}" if named else shown


def _effect(run: Run, effect: Mapping[Any, Any], language: Language) -> Markup:
    """`component, in these ecosystems: low – likely – high %`, and who stands behind the range."""
    digits = 1 if 100 * float(effect["effect_low"]) < 10 else 0
    spread = " – ".join(
        number(100 * float(effect[c]), language, digits)
        for c in ("effect_low", "effect_likely", "effect_high")
    )
    named = [a for a in str(effect.get("assets") or "").split(", ") if a and a != "all"]
    groups = [_known("assets", a, language) for a in named]
    where = ", ".join(
        asset_name(run, a, language) if a == g else g for a, g in zip(named, groups, strict=True)
    )
    component = _known("component", str(effect["component"]), language)
    return Markup('{0}: <strong class="whole">{1} %</strong> {2}{3}').format(
        component,
        spread,
        small(f"({where}) " if where else ""),
        status_tag(str(effect["effect_status"]), language),
    )


def _known(group: str, code: str, language: Language) -> str:
    key = f"{group}-{code}"
    return word(key, language) if has_word(key) else code


def parcels(run: Run, language: Language) -> Table | None:
    """Candidate parcels, numbered as on the map."""
    if not run.parcels:
        return None
    heads = (
        *columns(language, "col-parcel", "col-ecosystem"),
        *columns(
            language,
            "#col-area",
            f"#{voiced(run, 'col-distance')}",
            "#col-values",
            "#col-gain",
            "#col-cost-musd",
            "col-status",
        ),
    )
    rows = []
    for index, parcel in enumerate(run.parcels, start=1):
        ends = (parcel.value_without, parcel.value_with)
        values = " → ".join(amount(v, language, 2) for v in ends)
        status = _known("parcel", parcel.status, language)
        rows.append(
            (
                lines(
                    f"{index} · {parcel.title[language]}",
                    small(_known("action", parcel.action, language)),
                ),
                asset_name(run, parcel.ecosystem, language),
                amount(parcel.area_ha, language, 0),
                amount(parcel.distance_m / 1000, language, 1),
                values,
                amount(parcel.gain_qha, language),
                million(parcel.cost_usd, language),
                lines(tag(parcel.status, status), small(_left_out(run, parcel, language))),
            )
        )
    marked = frozenset(i for i, p in enumerate(run.parcels) if p.chosen)
    caption = word("offsets-caption", language)
    return Table("parcels", caption, heads, rows, cards=True, marked=marked)


def _left_out(run: Run, parcel: ParcelView, language: Language) -> str:
    """Why a parcel was not chosen; why others were has a table of its own."""
    told = reason(parcel.reason, language)
    return told if told or parcel.chosen else why(run, parcel.name, language)


def reason(code: str, language: Language) -> str:
    """Why a parcel was excluded, in words where there are words."""
    if not code:
        return ""
    return word(f"reason-{code}", language) if has_word(f"reason-{code}") else code


def allocation(run: Run, language: Language) -> Table | None:
    """Which gain stands for which loss: what is credited, and what is left over."""
    credited = {
        (str(r["loss"]), str(r["gain"])): (float(r["credited_qha"]), bool(r["like_for_like"]))
        for r in run.allocation.to_dict("records")
    }
    whole = _serving(run)
    if not credited and not whole:
        return None
    left: dict[str, float] = {}
    for (loss, _), (taken, _) in credited.items():
        left[loss] = left.get(loss, 0.0) + taken
    rows = []
    # Where the run says what each parcel serves, what is credited is taken from that: an
    # ecosystem's own gain first. Credited and surplus then add up to all that was offset.
    for loss, gain in sorted(whole or credited, key=lambda k: _place(run, k)):
        taken, like = credited.get((loss, gain), (0.0, loss == gain))
        surplus = None
        if whole:
            taken = min(left.get(loss, 0.0), whole[loss, gain])
            left[loss] = left.get(loss, 0.0) - taken
            surplus = whole[loss, gain] - taken
        rows.append(
            (
                asset_name(run, loss, language),
                asset_name(run, gain, language),
                amount(taken, language),
                amount(surplus, language),
                word("like-for-like" if like else "like-better", language),
            )
        )
    heads = columns(
        language, "col-loss", "col-gain-of", "#col-credited", "#col-surplus", "col-like"
    )
    return Table("allocation", word("allocation-caption", language), heads, rows)


def _serving(run: Run) -> dict[tuple[str, str], float]:
    """Whole gain of the chosen parcels by (loss, ecosystem of the parcel), where the run says."""
    table = run.offsetting.shares
    kinds = {p.name: p.ecosystem for p in run.parcels}
    found: dict[tuple[str, str], float] = {}
    for row in table.to_dict("records"):
        key = (str(row["asset"]), kinds.get(str(row["parcel"]), ""))
        found[key] = found.get(key, 0.0) + float(row["gain_qha"])
    return found


def _place(run: Run, key: tuple[str, str]) -> tuple[int, ...]:
    """Order of the ecosystems of the study; an ecosystem's own gain before others'."""
    order = {name: i for i, name in enumerate(run.ecosystems)}
    loss, gain = (order.get(k, len(order)) for k in key)
    return loss, int(loss != gain), gain


def requirements(run: Run, language: Language) -> Table | None:
    """What is owed per ecosystem."""
    table = run.portfolio.get("requirements")
    if table is None or not len(table):
        return None
    heads = columns(
        language,
        "col-ecosystem",
        "#col-residual",
        "#col-needed",
        "#col-credited",
        "#col-offset",
        "#col-shortfall",
        "col-offsettable",
    )
    whole = run.balance[run.balance["component"] == "total"] if len(run.balance) else run.balance
    given = dict(zip(whole["asset"], whole["offset"], strict=True)) if len(whole) else {}
    rows = [
        (
            asset_name(run, str(row["asset"]), language),
            *(amount(row[c], language) for c in ("residual_qha", "needed_qha", "credited_qha")),
            amount(given.get(row["asset"]), language),
            amount(row["shortfall_qha"], language),
            tag("holds", word("yes", language))
            if row["offsettable"]
            else tag("breaks", word("no", language)),
        )
        for _, row in table.iterrows()
    ]
    return Table("requirements", word("requirements-caption", language), heads, rows)


def owed(run: Run, language: Language) -> list[str]:
    """How what is owed comes from the residual, and what credited and offset mean."""
    table = run.portfolio.get("requirements")
    if table is None or not len(table):
        return []
    told = []
    margin = run.parameter("offset.portfolio", "margin")
    if isinstance(margin, int | float):
        rows = table[table["needed_qha"] > 0]
        residual, needed = (float(rows[c].sum()) for c in ("residual_qha", "needed_qha"))
        told.append(
            word(
                "owed",
                language,
                residual=amount(residual, language),
                margin=plain(float(margin), language),
                needed=amount(needed, language),
            )
        )
    return [*told, word("credited-meaning", language)]


def sources(run: Run, language: Language) -> Table:
    """Every source with origin, licence, date, digest and the schematic mark."""
    rows = []
    for source in run.sources:
        mark = tag("schematic", word("schematic-mark", language)) if source.schematic else ""
        note = source.note[language] if source.note else ""
        rows.append(
            (
                lines(link(source.title[language], source.url), mark),
                lines(source.origin[language], small(note)),
                source.licence or MISSING,
                source.date or MISSING,
                digest(source.sha256),
            )
        )
    heads = columns(
        language, "col-title", "col-file-origin", "col-licence", "col-date", "col-digest"
    )
    return Table("sources-table", word("sources-caption", language), heads, rows, cards=True)


def digest(value: str) -> str:
    """A SHA-256 that may break anywhere."""
    return Markup('<code class="digest">{0}</code>').format(value) if value else MISSING


def rules(run: Run, language: Language) -> Table | None:
    """Parameters of the rule set that the run used, with source and status."""
    heads = columns(language, "col-parameter", "col-value", "col-instrument", "col-status")
    rows = [
        (
            lines(p.title[language] or p.id, small(p.note[language])),
            value_text(p, language),
            lines(
                link(p.instrument[language] or MISSING, p.url),
                small(p.article or (word("instrument-missing", language) if p.legal else "")),
                small(word("read-on", language, date=p.read) if p.read else ""),
            ),
            status_tag(p.status, language),
        )
        for p in run.parameters
        if p.used and not p.step
    ]
    if not rows:
        return None
    caption = word("rules-caption", language, name=run.rules_title[language] or run.rules)
    return Table("rules-table", caption, heads, rows, cards=True)


def command(line: str) -> Markup:
    """A command that breaks at its spaces only: a browser would also break after `--`."""
    parts = Markup(" ").join(Markup("<span>{0}</span>").format(p) for p in line.split(" "))
    return Markup('<code class="command">{0}</code>').format(parts)


def other_rules(run: Run, language: Language) -> Markup:
    """How many parameters of the rule set the run did not use, and how to list them."""
    count = sum(not p.used for p in run.parameters)
    if not count:
        return Markup("")
    key = "rules-others-one" if count == 1 else "rules-others"
    facts = {} if count == 1 else {"count": count}
    listing = command(f"nonetloss rules {run.rules} --date {run.decision_date}")
    return Markup(word(key, language, command=listing, **facts))


def step_parameters(run: Run, language: Language) -> Table:
    """Parameters of the steps, with who says so."""
    heads = columns(language, "col-parameter", "col-value", "col-instrument", "col-status")
    titles = {str(s["step"]): texts(s.get("title"))[language] for s in run.steps}
    rows: list[tuple[str, ...]] = []
    last = ""
    for p in run.parameters:
        if p.step and p.step != last:
            last = p.step
            title = titles.get(p.step) or _known("part", p.step, language)
            rows.append((title if title == p.step else lines(title, small(p.step)),))
        if p.step:
            rows.append(
                (
                    lines(_asked(run, p, language), small(p.id if p.title[language] else "")),
                    value_text(p, language),
                    p.instrument[language] or MISSING,
                    status_tag(p.status, language),
                )
            )
    return Table("steps-table", word("steps-caption", language), heads, rows, cards=True)


def _asked(run: Run, parameter: ParameterView, language: Language) -> str:
    """What a parameter of a step is, in words that fit dams where they are studied."""
    key = voiced(run, f"asked-{parameter.id}")
    return word(key, language) if has_word(key) else parameter.title[language] or parameter.id


def value_text(parameter: ParameterView, language: Language) -> str:
    """A value with its unit; three-point values as low – likely – high."""
    value, unit = parameter.value, parameter.unit
    if isinstance(value, Mapping) and {"es", "en"} <= set(value):
        return str(value[language])
    if isinstance(value, Mapping) and {"low", "likely", "high"} <= set(value):
        shown = " – ".join(plain(value[k], language) for k in ("low", "likely", "high"))
    elif isinstance(value, Mapping) and "outcomes" in value:  # a decision tree of the rule set
        shown = " / ".join(_nested(end, language) for end in value["outcomes"].values())
    elif isinstance(value, Mapping):
        shown = "; ".join(f"{k}: {_nested(v, language, str(k))}" for k, v in value.items())
    elif isinstance(value, list | tuple):
        shown = "; ".join(
            _nested(v, language, parameter.id) + _own_status(v, parameter.status, language)
            for v in value
        )
    else:
        shown = _coded(parameter, language)
    # A rule says its value with its own unit, "5.5 km".
    own = _any_text(value)
    return shown if own else f"{shown} {unit_label(unit, language)}".strip()


def _coded(parameter: ParameterView, language: Language) -> str:
    """A year without separators, a code of a method in words."""
    value = parameter.value
    if parameter.id.endswith("_year") and isinstance(value, int | float):
        return str(int(value))
    if isinstance(value, str) and parameter.step and has_word(f"value-{value}"):
        return word(f"value-{value}", language)
    return plain(value, language)


def _own_status(entry: Any, status: str, language: Language) -> str:
    """The status of an entry of a list where it is not that of the list."""
    own = entry.get("status") if isinstance(entry, Mapping) else None
    return "" if own in (None, status) else f" ({word(f'status-{own}', language)})"


def _any_text(value: Any) -> bool:
    inside = value.values() if isinstance(value, Mapping) else (value,)
    return any(isinstance(v, str) for v in inside)


def _nested(value: Any, language: Language, name: str = "") -> str:
    """A value inside another; `name` is what it is called, and tells years from amounts."""
    if isinstance(value, Mapping):
        if "title" in value:  # an entry of a list of the rule set
            title = value["title"]
            return str(title[language] if isinstance(title, Mapping) else title)
        if {"low", "likely", "high"} <= set(value):
            return " – ".join(plain(value[k], language) for k in ("low", "likely", "high"))
        return ", ".join(f"{k} {_nested(v, language, str(k))}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_nested(v, language, name) for v in value)
    return str(value) if _a_year(name, value) else plain(value, language)


def _a_year(name: str, value: Any) -> bool:
    """Whether a number is a year of the calendar: those are written without separators."""
    named = name.rpartition(".")[2].rpartition("_")[2] in ("year", "years")
    return named and type(value) is int and 1500 <= value <= 3000


def plain(value: Any, language: Language) -> str:
    """A number, switch or text as a reader expects it."""
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return word("yes" if value else "no", language)
    if isinstance(value, int | float):
        shown = f"{float(value):.6f}".rstrip("0").rstrip(".")
        digits = len(shown.partition(".")[2])
        return number(float(value), language, digits)
    return str(value)


def unit_label(unit: str, language: Language) -> str:
    """A unit as people write it."""
    from nonetloss.core.nomenclature import UNIT_LABELS

    if unit in ("", "1", "dimensionless"):
        return ""
    key = f"unit-{unit}"
    if has_word(key):
        return word(key, language)
    return UNIT_LABELS.get(unit, Text.of(unit))[language]


def methods(run: Run, language: Language) -> Table | None:
    """Question, validity and references of every method that the run used."""
    if not run.methods:
        return None
    rows = [
        (
            lines(*dict.fromkeys(_method_lines(name, m, language))),
            texts(m.get("validity"))[language],
            lines(*(small(str(r)) for r in m.get("references", ()))),
        )
        for name, m in run.methods.items()
    ]
    heads = columns(language, "col-method", "col-validity", "col-references")
    return Table("methods", word("assumptions-caption", language), heads, rows, cards=True)


def _method_lines(name: str, method: Mapping[str, Any], language: Language) -> list[str]:
    """Title, question (often the same words) and the name by which a study calls the method."""
    told = [texts(method.get(k))[language] for k in ("title", "question")]
    first, *rest = list(dict.fromkeys(t for t in told if t)) or [name]
    return [first, *(small(t) for t in rest), small(name)]


def versions(run: Run, language: Language) -> Table:
    """Versions of the programs."""
    heads = columns(language, "col-program", "col-version")
    return Table("versions", word("versions-caption", language), heads, list(run.versions.items()))


def digests(run: Run, language: Language) -> Table:
    """Digest of every file of the run."""
    heads = columns(language, "col-file", "col-digest")
    rows = [(name, digest(value)) for name, value in run.digests.items()]
    return Table("digests", word("digests-caption", language), heads, rows, cards=True)


def portfolio_line(run: Run, language: Language) -> str:
    """Cost, bound and gap of the portfolio."""
    facts = run.portfolio
    if "cost_usd" not in facts:
        return ""
    return word(
        "portfolio-proof",
        language,
        cost=million(facts["cost_usd"], language),
        bound=million(facts.get("bound"), language),
        gap=percent(facts.get("gap"), language, 2),
    )


_SIZE = re.compile(r"\d+\.\d+(?=\u00a0?\s?(?:ha|km|m|usd|USD|%)\b|$)")


def _readable(value: Any, language: Language) -> Any:
    """Numbers of a finding as a reader of the language writes them; other data as they are."""
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        # A probability keeps its decimal, a sum of money has none.
        return number(value, language, 0 if abs(value) >= 1000 else min(2, _decimals(value)))
    if isinstance(value, str):
        return _SIZE.sub(lambda m: _readable(float(m[0]), language), value)
    if isinstance(value, Text):
        return Text(es=_PERCENT.sub("\\1 %", value.es), en=_PERCENT.sub("\\1 %", value.en))
    return value


_PERCENT = re.compile(r"(\d) percent\b")


def _decimals(value: float) -> int:
    return len(f"{value:.6f}".rstrip("0").rpartition(".")[2])


def finding_text(run: Run, finding: Finding, language: Language) -> str:
    """A finding in words; one whose text this version does not know shows its code and data."""
    named = run.ecosystems.get(finding.subject)
    if named is not None:
        finding = replace(finding, subject=named[language])
    data = {k: _readable(v, language) for k, v in finding.data.items()}
    try:
        told = str(replace(finding, data=data).render(language)).replace("..", ".")
        # The title of a route stands there already: its code tells nothing more.
        code = f" ({finding.subject})"
        return told.replace(code, "") if run.route(finding.subject) else told
    except (KeyError, IndexError, ValueError, NonetlossError):
        return f"{finding.code} · {finding.subject}"
