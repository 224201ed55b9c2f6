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
    """One row per parcel and year: parcel, year, with_likely, without_likely, per hectare."""
    count = gains.years.size
    return pd.DataFrame(
        {
            "parcel": np.repeat(np.array(gains.parcels, dtype=object), count),
            "year": np.tile(gains.years, len(gains.parcels)),
            "with_likely": gains.with_offset.ravel(),
            "without_likely": gains.without_offset.ravel(),
        }
    )


def gain_table(gains: Gains) -> pd.DataFrame:
    """One row per parcel: parcel, gain_likely_qha, gain_low_qha, gain_high_qha (5 % and 95 %)."""
    spread = pd.DataFrame([_spread(draws) for draws in gains.draws], columns=["low", "high"])
    return pd.DataFrame(
        {
            "parcel": list(gains.parcels),
            "gain_likely_qha": gains.likely,
            "gain_low_qha": spread["low"].to_numpy(),
            "gain_high_qha": spread["high"].to_numpy(),
        }
    )


def _spread(draws: np.ndarray) -> dict[str, float]:
    if draws.size == 0:
        return dict.fromkeys(("mean", "low", "high"), float("nan"))
    low, high = np.quantile(draws, [_LOW, _HIGH])
    return {"mean": float(draws.mean()), "low": float(low), "high": float(high)}
