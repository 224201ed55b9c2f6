"""The pages about the ledger say what happens: every command on them runs in order."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nonetloss.cli.app import build

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize(
    ("page", "language", "booked"),
    [
        ("credit-ledger.md", "en", "Booked: event 9"),
        ("libro-de-creditos.md", "es", "Asentado: hecho 9"),
    ],
)
def test_the_commands_of_a_page(page, language, booked, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (DOCS / page).read_text(encoding="utf-8")
    block = re.search(r"```\n(.*?)```", text, re.DOTALL)[1].replace("\\\n", " ")
    said = []
    for line in block.strip().splitlines():
        program, *words = shlex.split(line)
        assert program == "nonetloss"
        result = CliRunner().invoke(build(language, {}), words)
        said.append(result.output)
        if words[1] == "verify":  # the digest on the page stands for one's own
            assert result.exit_code == 2
            head = re.search(r"[0-9a-f]{64}", said[-3])[0]
            again = CliRunner().invoke(build(language, {}), [*words[:-1], head])
            assert again.exit_code == 0
        else:
            assert result.exit_code == 0, result.output
    assert booked in said[-3]
    assert "Buffer\t8" in said[-2]  # 20 - 12
