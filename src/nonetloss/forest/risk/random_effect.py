"""Logistic regression on counts, with smooth effects of drivers and of neighborhoods.

Mathematical formulation
    lost_i ~ Binomial(pixels_i, θ_i), logit θ_i = α + Σ_d e_d[b_id] + ρ[c_i]. Effects are found by
    maximizing the log-likelihood minus λ/2 Σ_d Σ_b (e_d[b+1] - e_d[b])² minus
    τ/2 Σ_{c~c'} (ρ[c] - ρ[c'])²: a random walk over the bins of each driver and an intrinsic
    autoregression over the lattice of neighborhoods, both as Gaussian priors with precisions λ
    and τ. A very small ridge makes the optimum unique. Newton steps with a sparse factorization.

In words
    Neighboring bins and neighboring places may differ, but have to pay for it. Where data are few
    a place follows its neighbors.

Papers: Besag, York & Mollié 1991, doi 10.1007/BF00116466 (intrinsic autoregression); Vieilledent
2021, doi 10.21105/joss.02975 (for deforestation, by sampling); Liang & Zeger 1986,
doi 10.1093/biomet/73.1.13 (clustered errors).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numba import njit
from scipy import sparse
from scipy.sparse.linalg import SuperLU, splu
from scipy.special import expit

from nonetloss.core.errors import InputError

# Precision that ties each effect to zero, so small that only the constant part notices.
_RIDGE_BINS: Final = 1e-4
_RIDGE_CELLS: Final = 1e-6
_MOST_STEPS: Final = 60
_SETTLED: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Counts:
    """Forest pixels with equal bins in one neighborhood, counted together.

    `bins` (n, drivers) from 0, `cell` (n,) row · columns + column on the lattice, `pixels` and
    `lost` (n,) with 0 <= lost <= pixels.
    """

    bins: np.ndarray
    cell: np.ndarray
    pixels: np.ndarray
    lost: np.ndarray

    def __len__(self) -> int:
        return len(self.cell)

    def where(self, chosen: np.ndarray) -> "Counts":
        """The rows that a bool array chooses."""
        return Counts(self.bins[chosen], self.cell[chosen], self.pixels[chosen], self.lost[chosen])

    def of_drivers(self, columns: Sequence[int]) -> "Counts":
        """The same pixels, told by some of the drivers; equal rows are added up."""
        bins = self.bins[:, list(columns)]
        keys = self.cell.astype(np.int64)
        for column in bins.T:
            keys = keys * (int(column.max(initial=0)) + 1) + column
        _, first, at = np.unique(keys, return_index=True, return_inverse=True)
        pixels = np.bincount(at, weights=self.pixels)
        lost = np.bincount(at, weights=self.lost)
        return Counts(bins[first], self.cell[first], pixels, lost)


@dataclass(frozen=True, slots=True)
class Precisions:
    """How stiff effects are: λ of the steps between bins, τ of those between neighborhoods."""

    bins: float
    cells: float


@dataclass(frozen=True, slots=True)
class Effects:
    """What was found, on the logit scale: α, one array per driver, ρ (rows, columns)."""

    intercept: float
    drivers: tuple[np.ndarray, ...]
    cells: np.ndarray

    def logit(self, bins: np.ndarray, cell: np.ndarray) -> np.ndarray:
        """Logit of the chance of being lost; `bins` (…, drivers), `cell` (…) on the lattice."""
        total = self.intercept + self.cells.ravel()[cell]
        for d, effect in enumerate(self.drivers):
            total = total + effect[bins[..., d]]
        return np.asarray(total)


@dataclass(frozen=True, slots=True)
class Fit:
    """Effects, and the penalized problem at its optimum."""

    effects: Effects
    problem: "Problem"
    values: np.ndarray

    def covariance_of(self, driver: int) -> np.ndarray:
        """(bins, bins): how sure the effects of one driver are, errors clustered by neighborhood.

        H⁻¹ (Σ_c s_c s_cᵀ) H⁻¹ with s_c the score of neighborhood c: pixels of one neighborhood
        may be lost together. The shrinkage of the priors is not counted as an error.
        """
        problem = self.problem
        sizes = [0, *np.cumsum(problem.sizes)]
        wanted = 1 + sizes[driver] + np.arange(problem.sizes[driver])
        unit = np.zeros((len(self.values), len(wanted)))
        unit[wanted, np.arange(len(wanted))] = 1.0
        spread = problem.factor(self.values).solve(unit)
        residual = problem.counts.lost - problem.counts.pixels * expit(problem.design @ self.values)
        count = problem.lattice[0] * problem.lattice[1]
        by_cell = sparse.csr_matrix(
            (residual, (problem.counts.cell, np.arange(len(residual)))),
            shape=(count, len(residual)),
        )
        scores = by_cell @ (problem.design @ spread)
        return np.asarray(scores.T @ scores)


@dataclass(frozen=True, slots=True)
class Problem:
    """Counts, design and penalty of one fit."""

    counts: Counts
    sizes: tuple[int, ...]
    lattice: tuple[int, int]
    design: sparse.csr_matrix
    penalty: sparse.csc_matrix

    def objective(self, values: np.ndarray) -> float:
        """Penalized log-likelihood, without the terms that do not depend on the effects."""
        fit = _log_likelihood(self._columns, values, self.counts.pixels, self.counts.lost)
        return float(fit - 0.5 * values @ (self.penalty @ values))

    @property
    def _columns(self) -> np.ndarray:
        """Columns of the design that are one in each row: intercept, bins, neighborhood."""
        return np.asarray(self.design.indices.reshape(len(self.counts), -1))

    def gradient(self, values: np.ndarray) -> np.ndarray:
        """Of the objective."""
        mean = self.counts.pixels * expit(self.design @ values)
        return np.asarray(self.design.T @ (self.counts.lost - mean) - self.penalty @ values)

    def factor(self, values: np.ndarray) -> SuperLU:
        """Factorized negative Hessian of the objective."""
        chance = expit(self.design @ values)
        weight = self.counts.pixels * chance * (1 - chance)
        return splu(
            (self._information(weight) + self.penalty).tocsc(),
            permc_spec="MMD_AT_PLUS_A",
            diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )

    def _information(self, weight: np.ndarray) -> sparse.csc_matrix:
        """Design' · weights · design: each row is in one column of every driver and one cell."""
        few = 1 + sum(self.sizes)
        shared = np.zeros((few, few))
        border = np.zeros((self.lattice[0] * self.lattice[1], few))
        own = np.zeros(len(border))
        _add_products(self._columns, weight, shared, border, own)
        lower = sparse.csr_matrix(border)
        # Only the part on and above the diagonal was added up.
        whole = shared + np.triu(shared, 1).T
        return sparse.bmat([[whole, lower.T], [lower, sparse.diags(own)]], format="csc")


