"""Compare a run with expected.yaml: figures that somebody derived apart from the run."""

from pathlib import Path
from typing import Any

from pydantic import Field

from nonetloss.core.findings import Finding, error
from nonetloss.io import parquet, run_folder
from nonetloss.io.documents import Section, read_document


class Figure(Section):
    """One number: where it stands in the run, what it must be, and how that is known.

    `step` and `table` name a table of the run, `where` one row of it, `column` the number.
    `tolerance` is absolute. `derivation` says where the value comes from; it is never the run.
    """

    name: str
    step: str
    table: str = "table"
    where: dict[str, Any] = Field(default_factory=dict)
    column: str
    value: float
    tolerance: float = Field(ge=0)
    derivation: str = Field(min_length=1)


class ExpectedDocument(Section):
    """expected.yaml."""

    figures: tuple[Figure, ...]


def read_expected(path: Path) -> ExpectedDocument:
    """The figures of a study; StudyError with all findings if the file cannot be read."""
    return read_document(path, ExpectedDocument)


def compare(run: Path, expected: ExpectedDocument) -> list[Finding]:
    """One finding for each figure that the run does not reproduce; empty if all agree.

    `study.figure-missing` if the row is not there exactly once, `study.figure-differs` if the
    number is farther away than its tolerance.
    """
    record = run_folder.read_record(run / "run.json")
    steps = {step["step"]: step["outputs"] for step in record["steps"]}
    found = []
    for figure in expected.figures:
        file = steps.get(figure.step, {}).get(figure.table, {}).get("file", "")
        rows = []
        if str(file).endswith(".parquet"):
            table, _ = parquet.read(run / file)
            for column, value in figure.where.items():
                table = table[table[column] == value] if column in table else table[:0]
            rows = table[figure.column].tolist() if figure.column in table else []
        if len(rows) != 1:
            where = f"{figure.step}/{figure.table} {dict(figure.where)} {figure.column}"
            found.append(error("study.figure-missing", figure.name, where=where, count=len(rows)))
        elif not abs(float(rows[0]) - figure.value) <= figure.tolerance:
            found.append(
                error(
                    "study.figure-differs",
                    figure.name,
                    value=figure.value,
                    tolerance=figure.tolerance,
                    found=float(rows[0]),
                    derivation=figure.derivation.strip(),
                )
            )
    return found
