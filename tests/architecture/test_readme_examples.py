"""The examples of README and LEEME run and print what stands beside them."""

import contextlib
import io
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCKS = [
    pytest.param(block, id=f"{name}-{number}")
    for name in ("README.md", "LEEME.md")
    for number, block in enumerate(
        re.findall(r"```python\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)
    )
    if ".txt" not in block  # those read public data files
]


@pytest.mark.parametrize("block", BLOCKS)
def test_an_example_prints_what_it_says(block):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(block, "example", "exec"), {})
    lines = printed.getvalue().splitlines()
    said = re.findall(r"^print\(.*\)  # (.*)$", block, re.MULTILINE)
    assert len(lines) == len(re.findall(r"^print", block, re.MULTILINE))
    for line, comment in zip(lines, said, strict=True):
        if comment[0] in "[0123456789":
            assert line == comment
