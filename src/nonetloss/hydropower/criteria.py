"""Criteria of dam portfolios: which there are, their numbers, and what portfolios are worth."""

from nonetloss.hydropower.compiling import compile_criteria
from nonetloss.hydropower.criterion import Criterion, available, resolved
from nonetloss.hydropower.declared import declared
from nonetloss.hydropower.evaluation import evaluate

__all__ = ["Criterion", "available", "compile_criteria", "declared", "evaluate", "resolved"]
