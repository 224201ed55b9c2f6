"""United States: habitat equivalency analysis, and Florida's uniform mitigation assessment.

Question on the ground
    How much habitat must be restored, and for how long, to make up for what was injured; how many
    acres of mitigation answer for an impact on a wetland?

Public names
    `us.hea.debit`, `us.hea.credit`, `us.hea.scale`, `us.hea.yearly_levels`; `us.umam.score`,
    `us.umam.time_factor`, `us.umam.mitigation`.

Papers
    Thur 2007, doi 10.1007/s00267-006-0361-0; Florida Administrative Code, chapter 62-345.

What it does not do
    It chooses no service metric and no reference site; it holds no federal ratio, and of Florida's
    rule only what `parameters.yaml` lists, with its status.
"""
