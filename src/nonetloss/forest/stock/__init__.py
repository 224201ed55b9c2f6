"""Carbon in trees, plots, strata and areas, each with its error.

Question on the ground
    How much carbon stands here, from measured trees to the whole concession, and how sure is that?
    What makes the interval wide, how many more plots would narrow it, and does a published figure
    follow from its own parts?

Public names
    `stock.carbon_stock` (the method `forest.stock`) and its `result.CarbonStock`;
    `harvest.check_allometry` (the method `forest.allometry`) and its `AllometryFit`;
    `allometry.biomass_kg`, `height.fit`, `wood_density.assign`, `propagation.plot_draws_kg`,
    `published.published_table`.

Papers
    Chave et al. 2014, doi 10.1111/gcb.12629 (equations, stress); Chave et al. 2004,
    doi 10.1098/rstb.2003.1425, and Réjou-Méchain et al. 2017, doi 10.1111/2041-210X.12753
    (propagation of errors); Feldpausch et al. 2012, doi 10.5194/bg-9-3381-2012 (heights); Cochran
    1977, ISBN 978-0-471-16240-7 (estimators). Decision science/0016.

What it does not do
    It measures no dead wood, litter or soil, follows no tree between two censuses, and reads no
    satellite image: a biomass map comes as a raster. Root ratios and the equations of 2005 are not
    confirmed against their texts, and results say so.
"""
