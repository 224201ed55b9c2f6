"""Frozen nouns that two domains share.

Question on the ground
    What is the project, what lies around it, and what is it worth?

Public names
    `landscape.layer.Layer`, `landscape.project.Alternative`, `landscape.ecosystems.EcosystemMap`,
    `landscape.parcel.Parcel`, `landscape.loss.Loss`, `landscape.raster.Raster`, `landscape.crs`.

Papers
    None: nouns only.

What it does not do
    It answers no question and opens no file.
"""