def problem_of(
    counts: Counts,
    *,
    sizes: Sequence[int],
    lattice: tuple[int, int],
    precisions: Precisions,
) -> Problem:
    """The penalized problem of counts whose drivers have `sizes` bins.

    Raises
    ------
    InputError
        `model.nothing-lost` if no pixel was lost, or all were.
    """
    lost, pixels = float(counts.lost.sum()), float(counts.pixels.sum())
    if not 0 < lost < pixels:
        raise InputError.because(
            "model.nothing-lost", "cover", lost=round(lost), pixels=round(pixels)
        )
    offsets = 1 + np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    columns = [np.zeros(len(counts), dtype=np.int64)]
    columns += [offsets[d] + counts.bins[:, d] for d in range(len(sizes))]
    columns.append(offsets[-1] + counts.cell)
    width = int(offsets[-1]) + lattice[0] * lattice[1]
    index = np.stack(columns, axis=1).ravel()
    pointer = np.arange(len(counts) + 1) * len(columns)
    design = sparse.csr_matrix((np.ones(len(index)), index, pointer), shape=(len(counts), width))
    blocks = [sparse.csc_matrix((1, 1))]
    for size in sizes:
        walk = precisions.bins * _walk(size) + _RIDGE_BINS * sparse.eye_array(size)
        blocks.append(sparse.csc_matrix(walk))
    rows, across = lattice
    field = sparse.kron(sparse.eye_array(rows), _walk(across))
    field = field + sparse.kron(_walk(rows), sparse.eye_array(across))
    field = precisions.cells * field + _RIDGE_CELLS * sparse.eye_array(rows * across)
    blocks.append(sparse.csc_matrix(field))
    penalty = sparse.block_diag(blocks, format="csc")
    return Problem(counts, tuple(sizes), lattice, design, penalty)


