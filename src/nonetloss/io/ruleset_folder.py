"""Read a rule set from a folder of the user: the same YAML files as those that ship."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nonetloss.core.errors import InputError, NonetlossError, RulesError, StudyError
from nonetloss.core.findings import Finding
from nonetloss.io.catalog import sha256_of
from nonetloss.io.documents import read_yaml
from nonetloss.rules.model import Ruleset
from nonetloss.rules.reading import ruleset_from

HEADER = "ruleset"
PARTS = (HEADER, "instruments", "parameters", "layers")


def is_folder_name(name: str) -> bool:
    """Whether what a study calls its rules is a folder (`./rules/xx`) and not a name (`pe`)."""
    return "/" in name or "\\" in name or name.startswith(".")


def locate_ruleset(name: str, folder: Path) -> Path:
    """The folder that a study means by `./rules/xx`, inside its own.

    Raises
    ------
    InputError
        `io.outside-study` if it lies beyond the study folder, `io.file-missing` if it has no
        ruleset.yaml.
    """
    found = folder / name
    if not found.resolve().is_relative_to(folder.resolve()):
        raise InputError.because("io.outside-study", "rules", path=name)
    if not (found / f"{HEADER}.yaml").is_file():
        raise InputError.because("io.file-missing", "rules", path=f"{name}/{HEADER}.yaml")
    return found


def read_ruleset(folder: Path) -> Ruleset:
    """The rule set of a folder, checked like one that ships.

    Only ruleset.yaml must be there; a part without a file has no entries.

    Raises
    ------
    RulesError
        Files that are no YAML (`study.not-yaml`, `study.not-utf8`, `study.not-mapping`), a missing
        ruleset.yaml (`study.file-missing`), or everything that `ruleset_from` finds.
    """
    documents: dict[str, Any] = {}
    found: list[Finding] = []
    for part in PARTS:
        path = folder / f"{part}.yaml"
        if part != HEADER and not path.is_file():
            continue
        try:
            documents[part] = read_yaml(path)
            if not isinstance(documents[part], Mapping | None):
                raise StudyError.because("study.not-mapping", path.name)
        except NonetlossError as problem:
            found.extend(problem.findings)
    if found:
        raise RulesError(*found)
    return ruleset_from(documents)


def digests_of(folder: Path, parts: Iterable[str] = PARTS) -> Mapping[str, str]:
    """SHA-256 of the files of a rule set, by name."""
    paths = [folder / f"{part}.yaml" for part in parts]
    return {path.name: sha256_of(path) for path in paths if path.is_file()}
