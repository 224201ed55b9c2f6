"""Into which pieces the dams of a portfolio cut the river."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.hydropower.amounts import amounts_of
from nonetloss.hydropower.criterion import resolved
from nonetloss.landscape.river import RiverNetwork


def fragments_of_states(
    network: RiverNetwork, names: Sequence[str], choices: np.ndarray
) -> pd.DataFrame | None:
    """`fragment_lengths` of each state, with its name in the column `state`.

    None where the network has no lengths, or does not know all of them.
    """
    try:
        tables = [fragment_lengths(network, chosen) for chosen in choices]
    except InputError:
        return None
    named = [table.assign(state=name) for name, table in zip(names, tables, strict=True)]
    whole = pd.concat(named, ignore_index=True)
    whole = whole[["state", *whole.columns.drop("state")]]
    whole.attrs["units"] = tables[0].attrs["units"]
    return whole


def fragment_lengths(network: RiverNetwork, choices: np.ndarray) -> pd.DataFrame:
    """Pieces of river between dams, impassable or not, the one of the mouth first.

    Parameters
    ----------
    network : RiverNetwork
        With component attribute `length_km`, else `connectivity`.
    choices : (dams,) of int or bool
        0 not built.

    Returns
    -------
    DataFrame
        fragment (id of its lowest component), length (in the unit of the attribute,
        `attrs["units"]`), components (how many), connected (to the mouth). Lengths add up to the
        whole river.

    Raises
    ------
    InputError
        `criteria.unknown` (no lengths), `criteria.choices-shape`, those of
        `hydropower.amounts.amounts_of`.
    """
    (criterion,) = resolved(network, ["fragmented"])
    amounts = amounts_of(network, criterion)
    chosen = np.asarray(choices)
    if chosen.shape != (len(network.dams),):
        found = f"{chosen.dtype} {chosen.shape}"
        raise InputError.because(
            "criteria.choices-shape", "choices", dams=len(network.dams), found=found
        )
    piece = np.arange(len(amounts.base))
    for u in range(1, len(piece)):
        if not chosen[amounts.dam[u]]:
            piece[u] = piece[amounts.below[u]]
    lowest = np.unique(piece)
    table = pd.DataFrame(
        {
            "fragment": [network.components[u].id for u in lowest],
            "length": [amounts.base[piece == u].sum() for u in lowest],
            "components": [int((piece == u).sum()) for u in lowest],
            "connected": lowest == 0,
        }
    )
    table.attrs["units"] = {"length": criterion.unit}
    return table
