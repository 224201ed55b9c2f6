"""Areas and means from a sample, with or without a map.

Question on the ground
    How many hectares of each class are there, how good is the map, and how many samples are needed?

Public names
    `forest.area.method.forest_area`, `forest.area.error_matrix`, `forest.area.units`,
    `forest.area.estimators` (means, totals, ratios, with a map as covariate),
    `forest.area.sample_size`, `forest.area.good_practice`.

Papers
    Olofsson et al. 2014, doi 10.1016/j.rse.2014.02.015; Stehman 2014,
    doi 10.1080/01431161.2014.930207; Cochran 1977, ISBN 978-0-471-16240-7.

What it does not do
    It interprets no sample and draws no map. The error of whoever interprets the reference is in
    none of its intervals.
"""
