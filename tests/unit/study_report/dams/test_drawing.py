"""The basin: which components stay connected, and where a tree draws them."""

import numpy as np

from nonetloss.core.language import Text
from nonetloss.study.report.dams.drawing import as_tree
from nonetloss.study.report.dams.model import DamView
from nonetloss.study.report.dams.reading import tree_of


def dam(id, above, below):
    nothing = float("nan")
    return DamView(id, Text.of(id), "", "planned", above, below, 1, nothing, nothing, {})


# The mouth m takes in a and b; a takes in c. The dams are given from the top downwards.
DAMS = (dam("3", "c", "a"), dam("1", "a", "m"), dam("2", "b", "m"))


def test_components_come_after_the_one_below_them():
    tree = tree_of(DAMS)
    assert tree.names == ("m", "a", "b", "c")
    assert tree.below.tolist() == [-1, 0, 0, 1]
    assert tree.dam.tolist() == [-1, 1, 2, 0]


def test_a_dam_cuts_off_all_that_lies_above_it():
    tree = tree_of(DAMS)
    assert tree.free(np.array([0, 0, 0])).tolist() == [True, True, True, True]
    assert tree.free(np.array([0, 1, 0])).tolist() == [True, False, True, False]
    assert tree.free(np.array([2, 0, 0])).tolist() == [True, True, True, False]


def test_a_tree_steps_to_the_right_at_each_dam_and_rows_do_not_meet():
    tree = tree_of(DAMS)
    drawn = as_tree(tree, len(DAMS))
    assert drawn.crs == ""
    # Depths: c is two dams from the mouth, a and b one.
    assert drawn.dams[:, 0].tolist() == [2, 1, 1]
    # Two leaves (b and c): rows 0.5 and 1.5; a lies on the row of its only tributary.
    rows = drawn.dams[:, 1]
    assert rows[0] == rows[1]
    assert sorted({rows[1], rows[2]}) == [0.5, 1.5]
    bar = next(line for i, line in drawn.lines if i == 0 and line[0, 0] == line[1, 0])
    assert bar.tolist() == [[1, 0.5], [1, 1.5]]


def test_networks_with_several_mouths_are_drawn_one_below_the_other():
    tree = tree_of((dam("1", "a", "m"), dam("2", "b", "n")))
    assert tree.below.tolist() == [-1, -1, 0, 1]
    drawn = as_tree(tree, 2)
    assert drawn.dams[:, 1].tolist() == [0.5, 1.5]
