"""Maps of codes carry their colors and, for QGIS, the names of their classes."""

from datetime import date
from xml.etree import ElementTree

import numpy as np
import rasterio
from rasterio.enums import ColorInterp

from nonetloss.core.language import Text
from nonetloss.forest.risk.cover import ForestCover
from nonetloss.landscape.raster import Raster
from nonetloss.landscape.windowed import windowed
from nonetloss.numerics.grid import Grid
from nonetloss.study import map_classes
from nonetloss.study.outputs import Writer

CODES = np.array([[0, 1, 5], [6, 7, 8]], dtype=np.uint8)


def cover():
    raster = Raster(CODES, Grid(0, 60, 30, 30, 2, 3), "EPSG:32719")
    return ForestCover(windowed(raster), (2010.0, 2015.0, 2020.0))


def write(tmp_path):
    folder = tmp_path / "01-cover"
    Writer(folder, "EPSG:32719", date(2026, 1, 1), frozenset()).write(cover())
    return folder


def test_a_map_of_codes_has_colors_and_no_data_outside(tmp_path):
    with rasterio.open(write(tmp_path) / "codes.tif") as file:
        assert file.read(1).tolist() == CODES.tolist()
        assert file.colorinterp == (ColorInterp.palette,)
        assert file.nodata == 0
        table = file.colormap(1)
    assert table[0][3] == 0
    assert table[8] == (0xD5, 0x5E, 0x00, 255)
    assert table[5] == (0x9C, 0xC3, 0xA5, 255)


def test_the_style_beside_it_names_the_classes_in_both_languages(tmp_path):
    root = ElementTree.fromstring((write(tmp_path) / "codes.qml").read_text(encoding="utf-8"))
    assert root.find(".//rasterrenderer").get("type") == "paletted"
    labels = {int(e.get("value")): e.get("label") for e in root.iter("paletteEntry")}
    assert labels[5] == "Bosque que queda / Forest that remains"
    assert sorted(labels) == list(range(1, 9))


def test_the_style_escapes_names():
    classes = map_classes.numbered([(1, Text.of('A & "B" <c>')), (2, Text.of("d"))])
    root = ElementTree.fromstring(map_classes.style(classes))
    entries = list(root.iter("paletteEntry"))
    assert entries[0].get("label") == 'A & "B" <c>'
    assert entries[0].get("color") != entries[1].get("color")


def test_other_parts_have_no_classes():
    assert map_classes.classes_of("inside", cover()) == ()
    assert map_classes.classes_of("codes", object()) == ()
