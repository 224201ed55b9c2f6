"""What docs/choosing-sites.md and docs/elegir-sitios.md show is what happens."""

import doctest
import re
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from nonetloss.cli.app import build
from nonetloss.study.registry import method
from nonetloss.study.schema import StepSection, TableSection

DOCS = Path(__file__).parents[2] / "docs"
PAGES = pytest.mark.parametrize("page", ["choosing-sites.md", "elegir-sitios.md"])


@PAGES
def test_the_example_gives_what_it_prints(page):
    # 15 + 12 + 8; without unit 2, 4 or 6 unit 5 (18) comes in: 18 - 15, 18 - 12, 18 - 8.
    result = doctest.testfile(str(DOCS / page), module_relative=False)
    assert (result.failed, result.attempted) == (0, 9)


@PAGES
def test_the_step_binds(page):
    text = (DOCS / page).read_text(encoding="utf-8")
    (written,) = re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL)
    content = yaml.safe_load(written)
    TableSection.model_validate(content["tables"]["units"])
    step = StepSection.model_validate(content["steps"][0])
    assert method(step.method).bind(step.parameters)[1] == []


@PAGES
def test_the_options_of_the_command_are_there(page):
    text = (DOCS / page).read_text(encoding="utf-8")
    named = set(re.findall(r"(?<!\w)--[a-z][a-z-]*", text))
    command = CliRunner().invoke(build("en", {}), ["select", "--help"], env={"COLUMNS": "200"})
    assert named
    assert all(option in command.output for option in named)


def test_both_pages_have_the_same_parts():
    parts = [
        re.findall(r"^(#+|\||```\w*|\*)", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE)
        for page in ("choosing-sites.md", "elegir-sitios.md")
    ]
    assert parts[0] == parts[1]
