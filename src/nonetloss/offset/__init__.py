"""What must be offset, and which parcels do it at least cost?

Question on the ground
    After avoiding and minimizing, this much nature is still lost. Which land, protected or
    restored beyond what would happen anyway, makes up for it, at what cost, for whom, and is that
    enough? Is it really gained, year after year? Or can it not be offset at all, so that the
    project must go back to avoid?

Public names
    `offset.value` (what a hectare is worth), `offset.loss.quality_loss`, `offset.counterfactual`
    (gain against what would happen anyway), `offset.equivalence` (what may stand for what),
    `offset.portfolio.select` and `offset.portfolio.minimum_set` (which land), `offset.selection`
    (planning units, as in Marxan), `offset.planning` (also in zones), `offset.joint` (route and
    land together), `offset.monitoring` (what came).

Papers
    BBOP 2012, ISBN 978-1-932928-44-0; Kiesecker et al. 2010, doi 10.1890/090005; Gardner et al.
    2013, doi 10.1111/cobi.12118; Saaty 1977, doi 10.1016/0022-2496(77)90033-5; Bunton et al. 2015
    (route and offset together, MODSIM).

What it does not do
    It accepts no gain without a stated counterfactual, trades no ecosystem for a lesser one and
    asks no owner for consent: that has happened before a parcel is marked as a candidate.
"""
