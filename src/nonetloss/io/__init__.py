"""The only place that opens files: documents, vectors, rasters, tables, and what a run writes.

Question on the ground
    Is this file what its catalog entry says, where it says, and can the result be trusted to disk?

Public names
    `io.catalog`, `io.documents`, `io.vector`, `io.raster`, `io.tables`, `io.geopackage`,
    `io.parquet`, `io.atomic`, `io.bundled`.

Papers
    OGC 12-128r18 (GeoPackage 1.3); OGC 21-026 (Cloud Optimized GeoTIFF).

What it does not do
    It repairs nothing silently, guesses no CRS and computes nothing about nature.
"""
