"""Titles that tell things apart: parcels of one title, assets of the balance."""

from pathlib import Path

import pandas as pd
import shapely

from nonetloss.core.language import Text
from nonetloss.study.check import examine
from nonetloss.study.runner import with_titles


def parcel(name, left, title):
    row = {f"value_without_{e}": 0.5 for e in ("low", "likely", "high")}
    row |= {f"value_with_{e}": 0.7 for e in ("low", "likely", "high")}
    row |= {"name": name, "ecosystem": "varzea", "cost_usd": 1.0, "consent": True}
    row |= {"title_es": title, "title_en": title}
    shape = shapely.box(left, -8.41, left + 0.01, -8.39)
    return {
        "type": "Feature",
        "properties": row,
        "geometry": shapely.geometry.mapping(shape),
    }


def test_parcels_of_one_title_bear_their_names(small_study):
    small_study.study["parcels"] = {"source": "parcels"}
    rows = [parcel("p2a", -74.42, "Predio 2"), parcel("p2b", -74.40, "Predio 2")]
    small_study.layer("parcels", [*rows, parcel("p3", -74.38, "Predio 3")])
    case, _ = examine(Path(small_study.save()), data_roots={})
    titles = [p.title.es for p in case.values["parcels"]]
    assert titles == ["Predio 2 (p2a)", "Predio 2 (p2b)", "Predio 3"]


def test_the_balance_for_people_ends_with_titles():
    table = pd.DataFrame({"asset": ["varzea", "carbon"], "net": [1.0, 2.0]})
    told = with_titles(table, {"varzea": Text(es="Várzea", en="Varzea forest")})
    assert list(told.columns) == ["asset", "net", "title_es", "title_en"]
    assert told.title_es.tolist() == ["Várzea", "carbon"]
    assert told.title_en.tolist() == ["Varzea forest", "carbon"]
