"""A criterion as numbers: what each component brings and what each choice at a dam does to it.

Mathematical formulation
    With r_u what component u brings, and at the dam c above u the choice o (0: nothing built;
    1, 2, …: the options of the site):
    affine   v_u = r_u + Σ_c (add[c, o] + keep[c, o] · v_c), value = scale · v_root
    pairs    R_u = r_u + Σ_c keep[c, o] · R_c,  T_u = R_u² + Σ_c (T_c - (keep[c, o] · R_c)²),
             value = scale · T_root: all ordered pairs of river length, weighted by passage

In words
    Something is carried down the river; each dam adds to it and lets a part of it pass.

Papers
    Grimson et al. 2024 (affine form); Cote et al. 2009, doi 10.1007/s10980-008-9283-y (pairs).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from nonetloss.core.language import Text


@dataclass(frozen=True, slots=True)
class CompiledCriterion:
    """One criterion on one network.

    Parameters
    ----------
    base : (components,)
        r_u, in the order of `RiverNetwork.components`, not negative.
    add, keep : (dams, 1 + options)
        In the order of `RiverNetwork.dams`; column 0 is "not built" (usually add 0, keep 1); NaN
        beyond the options of a site. keep is not negative; in `pairs`, add is 0.
    scale : positive
        Turns the value at the root into the unit in which it is told.
    """

    name: str
    title: Text
    unit: str
    sense: Literal["max", "min"]
    form: Literal["affine", "pairs"]
    base: np.ndarray
    add: np.ndarray
    keep: np.ndarray
    scale: float = 1.0
