"""Which measures reduce what is left after avoiding, within a budget?

Question on the ground
    The route is chosen. With this much money, which measures in design, construction and
    operation reduce its loss most, and what remains to be offset?

Public names
    `minimize.measures.choose`, `minimize.measures.MinimizationPlan`,
    `minimize.catalogue.catalogue`, `minimize.catalogue.Measure`, `minimize.best_set.best_set`.

Papers
    Duran & Grossmann 1986 (outer approximation), doi 10.1007/BF02592064. The evidence on single
    measures is cited beside each of them in `measures.yaml`.

What it does not do
    It designs no structure and proves no effectiveness: where the catalogue has an expert range
    and no published number, it says so. Interactions between measures beyond the multiplicative
    rule are not modelled (decision science/0004).
"""
