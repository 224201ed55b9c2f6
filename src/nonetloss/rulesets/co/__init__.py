"""Colombia: compensation factors for loss of biodiversity.

Question on the ground
    How many hectares must be compensated for each hectare of each ecosystem affected?

Public names
    `co.compensation.factor`, `co.compensation.areas`.

Papers
    None: Resolución 1517 de 2012 and Resolución 256 de 2018; sources in `instruments.yaml`.

What it does not do
    It holds no factor of any ecosystem: those come from the official list. It does not say where
    or how to compensate.
"""
