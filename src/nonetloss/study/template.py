"""Start a new study from one of the commented templates that ship with the package."""

import re
from pathlib import Path

import nonetloss
from nonetloss.core.errors import InputError
from nonetloss.io import atomic
from nonetloss.study.schema import NAME

_STUDY = Path(nonetloss.__file__).parent / "study"
TEMPLATES = {
    "road": _STUDY / "template_study",
    "dams": _STUDY / "template_dams",
    "carbon": _STUDY / "template_carbon",
}
_NAMED = re.compile(r"^study: \S+$", re.MULTILINE)


def new_study(folder: Path, *, kind: str = "road") -> Path:
    """Copy a template to a folder that does not exist yet; the study is named after it.

    `kind` is one of `TEMPLATES`: the study of a road, of a plan of dams, or of
    the carbon of a forest.

    Raises
    ------
    InputError
        `study.new-name` if the folder's name cannot name a study.
    OutputError
        `io.exists` or `io.cannot-write`.
    """
    if not re.match(NAME, folder.name):
        raise InputError.because("study.new-name", folder.name)
    atomic.copy_tree(TEMPLATES[kind], folder)
    document = folder / "study.yaml"
    with atomic.writing(document):
        content = document.read_text(encoding="utf-8")
    atomic.write_text(document, _NAMED.sub(f"study: {folder.name}", content, count=1))
    return folder
