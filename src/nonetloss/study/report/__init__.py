"""One self-contained HTML report per language, from a run folder and nothing else.

Question on the ground
    What would the road touch, which route avoids it, what can be minimized, what must be offset
    and where, does the balance reach no net loss, how sure is that, and who says so? Of a dam
    plan: which dams, at which loss, and what is proven (`dams`)? Of a forest: how much carbon, at
    what risk, and how many credits follow (`forest`)?

Public names
    `write_reports`.

Papers
    Okabe & Ito 2002, "Color Universal Design" (palette).

What it does not do
    It computes nothing about nature: every figure stands in the run folder. It loads nothing from
    the network and needs no server.
"""

from collections.abc import Sequence
from pathlib import Path

from nonetloss.core.language import LANGUAGES, Language

__all__ = ["write_reports"]


def write_reports(run_dir: Path, languages: Sequence[Language] = LANGUAGES) -> list[Path]:
    """Write `report.<language>.html` into a run folder, for each language.

    Parameters
    ----------
    run_dir : Path
        A run folder: `run.json` and the files it names.
    languages : sequence of language codes
        Which reports to write.

    Returns
    -------
    list of Path
        The files, in the order of `languages`. Equal run folders give equal bytes.

    Raises
    ------
    InputError
        `io.unreadable` if the folder holds no readable run.
    OutputError
        `io.cannot-write`; a former report then still stands.
    """
    from nonetloss.io.atomic import write_text
    from nonetloss.study.report.dams import read_dams
    from nonetloss.study.report.forest import read_forest
    from nonetloss.study.report.page import render
    from nonetloss.study.report.reading import read_run

    run = read_run(run_dir)
    study = read_dams(run_dir, run)
    forested = read_forest(run_dir, run)
    written = []
    for language in languages:
        path = run_dir / f"report.{language}.html"
        write_text(path, render(run, language, study, forested))
        written.append(path)
    return written
