"""Rule sets of jurisdictions: data, and code only where the formula itself is the rule.

Question on the ground
    What does this jurisdiction ask, and what does it count, on the day of the decision?

Public names
    None: rule sets are reached through `rules.ruleset`, which loads what their folder declares.

Papers
    Each folder cites its own in `instruments.yaml`.

What it does not do
    It gives no legal advice; what nobody confirmed is marked so.
"""
