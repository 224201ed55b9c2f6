"""Start a new study from the commented template that ships with the package."""

import re
from pathlib import Path

import nonetloss
from nonetloss.core.errors import InputError
from nonetloss.io import atomic
from nonetloss.study.schema import NAME

TEMPLATE = Path(nonetloss.__file__).parent / "study" / "template_study"


def new_study(folder: Path) -> Path:
    """Copy the template to a folder that does not exist yet; the study is named after it.

    Raises
    ------
    InputError
        `study.new-name` if the folder's name cannot name a study.
    OutputError
        `io.exists` or `io.cannot-write`.
    """
    if not re.match(NAME, folder.name):
        raise InputError.because("study.new-name", folder.name)
    atomic.copy_tree(TEMPLATE, folder)
    document = folder / "study.yaml"
    with atomic.writing(document):
        content = document.read_text(encoding="utf-8")
    atomic.write_text(document, content.replace("study: my-road", f"study: {folder.name}", 1))
    return folder
