"""Route and offset in one decision.

Question on the ground
    Which route, together with which parcels, costs least when what the route takes must be made up
    for by the parcels?

Public names
    `method.joint_route`: the question of a study, with its declaration. `search.cheapest_together`:
    the optimization on arrays. `rates.loss_rates`: quality-hectares lost per meter of route.
    `problem.Ground`, `problem.Market`, `problem.Together`: what goes in and what comes out.

Papers
    Bunton et al. 2015, Integrated planning of linear infrastructure and conservation offsets,
    MODSIM; Handler and Zang 1980, doi 10.1002/net.3230100403; Carlyle, Royset and Wood 2008,
    doi 10.1002/net.20247; Benders 1962, doi 10.1007/BF01386316.

What it does not do
    It does not draw smooth lines, knows no curves or grades, and plans no measures on site. Loss
    along the route is linear: so much per meter and cell.
"""
