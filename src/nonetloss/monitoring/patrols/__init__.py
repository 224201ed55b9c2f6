"""Patrols: what was covered, met and missed.

Question on the ground
    How much was patrolled and where, what was met per hour or kilometer, and does the effort go
    where the forest is at risk?

Public names
    `monitoring.patrols.patrolling.patrol_effort`, `monitoring.patrols.log.PatrolLog`,
    `monitoring.patrols.segments.segments_of`, `monitoring.patrols.results.Patrols`.

Papers
    Karney 2013, doi 10.1007/s00190-012-0578-z (geodesics); Keane et al. 2011,
    doi 10.1111/j.1469-1795.2010.00418.x (encounters per effort are no measure of threat by
    themselves).

What it does not do
    It names no ranger, shows no place of an encounter, and claims no effect of patrols: less loss
    where there was more effort proves nothing by itself.
"""
