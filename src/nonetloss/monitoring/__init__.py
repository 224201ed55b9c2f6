"""Rangers on the ground: what their patrols covered and met, beside what the forest lost.

Question on the ground
    Where did patrols go, how much of the risk did they cover, and what did they find?

Public names
    `monitoring.patrols.patrolling.patrol_effort`, `monitoring.patrols.log.PatrolLog`,
    `monitoring.patrols.results.Patrols`.

Papers
    Karney 2013, doi 10.1007/s00190-012-0578-z (geodesics); Keane et al. 2011,
    doi 10.1111/j.1469-1795.2010.00418.x (encounters per effort).

What it does not do
    It tells no patrol where to go, and publishes no place of a person.
"""
