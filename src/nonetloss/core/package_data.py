"""Read the data that ships inside the package (texts, nomenclature, rule sets).

This is the one reader below `io`: it can only see files of the installed package, never the
user's disk (decision software/0003).
"""

from functools import cache
from importlib import resources
from typing import Any

import yaml

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_text(path: str) -> str:
    """Text of a file inside the package; `path` is relative to it, with `/`."""
    return resources.files("nonetloss").joinpath(path).read_text(encoding="utf-8")


@cache
def read_yaml(path: str) -> Any:
    """Parsed YAML of a file inside the package. The result is shared: do not change it."""
    return yaml.load(read_text(path), Loader=_Loader)


def names(folder: str, suffix: str = "") -> tuple[str, ...]:
    """Sorted names in a folder of the package that end with `suffix`."""
    entries = resources.files("nonetloss").joinpath(folder).iterdir()
    return tuple(sorted(e.name for e in entries if e.name.endswith(suffix)))


def exists(path: str) -> bool:
    """Whether the package holds this file."""
    return resources.files("nonetloss").joinpath(path).is_file()
