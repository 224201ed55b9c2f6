"""What each further percent buys, and which dams are in all or in none of the portfolios."""

import pandas as pd

from nonetloss.core.language import Language, number
from nonetloss.study.report.dams.model import Answer, CriterionView, DamStudy
from nonetloss.study.report.dams.names import (
    criterion_head,
    criterion_unit,
    dam_label,
    digits_of,
    epsilon_text,
    plainly,
    told,
)
from nonetloss.study.report.section import Section
from nonetloss.study.report.table import Column, Table, columns, lines, small, tag
from nonetloss.study.report.words import MISSING, percent, word
from nonetloss.study.report.words import amount as amount_of

MEMBERS = ("always", "never", "some")


def exchange(study: DamStudy, answer: Answer, language: Language) -> Section | None:
    """The table of the added gain for each further loss."""
    table = answer.table()
    if not len(table):
        return None
    gain = gained(answer)
    made = [t for t in (_percents(answer, gain, language), _absolutes(answer, gain, language)) if t]
    lead = word("dams.exchange-lead", language, gain=gain.title[language].lower())
    notes = (word("dams.exchange-note", language), *_flat(answer, language))
    return Section("dams-exchange", word("dams.exchange", language), lead, tables=made, notes=notes)


def gained(answer: Answer) -> CriterionView:
    """The criterion whose gain the exchange tells."""
    name = str(answer.fact("gain", "energy"))
    found = answer.front.criterion(name)
    return found or CriterionView(name, answer.front.criteria[0].title, "", "max")


def _percents(answer: Answer, gain: CriterionView, language: Language) -> Table | None:
    """One row per criterion, one column per percentage of further loss."""
    table = answer.table()
    table = table[table["kind"] == "percent"]
    if not len(table):
        return None
    levels = sorted(table["further_loss_percent"].unique())
    unit = criterion_unit(gain, language) or word("dams.unit-index", language)
    heads = (
        *columns(language, "dams.col-loss-of"),
        *(
            Column(
                word("dams.col-at-most", language, percent=plainly(p, language), unit=unit),
                numeric=True,
            )
            for p in levels
        ),
    )
    added = f"added_{gain.name}"
    digits = digits_of(table[added].to_numpy(dtype=float))
    rows = []
    for name in table["criterion"].unique():
        mine = table[table["criterion"] == name].set_index("further_loss_percent")
        cells = [_bought(mine.loc[p], added, digits, language) for p in levels]
        rows.append((_criterion_name(answer, str(name), language), *cells))
    return Table("dams-exchange-table", word("dams.exchange-caption", language), heads, rows)


def _criterion_name(answer: Answer, name: str, language: Language) -> str:
    if name == "all":
        return word("dams.all-criteria", language)
    found = answer.front.criterion(name)
    return found.title[language] if found else name


def _bought(row: pd.Series, added: str, digits: int, language: Language) -> str:
    amount = float(row[added])
    if pd.isna(amount):
        return MISSING
    sign = "+" if amount > 0 else ""
    count, new = int(row["dams_total"]), row.get("dams_added")
    fresh = "" if new is None or pd.isna(new) else _fresh(int(new), language)
    return lines(
        sign + told(amount, language, digits),
        small(fresh),
        small(word("dams.count-dams", language, count=number(count, language))),
    )


def _fresh(count: int, language: Language) -> str:
    """How many dams a step adds to those of today."""
    if count == 0:
        return word("dams.count-new-none", language)
    if count == 1:
        return word("dams.count-new-one", language)
    return word("dams.count-new", language, count=number(count, language))


def _flat(answer: Answer, language: Language) -> list[str]:
    """Why a criterion buys the same at every percentage: a percentage of little is little."""
    table, today = answer.table(), answer.table("today")
    if not len(today):
        return []
    table = table[table["kind"] == "percent"]
    found = []
    for criterion in answer.front.criteria:
        mine = table[table["criterion"] == criterion.name].dropna(subset=["further_loss"])
        now = today[today["criterion"] == criterion.name]
        bought = mine[f"added_{gained(answer).name}"]
        if len(mine) < 2 or not len(now) or bought.isna().any() or bought.nunique() > 1:
            continue
        most = mine.sort_values("further_loss_percent").iloc[-1]
        unit = criterion_unit(criterion, language)
        found.append(
            word(
                "dams.exchange-flat",
                language,
                criterion=criterion.title[language],
                value=_sized(float(now["value"].iloc[0]), unit, language),
                percent=plainly(most["further_loss_percent"], language),
                amount=_sized(float(most["further_loss"]), unit, language),
            )
        )
    return found


def _sized(value: float, unit: str, language: Language) -> str:
    """A value with its unit, to three significant digits or so."""
    return f"{amount_of(value, language)} {unit}".strip()


def _absolutes(answer: Answer, gain: CriterionView, language: Language) -> Table | None:
    table = answer.table()
    table = table[table["kind"] == "absolute"]
    if not len(table):
        return None
    unit = criterion_unit(gain, language) or word("dams.unit-index", language)
    heads = (
        *columns(language, "dams.col-loss-of", "#dams.col-further-loss"),
        Column(word("dams.col-added", language, unit=unit), numeric=True),
        *columns(language, "#dams.col-dams-total"),
    )
    added = f"added_{gain.name}"
    rows = []
    for row in table.to_dict("records"):
        found = answer.front.criterion(str(row["criterion"]))
        own = criterion_unit(found, language) if found else str(row["unit"])
        rows.append(
            (
                _criterion_name(answer, str(row["criterion"]), language),
                f"{plainly(row['further_loss'], language)} {own}",
                told(row[added], language, digits_of(table[added].to_numpy(dtype=float))),
                number(int(row["dams_total"]), language),
            )
        )
    return Table("dams-exchange-steps", word("dams.exchange-steps", language), heads, rows)


