"""International Finance Corporation: Performance Standard 6 on biodiversity, as a decision tree.

Question on the ground
    In which kind of habitat does the project stand, may it go on there, and what does the lender
    then ask for?

Public names
    None in Python: ``rules.ruleset("ifc").on(date).decide("ps6.habitat", answers)``.

Papers
    IFC 2012, Performance Standard 6; sources in `instruments.yaml`.

What it does not do
    It does not assess a habitat: the answers are the assessor's. It is no substitute for the
    standard or its guidance note.
"""
