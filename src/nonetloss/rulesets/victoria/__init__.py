"""Victoria, Australia: habitat hectares.

Question on the ground
    How good is this patch of native vegetation against its benchmark, and what is it worth in
    hectares of the best condition?

Public names
    `victoria.habitat_hectares.scores`, `.units`, `.gain`.

Papers
    Parkes, Newell & Cheal 2003, doi 10.1046/j.1442-8903.4.s.4.x.

What it does not do
    It holds no benchmark of a vegetation class, no bands of the field manual, no offset rule of
    the planning schemes: points are assessed in the field and come in as numbers.
"""
