"""What docs/forest-carbon.md and docs/carbono-forestal.md show is what happens."""

import doctest
import re
from pathlib import Path

import pytest

from nonetloss.study.registry import methods

DOCS = Path(__file__).parents[2] / "docs"
PAGES = pytest.mark.parametrize("page", ["forest-carbon.md", "carbono-forestal.md"])


@PAGES
def test_the_example_gives_what_it_prints(page):
    # Equation 4 by hand: 0.0673 (0.6 * 50^2 * 28)^0.976 = 2189.31 kg. Loss in the first period:
    # 20 rows of 2 pixels of 0.09 ha = 3.6 ha. Distances of the 60 lost pixels: 30, 60, 90 m,
    # so that the last bin runs from 90 to 120 m. Prediction: 6 years of 0.5 ha.
    result = doctest.testfile(str(DOCS / page), module_relative=False)
    assert (result.failed, result.attempted) == (0, 14)


@PAGES
def test_every_method_that_it_names_is_there(page):
    text = (DOCS / page).read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:forest|monitoring|ledger|offset)\.[a-z-]+)`", text))
    assert named
    assert named <= set(methods())
    forest = {name for name in methods() if name.startswith("forest.")}
    assert forest <= named