def membership(study: DamStudy, answer: Answer, language: Language) -> Section | None:
    """Dams in all, in none, and in some of the efficient portfolios."""
    table = answer.table()
    if not len(table):
        return None
    shown = table[table["status"] != "built"].assign(dam=table["dam"].astype(str))
    made = [_members(study, answer, shown, language)]
    bands = answer.table("bands")
    if len(bands):
        made.append(_bands(study, answer, bands, language))
    options = answer.table("options")
    if len(options):
        made.append(_options(study, answer, options, language))
    built = int((table["status"] == "built").sum())
    portfolios = int(table["portfolios"].iloc[0])
    lead = word("dams.membership-lead", language, count=number(portfolios, language))
    lead = " ".join(s for s in (lead, _absent(shown, language)) if s)
    notes = [word("dams.membership-ties", language)]
    if built:
        key = "dams.membership-built-one" if built == 1 else "dams.membership-built"
        notes.append(word(key, language, **({} if built == 1 else {"count": built})))
    if answer.front.epsilon > 0:
        share = epsilon_text(answer.front.epsilon, language)
        notes.insert(0, word("dams.members-doubt", language, epsilon=share))
    return Section(
        "dams-membership", word("dams.membership", language), lead, tables=made, notes=notes
    )


def _absent(shown: pd.DataFrame, language: Language) -> str:
    """Says plainly where no planned dam is in all, or none is left out of all."""
    planned = shown[shown["status"] == "planned"]
    always, never = ((planned["member"] == kind).any() for kind in ("always", "never"))
    if not len(planned) or (always and never):
        return ""
    if not always and not never:
        return word("dams.membership-neither", language)
    return word(f"dams.membership-no-{'never' if always else 'always'}", language)


def _members(study: DamStudy, answer: Answer, shown: pd.DataFrame, language: Language) -> Table:
    main = answer.front.criterion("energy")
    own = main is not None and any("energy" in d.attributes for d in study.dams)
    rivers = any(d.river for d in study.dams)
    heads = (
        *columns(language, "dams.col-dam"),
        *(columns(language, "dams.col-river") if rivers else ()),
        *([Column(criterion_head(main, language), numeric=True)] if own and main else []),
        *columns(language, "#dams.col-share-percent", "dams.col-member"),
    )
    rows: list[tuple[str, ...]] = []
    for kind in MEMBERS:
        mine = shown[shown["member"] == kind].sort_values(
            ["share", "dam"], ascending=[False, True], kind="stable"
        )
        if not len(mine):
            continue
        rows.append((word(f"dams.member-{kind}-head", language, count=len(mine)),))
        for row in mine.to_dict("records"):
            dam = study.dam(row["dam"])
            name = dam_label(dam, language) if dam else str(row["dam"])
            signs = {"always": "holds", "never": "breaks", "some": "context"}
            label = word(f"dams.member-{kind}", language)
            if dam and dam.status == "forbidden":
                label = word("dams.sign-forbidden", language)
            cells = [name, *([dam.river or MISSING if dam else MISSING] if rivers else [])]
            if own:
                cells.append(told(dam.attributes.get("energy") if dam else None, language, 2))
            rows.append((*cells, _share(row["share"], language), tag(signs[kind], label)))
    return Table("dams-members", word("dams.membership-caption", language), heads, rows)


def _share(share: float, language: Language) -> str:
    """A share in percent that says 0 and 100 only where it is exactly that."""
    if 0 < share < 0.001:
        return "< 0.1\u00a0%"
    if 0.999 < share < 1:
        return "> 99.9\u00a0%"
    return percent(share, language, 0 if share in (0.0, 1.0) else 1)


def _bands(study: DamStudy, answer: Answer, bands: pd.DataFrame, language: Language) -> Table:
    """Shares by band of the gain: only dams that differ between bands, or are not in all."""
    names = list(dict.fromkeys(bands["band"].astype(str)))
    wide = bands.assign(dam=bands["dam"].astype(str)).pivot_table(
        index="dam", columns="band", values="share", sort=False
    )[names]
    criterion = answer.front.criterion(str(answer.fact("criterion", "energy")))
    unit = criterion_unit(criterion, language) if criterion else ""
    heads = (
        *columns(language, "dams.col-dam"),
        *(
            Column(f"{b} ({unit or word('dams.unit-index', language)})", numeric=True)
            for b in names
        ),
    )
    rows = []
    for id, shares in wide.iterrows():
        dam = study.dam(str(id))
        if dam is not None and dam.status == "built":
            continue
        name = dam_label(dam, language) if dam else str(id)
        rows.append(
            (name, *(MISSING if pd.isna(s) else _share(float(s), language) for s in shares))
        )
    return Table("dams-bands", word("dams.bands-caption", language), heads, rows)


def _options(study: DamStudy, answer: Answer, options: pd.DataFrame, language: Language) -> Table:
    heads = columns(language, "dams.col-dam", "dams.col-option", "#dams.col-share-percent")
    rows = []
    for row in options.to_dict("records"):
        dam = study.dam(str(row["dam"]))
        name = dam_label(dam, language) if dam else str(row["dam"])
        option = str(row["option_name"] or row["option"])
        rows.append((name, option, _share(float(row["share"]), language)))
    return Table("dams-options", word("dams.options-caption", language), heads, rows)
