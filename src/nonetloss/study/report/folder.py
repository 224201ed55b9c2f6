"""A run folder as the report finds it: its record, and the parts of results by method and name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from nonetloss.io import parquet


@dataclass(frozen=True, slots=True)
class Folder:
    """A run folder and its record."""

    path: Path
    record: Mapping[str, Any]

    def outputs(self, method: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Parts of the results of the last step of a method."""
        steps = [s for s in self.record["steps"] if s["method"] == method]
        if steps:
            yield from steps[-1]["outputs"].items()

    def table(self, method: str, part: str) -> pd.DataFrame:
        """A table by the name of its part (also nested, `x-part`); empty if there is none."""
        for name, output in self.outputs(method):
            if name.split("-")[-1] == part and str(output.get("file", "")).endswith(".parquet"):
                return parquet.read(self.path / output["file"])[0]
        return pd.DataFrame()

    def part(self, method: str, name: str) -> pd.DataFrame:
        """The table of exactly that name; empty if there is none."""
        file = str(dict(self.outputs(method)).get(name, {}).get("file", ""))
        return parquet.read(self.path / file)[0] if file.endswith(".parquet") else pd.DataFrame()

    def value(self, method: str, part: str, default: Any = None) -> Any:
        """A plain value by the name of its part."""
        for name, output in self.outputs(method):
            if (name == part or name.endswith(f"-{part}")) and "value" in output:
                return output["value"]
        return default
