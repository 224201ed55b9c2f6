"""What must be offset, and which parcels do it at least cost?

Question on the ground
    After avoiding and minimizing, this much nature is still lost. Which land, protected or
    restored beyond what would happen anyway, makes up for it, at what cost, and is that enough?
    Or can it not be offset at all, so that the project must go back to avoid?

Public names
    `offset.loss.quality_loss`, `offset.value.ahp_weights`, `offset.value.weighted_value`,
    `offset.portfolio.select`, `offset.portfolio.Portfolio`, `offset.portfolio.minimum_set`,
    `offset.equivalence.accepted`.

Papers
    BBOP 2012, ISBN 978-1-932928-44-0; Kiesecker et al. 2010, doi 10.1890/090005; Gardner et al.
    2013, doi 10.1111/cobi.12118; Saaty 1977, doi 10.1016/0022-2496(77)90033-5.

What it does not do
    It accepts no gain without a stated counterfactual, trades no ecosystem for a lesser one and
    asks no owner for consent: that has happened before a parcel is marked as a candidate.
"""
