"""Which gain may stand for which loss: like-for-like, or better."""

from collections.abc import Sequence

import numpy as np

from nonetloss.core.errors import InputError
from nonetloss.core.findings import offenders
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap


def named_ecosystems(names: Sequence[str], ecosystems: EcosystemMap) -> tuple[Ecosystem, ...]:
    """The ecosystems of these names, in their order.

    Raises
    ------
    InputError
        `offset.unknown-ecosystem` for a name that the map does not declare.
    """
    known = {e.name: e for e in ecosystems.ecosystems}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError.because(
            "offset.unknown-ecosystem",
            offenders(dict.fromkeys(unknown)),
            known=offenders(sorted(known), 20),
        )
    return tuple(known[name] for name in names)


def accepted(losses: Sequence[Ecosystem], gains: Sequence[str]) -> np.ndarray:
    """Bool (losses, gains): may a gain in that ecosystem stand for a loss in this one?

    A gain is accepted for the same ecosystem, or for one that names it in `better`. The relation
    is what the study declares: it is neither symmetric nor continued from one to the next.
    """
    return np.array(
        [[gain == loss.name or gain in loss.better for gain in gains] for loss in losses],
        dtype=bool,
    ).reshape(len(losses), len(gains))
