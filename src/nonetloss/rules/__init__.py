"""The contract a country fulfils: dated, cited parameters and the role of each kind of layer.

Question on the ground
    Which rule holds on the day of the decision, where is it written, and has anyone checked it?

Public names
    `rules.ruleset`, `rules.names`, `rules.model.Ruleset`, `rules.model.RulesInForce`,
    `rules.model.RuleParameter`, `rules.model.LayerRule`, `rules.testing.run_tests`.

Papers
    None: the sources stand in the rule sets themselves (`rulesets/<name>/instruments.yaml`).

What it does not do
    It knows no country, gives no legal advice, and never turns a value that nobody confirmed into
    a confirmed one.
"""

from nonetloss.rules.dated import Instrument, Status, status_label
from nonetloss.rules.model import LayerRule, RuleParameter, Ruleset, RulesInForce
from nonetloss.rules.reading import names, ruleset, ruleset_from

__all__ = [
    "Instrument",
    "LayerRule",
    "RuleParameter",
    "RulesInForce",
    "Ruleset",
    "Status",
    "names",
    "ruleset",
    "ruleset_from",
    "status_label",
]
