import numpy as np

from nonetloss.numerics.milp import solve
from nonetloss.offset.draft import Draft


def test_blocks_become_one_model_with_labelled_rows():
    draft = Draft()
    x = draft.columns(2, upper=1.0, integer=True)
    y = draft.columns(1, upper=5.0)
    draft.rows(1, [(np.zeros(2), x, np.array([3.0, 4.0]))], upper=4.0, kind="budget")
    first = draft.height
    draft.rows(1, [(np.zeros(1), y, 1.0), (np.zeros(2), x, -2.0)], upper=0.0)
    draft.label("tied", first)
    draft.rows(2, [(np.arange(2), x, 1.0)], upper=1.0, kind="each", names=["0", "1"])
    program = draft.program(np.array([0.0, 0.0, 1.0]), maximize=True)
    assert program.model.shape == (4, 3)
    assert [(d.kind, d.name, d.rows.tolist()) for d in program.demands] == [
        ("budget", "", [0]),
        ("tied", "", [1]),
        ("each", "0", [2]),
        ("each", "1", [3]),
    ]
    # One of the two for at most 4, and y at most twice that.
    assert solve(program.model, gap=0.0).objective == 2


def test_an_empty_draft_is_an_empty_model():
    program = Draft().program(np.zeros(0))
    assert program.model.shape == (0, 0)
    assert program.demands == ()
