"""Start a rule set from the template, and read the test cases beside one."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nonetloss.core import package_data
from nonetloss.core.errors import InputError, RulesError
from nonetloss.io.atomic import new_folder, write_text
from nonetloss.io.documents import read_yaml
from nonetloss.io.ruleset_folder import HEADER
from nonetloss.rules.reading import names

TEMPLATE = "template"
TESTS = "tests"

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_OWN_LINES = re.compile(r"^name: .*\ntitle: .*$", re.MULTILINE)
_WRITTEN = 'name: {name}\ntitle: {{es: "Conjunto de reglas {name}", en: "Rule set {name}"}}'


def new_ruleset(name: str, *, folder: Path) -> Path:
    """Copy the template to `folder/name`, under that name; comments are kept.

    Parameters
    ----------
    name : str
        Lower-case letters, digits and hyphens, and none of the rule sets that ship.
    folder : Path
        Where the new folder goes; made if it is not there.

    Returns
    -------
    Path
        The new folder, which `read_ruleset` reads.

    Raises
    ------
    RulesError
        `rules.new-name`, `rules.new-taken`.
    InputError
        `rules.new-exists` if something stands there already; nothing is touched.
    """
    if not _NAME.fullmatch(name):
        raise RulesError.because("rules.new-name", name)
    if name in names():
        raise RulesError.because("rules.new-taken", name)
    target = folder / name
    if target.exists():
        raise InputError.because("rules.new-exists", name, path=str(target))
    root = f"rulesets/{TEMPLATE}"
    parts = package_data.names(root, ".yaml")
    tests = [f"{TESTS}/{f}" for f in package_data.names(f"{root}/{TESTS}", ".yaml")]
    with new_folder(target, marker=f"{HEADER}.yaml") as made:
        (made / TESTS).mkdir()
        for part in (*parts, *tests):
            content = package_data.read_text(f"{root}/{part}")
            if part == f"{HEADER}.yaml":
                content = _OWN_LINES.sub(_WRITTEN.format(name=name), content, count=1)
            write_text(made / part, content)
    return target


def read_cases(folder: Path) -> Mapping[str, Any]:
    """Parsed test files of the rule set in `folder`, by file name, sorted; empty if there are none.

    Raises
    ------
    StudyError
        `study.not-yaml`, `study.not-utf8`.
    """
    return {path.name: read_yaml(path) for path in sorted((folder / TESTS).glob("*.yaml"))}
