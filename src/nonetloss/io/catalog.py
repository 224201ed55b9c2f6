"""catalog.yaml: which files a study reads, where they come from, under which licence."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from nonetloss.core.errors import InputError
from nonetloss.core.language import Text
from nonetloss.core.provenance import Source, sha256_of_chunks
from nonetloss.io.documents import Section, TextField, TextOfAnything, read_document


class SourceSection(Section):
    """One source of data.

    `path` is relative to the study folder, or starts with `${NAME}`, a data root given to the run.
    `where` keeps the features whose columns have one of the values. `crs` is used only if the file
    declares none. `encoding` is that of the names in the file. `repair` allows self-crossing
    polygons to be rebuilt, which is then reported with the area it changed. `x`, `y` name the
    columns of a table of points. `band` is the band of a raster, `unit` what its values are in.
    A `dam-tree` is a text file of dams and river components without coordinates. `patrols` is an
    export of SMART Connect or EarthRanger, of which nothing that names a person is read.
    """

    path: str
    kind: Literal["vector", "raster", "table", "dam-tree", "patrols"]
    title: TextField
    origin: TextField
    licence: str
    url: str = ""
    date: TextOfAnything = ""
    schematic: bool = False
    note: TextField | None = None
    layer: str | None = None
    where: dict[str, list[Any]] = Field(default_factory=dict)
    crs: TextOfAnything | None = None
    encoding: str | None = None
    repair: bool = False
    x: str = "x"
    y: str = "y"
    band: int = Field(default=1, ge=1)
    unit: str = ""


class CatalogDocument(Section):
    """catalog.yaml."""

    sources: dict[str, SourceSection]


def read_catalog(folder: Path) -> CatalogDocument:
    """The catalog of a study folder; StudyError with all findings if it cannot be read."""
    return read_document(folder / "catalog.yaml", CatalogDocument)


_ROOT = re.compile(r"^\$\{([A-Z0-9_]+)\}/?")


def locate(path: str, folder: Path, data_roots: Mapping[str, Path], *, name: str) -> Path:
    """The file a catalog path means.

    Raises
    ------
    InputError
        `io.data-root` if the path starts with a root that was not given, `io.outside-study` if a
        relative path leaves the study folder, `io.file-missing` if there is no such file.
    """
    match = _ROOT.match(path)
    if match:
        if match[1] not in data_roots:
            raise InputError.because("io.data-root", name, root=match[1], path=path)
        base = data_roots[match[1]]
        found = base / path[match.end() :]
    else:
        base = folder
        found = folder / path
    if not found.resolve().is_relative_to(base.resolve()):
        raise InputError.because("io.outside-study", name, path=path)
    if not found.is_file():
        raise InputError.because("io.file-missing", name, path=path)
    return found


def provenance(name: str, section: SourceSection, path: Path) -> Source:
    """The source as results carry it, with the digest of its file."""
    return Source(
        name=name,
        title=Text.of(section.title),
        origin=section.origin,
        licence=section.licence,
        url=section.url,
        date=section.date,
        sha256=sha256_of(path),
        schematic=section.schematic,
        note=section.note,
    )


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return sha256_of_chunks(iter(lambda: file.read(1 << 20), b""))
