"""Words and plain cells of the plan."""

import re
from typing import Any

from nonetloss.core.language import Language, catalog, text

_TAG = re.compile(r"<[^>]+>")


def word(key: str, language: Language, /, **data: Any) -> str:
    """A text of `locale/plan.yaml`."""
    return text(f"plan.{key}", language, **data)


def has_word(key: str) -> bool:
    """Whether there is such a text."""
    return f"plan.{key}" in catalog()


def bare(cell: Any) -> str:
    """The text of a cell of the report: marks of the page away, its lines kept."""
    shown = str(cell)
    if not hasattr(cell, "__html__"):
        return shown
    told = _TAG.sub("", re.sub(r"<br\s*/?>|</div>", "\n", shown))
    for code, sign in (
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&#34;", '"'),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ):
        told = told.replace(code, sign)
    return "\n".join(line.strip() for line in told.split("\n") if line.strip())
