"""Standard normal numbers inside compiled loops, from seeds that a NumPy generator gives.

Filling arrays with noise costs more than most formulas that use it. Here a number is made where it
is used: SplitMix64 (one 64-bit state, passes BigCrush) and the ziggurat of 256 layers. Each stream
starts at a state of its own; two of 10,000 streams of a million numbers meet with a probability
below 1e-4.

Papers: Steele, Lea & Flood 2014, doi 10.1145/2660193.2660195 (SplitMix64); Marsaglia & Tsang 2000,
doi 10.18637/jss.v005.i08, and Doornik 2005 (ziggurat, index and number from separate bits).
"""

import numpy as np
from numba import njit

LAYERS = 256
# Where the tail starts, and the area of each layer, of exp(-x²/2).
_TAIL = 3.6541528853610088
_AREA = 0.00492867323399
_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_UNIT = 2.0**-53


def _layers() -> tuple[np.ndarray, np.ndarray]:
    """(edges (257,), heights (257,)): each layer is as wide as its edge, up to the next height."""
    edges = np.empty(LAYERS + 1)
    edges[1] = _TAIL
    edges[0] = _AREA / np.exp(-(_TAIL**2) / 2)
    for i in range(1, LAYERS - 1):
        height = _AREA / edges[i] + np.exp(-(edges[i] ** 2) / 2)
        edges[i + 1] = np.sqrt(-2 * np.log(height))
    edges[LAYERS] = 0.0
    return edges, np.exp(-(edges**2) / 2)


EDGES, HEIGHTS = _layers()


@njit(cache=True, nogil=True, inline="always")
def advance(state: np.uint64) -> tuple[np.uint64, np.uint64]:
    """(64 random bits, next state)."""
    state = state + _STEP
    z = state
    z = (z ^ (z >> np.uint64(30))) * _FIRST
    z = (z ^ (z >> np.uint64(27))) * _SECOND
    return z ^ (z >> np.uint64(31)), state


@njit(cache=True, nogil=True, inline="always")
def uniform(state: np.uint64) -> tuple[float, np.uint64]:
    """(a number in [0, 1), next state)."""
    bits, state = advance(state)
    return np.float64(np.int64(bits >> np.uint64(11))) * _UNIT, state


@njit(cache=True, nogil=True)
def _rare(x: float, layer: np.int64, state: np.uint64) -> tuple[bool, float, np.uint64]:
    """What happens outside the inner box of a layer: (taken, |number|, next state)."""
    if layer == 0:
        while True:
            a, state = uniform(state)
            b, state = uniform(state)
            beyond = -np.log(1.0 - a) / _TAIL
            if -2.0 * np.log(1.0 - b) > beyond * beyond:
                return True, _TAIL + beyond, state
    a, state = uniform(state)
    height = HEIGHTS[layer] + a * (HEIGHTS[layer + 1] - HEIGHTS[layer])
    return height < np.exp(-0.5 * x * x), x, state


@njit(cache=True, nogil=True, inline="always")
def normal(state: np.uint64) -> tuple[float, np.uint64]:
    """(a standard normal number, next state)."""
    while True:
        bits, state = advance(state)
        layer = np.int64(bits & np.uint64(255))
        # 54 bits with a sign; the lowest eight are those of the layer.
        x = np.float64(np.int64(bits) >> np.int64(10)) * _UNIT * EDGES[layer]
        if abs(x) < EDGES[layer + 1]:
            return x, state
        taken, beyond, state = _rare(abs(x), layer, state)
        if taken:
            return np.copysign(beyond, x), state


@njit(cache=True, nogil=True)
def fill_normal(state: np.uint64, out: np.ndarray) -> np.uint64:
    """Fill `out` (n,) with standard normal numbers; the state after them."""
    for i in range(out.size):
        out[i], state = normal(state)
    return state


def seeds(rng: np.random.Generator, size: int) -> np.ndarray:
    """(size,) states to start streams from."""
    return rng.integers(0, np.iinfo(np.uint64).max, size, dtype=np.uint64, endpoint=True)
