"""What people ask of a front of dam portfolios, each question one function."""

from nonetloss.hydropower.choice import Choice, choose
from nonetloss.hydropower.exchange import Exchange, exchange
from nonetloss.hydropower.membership import Membership, membership
from nonetloss.hydropower.menu import Menu, menu
from nonetloss.hydropower.regret import Regret, regret
from nonetloss.hydropower.robust import Robust, robust
from nonetloss.hydropower.scenarios import Scenario, scenarios_of
from nonetloss.hydropower.sequence import BuildSequence, sequence

__all__ = [
    "BuildSequence",
    "Choice",
    "Exchange",
    "Membership",
    "Menu",
    "Regret",
    "Robust",
    "Scenario",
    "choose",
    "exchange",
    "membership",
    "menu",
    "regret",
    "robust",
    "scenarios_of",
    "sequence",
]