def fit_effects(problem: Problem, *, start: np.ndarray | None = None) -> Fit:
    """The effects that maximize the penalized likelihood; the same for the same counts.

    Parameters
    ----------
    problem : Problem
    start : (columns of the design,), optional
        Where the search begins; the optimum does not depend on it.

    Raises
    ------
    InputError
        `model.unsettled` if 60 Newton steps do not settle.
    """
    if start is None:
        values = np.zeros(problem.design.shape[1])
        share = problem.counts.lost.sum() / problem.counts.pixels.sum()
        values[0] = np.log(share / (1 - share))
    else:
        values = start.copy()
    now = problem.objective(values)
    for _ in range(_MOST_STEPS):
        gradient = problem.gradient(values)
        step = problem.factor(values).solve(gradient)
        # Half the square of the Newton decrement is what the step can still gain.
        gain = float(gradient @ step)
        if gain <= _SETTLED * (1 + abs(now)):
            # So near to the optimum rounding hides whether the step gains anything.
            values = values + step
            return Fit(_unpacked(problem, values), problem, values)
        length, moved = 1.0, problem.objective(values + step)
        while moved < now and length > 1e-6:
            length /= 2
            moved = problem.objective(values + length * step)
        if moved >= now:
            values, now = values + length * step, moved
    raise InputError.because("model.unsettled", "effects", steps=_MOST_STEPS)


def _unpacked(problem: Problem, values: np.ndarray) -> Effects:
    bounds = 1 + np.concatenate([[0], np.cumsum(problem.sizes)]).astype(np.int64)
    drivers = tuple(values[low:high] for low, high in pairwise(bounds))
    return Effects(float(values[0]), drivers, values[bounds[-1] :].reshape(problem.lattice))


def _walk(size: int) -> sparse.csr_array:
    """Structure matrix of squared steps between neighbors in a row."""
    step = sparse.diags_array([-1.0, 1.0], offsets=[0, 1], shape=(max(size - 1, 0), size))
    return sparse.csr_array(step.T @ step)


@njit(cache=True, nogil=True)
def _log_likelihood(
    columns: np.ndarray, values: np.ndarray, pixels: np.ndarray, lost: np.ndarray
) -> float:
    total = 0.0
    for i in range(columns.shape[0]):
        eta = 0.0
        for a in range(columns.shape[1]):
            eta += values[columns[i, a]]
        # log(1 + exp(eta)) without overflow.
        total += lost[i] * eta - pixels[i] * (max(eta, 0.0) + np.log1p(np.exp(-abs(eta))))
    return total


@njit(cache=True, nogil=True)
def _add_products(
    columns: np.ndarray,
    weight: np.ndarray,
    shared: np.ndarray,
    border: np.ndarray,
    own: np.ndarray,
) -> None:
    """Weights of rows added to every pair of their columns; the last column is a cell."""
    few = shared.shape[0]
    for i in range(columns.shape[0]):
        last = columns.shape[1] - 1
        cell = columns[i, last] - few
        own[cell] += weight[i]
        for a in range(last):
            border[cell, columns[i, a]] += weight[i]
            for b in range(a, last):
                shared[columns[i, a], columns[i, b]] += weight[i]


def deviance(counts: Counts, effects: Effects) -> float:
    """-2 log-likelihood of counts under effects, pixel by pixel (without combinatorial terms)."""
    eta = effects.logit(counts.bins, counts.cell)
    return float(2 * (counts.pixels @ np.logaddexp(0.0, eta) - counts.lost @ eta))
