"""Rangers on the ground: what their patrols covered and met, beside what the forest lost.

Question on the ground
    Where did patrols go, how much of the risk did they cover, and what did they find?

Public names
    `monitoring.patrols`.

Papers
    Each module names its own.

What it does not do
    It tells no patrol where to go, and publishes no place of a person.
"""
