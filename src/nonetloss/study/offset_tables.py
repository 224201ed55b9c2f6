"""Tables of gains over time and of services lost, which results hold as arrays."""

import numpy as np
import pandas as pd

from nonetloss.landscape.services import ServiceLoss
from nonetloss.offset.gains import Gains

_LOW, _HIGH = 0.05, 0.95


def service_loss_table(loss: ServiceLoss) -> pd.DataFrame:
    """One row per alternative, service and serviceshed.

    Columns: alternative, service, title_es, title_en, unit, serviceshed, shed_title_es,
    shed_title_en, people (NaN: nobody counted them), community, likely, mean, low and high (5 % and
    95 % of the draws; NaN without draws). Amounts are in the `unit` of their row.
    """
    services = {service.name: service for service in loss.services}
    rows = []
    for a, alternative in enumerate(loss.alternatives):
        for c, (name, shed_name) in enumerate(loss.columns):
            service = services[name]
            shed = next(shed for shed in service.sheds if shed.name == shed_name)
            rows.append(
                {
                    "alternative": alternative,
                    "service": name,
                    "title_es": service.title.es,
                    "title_en": service.title.en,
                    "unit": service.unit,
                    "serviceshed": shed_name,
                    "shed_title_es": shed.title.es,
                    "shed_title_en": shed.title.en,
                    "people": shed.people,
                    "community": shed.community,
                    "likely": loss.likely[a, c],
                    **_spread(loss.draws[a, c]),
                }
            )
    return pd.DataFrame(rows)


def trajectory_table(gains: Gains) -> pd.DataFrame:
    """One row per parcel and year, values per hectare.

    Columns: parcel, year, with_likely, without_likely and, where they were drawn, with_low,
    with_high, without_low, without_high (90 % of the draws).
    """
    count = gains.years.size
    table = {
        "parcel": np.repeat(np.array(gains.parcels, dtype=object), count),
        "year": np.tile(gains.years, len(gains.parcels)),
        "with_likely": gains.with_offset.ravel(),
        "without_likely": gains.without_offset.ravel(),
    }
    for name in ("with_low", "with_high", "without_low", "without_high"):
        values = getattr(gains, name)
        if values is not None:
            table[name] = values.ravel()
    return pd.DataFrame(table)


def gain_table(gains: Gains) -> pd.DataFrame:
    """One row per parcel, area included.

    Columns: parcel, gain_likely_qha, gain_low_qha, gain_high_qha (5 % and 95 % of the draws) and,
    where they were computed, restored_qha and averted_qha, the parts of the likely gain, and
    static_gain_qha, the gain that the parcel states without time.
    """
    spread = [_spread(draws) for draws in gains.draws]
    table = {
        "parcel": list(gains.parcels),
        "gain_likely_qha": gains.likely,
        "gain_low_qha": [s["low"] for s in spread],
        "gain_high_qha": [s["high"] for s in spread],
    }
    parts = {"restored_qha": "restored", "averted_qha": "averted", "static_gain_qha": "static"}
    for column, name in parts.items():
        values = getattr(gains, name)
        if values is not None:
            table[column] = values
    return pd.DataFrame(table)


def _spread(draws: np.ndarray) -> dict[str, float]:
    if draws.size == 0:
        return dict.fromkeys(("mean", "low", "high"), float("nan"))
    low, high = np.quantile(draws, [_LOW, _HIGH])
    return {"mean": float(draws.mean()), "low": float(low), "high": float(high)}
