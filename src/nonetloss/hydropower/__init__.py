"""Which dams of a whole basin, at what loss of rivers, nature and people.

Question on the ground
    Which sets of dams give so much energy at the least loss, with proof; what does each further
    percent of loss buy; which dams belong to all good plans or to none?

Public names
    `hydropower.pareto_frontier`, `hydropower.criteria`, `hydropower.results.Frontier`,
    `hydropower.selection`.

Papers
    Wu et al. 2018, doi 10.1609/aaai.v32i1.11347, and Gomes-Selman et al. 2018,
    doi 10.1007/978-3-319-93031-2_19 (fronts of dam portfolios on trees); Flecker et al. 2022,
    doi 10.1126/science.abj4017 (the Amazon); Cote et al. 2009, doi 10.1007/s10980-008-9283-y
    (dendritic connectivity).

What it does not do
    It does not simulate the operation of reservoirs, replace the study of one project, or decide:
    it shows what every choice costs.
"""

from nonetloss.hydropower.frontier import pareto_frontier

__all__ = ["pareto_frontier"]
