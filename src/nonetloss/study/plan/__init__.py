"""A draft of the compensation plan that an authority expects, from a run folder and nothing else.

Question on the ground
    What must be offset, where, by which measures, with which gain, followed up how, at what cost,
    and what has nobody decided yet?

Public names
    `write_plans`.

Papers
    Contents and their order are those of the rule set of the study (`plan.contents`); for Peru, the
    leads on RM 066-2016-MINAM, whose status the plan prints.

What it does not do
    It computes nothing, and invents nothing: what the run does not hold is marked as to be
    completed. It shows no hidden layer. It is a draft for people to finish, and no official form.
"""

from collections.abc import Sequence
from pathlib import Path

from nonetloss.core.language import LANGUAGES, Language

__all__ = ["write_plans"]


def write_plans(run_dir: Path, languages: Sequence[Language] = LANGUAGES) -> list[Path]:
    """Write `plan.<language>.docx` into a run folder that holds a portfolio of offsets.

    Parameters
    ----------
    run_dir : Path
        A run folder: `run.json` and the files it names.
    languages : sequence of language codes
        Which plans to write.

    Returns
    -------
    list of Path
        The files, in the order of `languages`; empty if the run chose no offsets. Equal run folders
        give equal bytes.

    Raises
    ------
    InputError
        `io.unreadable` if the folder holds no readable run.
    OutputError
        `io.cannot-write`; a former plan then still stands.
    """
    from nonetloss.io.atomic import write_bytes
    from nonetloss.study.plan.drafting import draft, wanted
    from nonetloss.study.report.reading import read_run

    run = read_run(run_dir)
    if not wanted(run):
        return []
    written = []
    for language in languages:
        path = run_dir / f"plan.{language}.docx"
        write_bytes(path, draft(run, language))
        written.append(path)
    return written
