"""End of the plan: sources, how it was made, and the list of what is still open."""

from nonetloss.study.plan.paper import Grid, Paper, heading, prose, table
from nonetloss.study.plan.words import word
from nonetloss.study.report.model import Run
from nonetloss.study.report.words import MISSING
from nonetloss.study.report.words import word as told


def sources(paper: Paper, run: Run) -> None:
    """Every source of data, and the references of the methods."""
    language = paper.language
    heading(paper, word("sources", language))
    rows = []
    for source in run.sources:
        mark = f" ({told('schematic-mark', language)})" if source.schematic else ""
        note = source.note[language] if source.note else ""
        origin = "\n".join(p for p in (source.origin[language], source.url, note) if p)
        rows.append(
            (
                f"{source.title[language]}{mark}",
                origin,
                source.licence or MISSING,
                source.date or MISSING,
            )
        )
    heads = tuple(told(f"col-{c}", language) for c in ("title", "file-origin", "licence", "date"))
    table(paper, Grid(word("sources-caption", language), heads, rows, (1.8, 3, 1.2, 1)))
    cited = dict.fromkeys(str(r) for m in run.methods.values() for r in m.get("references", ()))
    prose(paper, word("references", language))
    for one in cited:
        prose(paper, one, gray=True)


def reproduction(paper: Paper, run: Run) -> None:
    """What one needs to compute it again."""
    language = paper.language
    heading(paper, word("made", language))
    prose(
        paper,
        told(
            "generated",
            language,
            version=run.versions.get("nonetloss", ""),
            rules=run.rules_title[language] or run.rules,
            date=run.decision_date,
            seed=run.seed,
            draws=run.draws,
        ),
        word("made-lead", language, command=f"nonetloss run {run.study}"),
    )
    rows = []
    for name, method in run.methods.items():
        title = method.get("title") or {}
        validity = method.get("validity") or {}
        rows.append(
            (f"{title.get(language, name)}\n{name}", str(validity.get(language, "")) or MISSING)
        )
    heads = (told("col-method", language), told("col-validity", language))
    table(paper, Grid(word("methods-caption", language), heads, rows, (2, 3)))


def open_points(paper: Paper, run: Run) -> None:
    """Everything that is still to be completed, by section."""
    language = paper.language
    heading(paper, word("open", language))
    found = list(dict.fromkeys(paper.open_points))
    prose(paper, word("open-lead", language, count=len(found)))
    rows = [
        (str(i), where or word("cover-caption", language), what)
        for i, (where, what) in enumerate(found, 1)
    ]
    heads = (
        "N.°" if language == "es" else "No.",
        word("col-section", language),
        word("col-open", language),
    )
    table(paper, Grid(word("open-caption", language), heads, rows, (0.4, 1.6, 3.4)))
