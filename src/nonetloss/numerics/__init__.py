"""Arrays in, arrays out: grids, paths, zonal statistics, fronts, optimization, distributions.

Question on the ground
    None by itself: these are the kernels that the domains stand on.

Public names
    `numerics.grid.Grid`, `numerics.paths.least_cost_path`, `numerics.paths.cost_distance`,
    `numerics.zonal.zonal_table`, `numerics.milp`, `numerics.pareto`, `numerics.stats`.

Papers
    Dial 1969 (bucket queue), doi 10.1145/363269.363610; each module names its own.

What it does not do
    It knows no coordinates reference system, no file, no table, no word of conservation.
"""
