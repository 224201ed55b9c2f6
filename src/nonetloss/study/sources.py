"""Read the sources of a study once each, and remember where they came from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj

from nonetloss.core.errors import GeometryError, StudyError
from nonetloss.core.findings import Finding, offenders
from nonetloss.core.provenance import Source
from nonetloss.io import catalog, raster, raster_windows, tables, vector
from nonetloss.io.catalog import CatalogDocument, SourceSection
from nonetloss.io.patrol_files import is_table, read_patrols
from nonetloss.landscape.windowed import WindowedRaster
from nonetloss.monitoring.patrols.log import PatrolLog
from nonetloss.numerics.grid import Grid

Bounds = tuple[float, float, float, float]


@dataclass(slots=True)
class Sources:
    """The files behind a study. `used` fills up as they are read; `found` says what was seen."""

    folder: Path
    document: CatalogDocument
    data_roots: Mapping[str, Path]
    crs: Any
    used: dict[str, Source] = field(default_factory=dict)
    found: list[Finding] = field(default_factory=list)

    def section(self, name: str) -> SourceSection:
        """The catalog entry; StudyError `study.source-unknown` if there is none."""
        if name not in self.document.sources:
            known = ", ".join(sorted(self.document.sources)) or "–"
            raise StudyError.because("study.source-unknown", name, source=name, known=known)
        return self.document.sources[name]

    def features(
        self,
        name: str,
        *,
        bounds: Bounds | None,
        where: Mapping[str, list[Any]] | None = None,
    ) -> gpd.GeoDataFrame:
        """Features of a vector or table source, in the CRS of the study."""
        section, path = self._open(name)
        both = {**section.where, **(where or {})}
        if section.kind == "vector":
            features, found = vector.read(
                path,
                name=name,
                crs=self.crs,
                bounds=bounds,
                layer=section.layer,
                where=both,
                declared_crs=section.crs,
                encoding=section.encoding,
                repair=section.repair,
            )
        elif section.kind == "table":
            points, found = tables.read_points(
                path,
                name=name,
                x=section.x,
                y=section.y,
                crs=section.crs,
                encoding=section.encoding,
            )
            points = vector.select(points, both, name=name)
            features, more = vector.place(points, name=name, crs=self.crs, bounds=bounds)
            found += more
        else:
            raise StudyError.because("study.source-kind", name, kind=section.kind, wanted="vector")
        self.remember(found)
        return features

    def band(self, name: str, *, grid: Grid, method: raster.Method) -> np.ndarray:
        """A raster source on the grid, float32 with NaN for absence."""
        section, path = self._open(name)
        values, found = raster.read(
            path,
            name=name,
            grid=grid,
            crs=self.crs,
            band=section.band,
            declared_crs=section.crs,
            method=method,
        )
        self.remember(found)
        return values

    def windowed(self, name: str, *, grid: Grid, unit: str) -> WindowedRaster:
        """A raster source that has the cells of a grid, to be read piece by piece.

        Raises
        ------
        StudyError, InputError, GeometryError
            As `path` and `io.raster_windows.placed`.
        """
        path = self.path(name, kinds=("raster",))
        section = self.section(name)
        return raster_windows.placed(
            path,
            name=name,
            grid=grid,
            crs=self.crs,
            band=section.band,
            declared_crs=section.crs,
            unit=unit or section.unit,
            source=self.used[name],
        )

    def grid(self, name: str) -> Grid:
        """The cells of a raster source in the CRS of the study.

        Raises
        ------
        StudyError, InputError, GeometryError
            As `path` and `io.raster_windows.grid_of`; `study.like-crs` if the source lies in
            another CRS than the study.
        """
        path = self.path(name, kinds=("raster",))
        declared = self.section(name).crs
        grid, system = raster_windows.grid_of(path, name=name, declared_crs=declared)
        own = pyproj.CRS.from_user_input(self.crs)
        if not system.equals(own, ignore_axis_order=True):
            raise GeometryError.because("study.like-crs", name, found=system.name, crs=own.name)
        return grid

    def table(self, name: str, *, columns: Mapping[str, str]) -> pd.DataFrame | PatrolLog:
        """Rows of a table source; `columns` maps wanted names to those of the file.

        Features of a vector source come with their shapes, in the CRS of the study, all of them.
        An export of patrols comes as a log; of SMART lines `columns` names properties.

        Raises
        ------
        StudyError, InputError
            `study.source-unknown`, `study.source-kind`, `study.table-columns`, `io.column-missing`
            and what `io.tables.read_rows` raises.
        """
        if self.section(name).kind == "patrols":
            path = self.path(name, kinds=("patrols",))
            # Exports tell times in UTC; of a table only the method knows which clock it follows.
            if is_table(path):
                raise StudyError.because("study.source-kind", name, kind="patrols", wanted="table")
            return read_patrols(path, name=name, columns=columns)
        if self.section(name).kind == "vector" and self.crs is not None:
            rows = self.features(name, bounds=None)
        else:
            path = self.path(name, kinds=("table",))
            rows = tables.read_rows(path, name=name, encoding=self.section(name).encoding)
        require_columns(rows, tuple(columns.values()), name=name)
        renamed = rows.rename(columns={old: new for new, old in columns.items()})
        twice = sorted(set(renamed.columns[renamed.columns.duplicated()]))
        if twice:
            raise StudyError.because("study.table-columns", name, names=offenders(twice))
        return renamed

    def path(self, name: str, *, kinds: tuple[str, ...]) -> Path:
        """The file of a source that a reader of its own opens.

        Raises
        ------
        StudyError
            `study.source-unknown`, or `study.source-kind` unless it is of one of `kinds`.
        """
        section, path = self._open(name)
        if section.kind not in kinds:
            wanted = ", ".join(kinds)
            raise StudyError.because("study.source-kind", name, kind=section.kind, wanted=wanted)
        return path

    def _open(self, name: str) -> tuple[SourceSection, Path]:
        section = self.section(name)
        path = catalog.locate(section.path, self.folder, self.data_roots, name=name)
        if name not in self.used:
            self.used[name] = catalog.provenance(name, section, path)
        return section, path

    def remember(self, found: Iterable[Finding]) -> None:
        """Keep what was seen while reading, each thing once."""
        self.found += [f for f in found if f not in self.found]


def require_columns(table: pd.DataFrame, columns: Sequence[str], *, name: str) -> None:
    """StudyError `io.column-missing` for the first column that a table lacks."""
    present = [str(c) for c in table.columns if c != "geometry"]
    for column in columns:
        if column not in present:
            raise StudyError.because(
                "io.column-missing", name, column=column, columns=offenders(present, 20)
            )
