"""What the project would touch, and which ways around exist.

Question on the ground
    Which protected areas, territories and ecosystems does each alternative meet, which route
    avoids them, what does the detour cost, and what would the access bring?

Public names
    `avoid.screening.screen`, `avoid.footprint.footprints`, `avoid.surface.cost_surface`,
    `avoid.route.find_routes`, `avoid.induced.induced_deforestation`.

Papers
    Barber et al. 2014, doi 10.1016/j.biocon.2014.07.004 (deforestation and distance to roads);
    Laurance et al. 2009, doi 10.1016/j.tree.2009.06.009 (effects of roads in tropical forests);
    Mandow and Pérez de la Cruz 2010, doi 10.1145/1754399.1754400 (exact multi-objective paths).

What it does not do
    It does not value the loss (see `offset.loss`), design the road (grades, curves) or replace
    the field survey, the consultation or the opinion that the law asks for.
"""
