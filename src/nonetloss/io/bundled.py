"""The studies that ship with the project: inside the wheel, or in the working copy."""

from pathlib import Path

import nonetloss
from nonetloss.core.errors import StudyError
from nonetloss.core.findings import offenders

_PACKAGE = Path(nonetloss.__file__).parent


def folders() -> dict[str, Path]:
    """Study folders by name."""
    found: dict[str, Path] = {}
    roots = [_PACKAGE / "bundled_studies"]
    if _PACKAGE.parent.name == "src":
        roots.insert(0, _PACKAGE.parents[1] / "studies")
    for root in roots:
        if root.is_dir():
            for folder in sorted(root.iterdir()):
                if (folder / "study.yaml").is_file():
                    found[folder.name] = folder
    return found


def study_folder(name: str) -> Path:
    """The folder of a bundled study; StudyError `study.not-bundled` if there is none."""
    known = folders()
    if name not in known:
        raise StudyError.because("study.not-bundled", name, known=offenders(sorted(known), 20))
    return known[name]
