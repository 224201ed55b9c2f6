"""Loss of nature by alternative, component and asset, with its distribution."""

from dataclasses import dataclass

import numpy as np

from nonetloss.core.errors import InputError

DIRECT = "direct"
INDUCED = "induced"


@dataclass(frozen=True, slots=True)
class Loss:
    """Losses, positive, in `unit`.

    `likely` has shape (alternatives, components, assets); `draws` (alternatives, components,
    assets, draws). The same draw index means the same state of the world in every alternative,
    so that differences between alternatives are differences under the same assumptions.
    Components are never mixed: `direct` is the footprint, `induced` the deforestation that the
    access brings.
    """

    unit: str
    alternatives: tuple[str, ...]
    components: tuple[str, ...]
    assets: tuple[str, ...]
    likely: np.ndarray
    draws: np.ndarray

    def __post_init__(self) -> None:
        shape = (len(self.alternatives), len(self.components), len(self.assets))
        if self.likely.shape != shape or self.draws.shape[:3] != shape:
            raise InputError.because(
                "loss.shape", "loss", found=(self.likely.shape, self.draws.shape), expected=shape
            )

    def of(self, alternative: str) -> tuple[np.ndarray, np.ndarray]:
        """(likely (components, assets), draws (components, assets, draws)) of one alternative."""
        index = self.alternatives.index(alternative)
        return self.likely[index], self.draws[index]
