"""A number with its spread: low, likely, high."""

from dataclasses import dataclass

from nonetloss.core.errors import InputError
from nonetloss.core.language import Text


@dataclass(frozen=True, slots=True)
class Estimate:
    """Three-point estimate in the unit of its context; `low <= likely <= high`.

    A known number has the three equal. What low and high mean (range, 90 % interval) is for the
    source to say; simulations read them as the ends of a PERT distribution. A source that is a
    plain string is a proper name, the same in both languages.
    """

    low: float
    likely: float
    high: float
    source: Text | str = ""

    def __post_init__(self) -> None:
        if not self.low <= self.likely <= self.high:
            raise InputError.because(
                "core.estimate-order",
                Text.of(self.source).en or "estimate",
                low=self.low,
                likely=self.likely,
                high=self.high,
            )

    @classmethod
    def exact(cls, value: float, source: Text | str = "") -> "Estimate":
        """An estimate without spread."""
        return cls(value, value, value, source)

    @property
    def is_exact(self) -> bool:
        """Whether low and high coincide."""
        return self.low == self.high
