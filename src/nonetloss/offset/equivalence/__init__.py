"""Which gain may stand for which loss, and how much of it is owed.

Question on the ground
    A palm swamp is lost here and a forest can be protected there. May one stand for the other?
    How far away, in which basin? How many hectares for one, because the gain comes late, may fail
    or reaches other people? And what can nothing stand for?

Public names
    `TradingRules`, `Multipliers`, `accepted`, `allowed_pairs`, `multiplier`, `refusals`,
    `read_rules`, `equivalence`, `Equivalence`; `time_multiplier`, `risk_multiplier`,
    `robust_multiplier`, `distance_multiplier`.

Papers
    BBOP 2012, ISBN 978-1-932928-44-0; Pilgrim et al. 2013, doi 10.1111/conl.12002; Moilanen et
    al. 2009, doi 10.1111/j.1526-100X.2008.00382.x; Laitila et al. 2014, doi
    10.1111/2041-210X.12287.

What it does not do
    It knows no country: the trading rules of a law live in its rule set. It makes nothing
    offsettable that the study says is not, whatever the multiplier.
"""

from nonetloss.offset.equivalence.method import Equivalence as Equivalence
from nonetloss.offset.equivalence.method import equivalence as equivalence
from nonetloss.offset.equivalence.multipliers import Multipliers as Multipliers
from nonetloss.offset.equivalence.multipliers import distance_multiplier as distance_multiplier
from nonetloss.offset.equivalence.multipliers import risk_multiplier as risk_multiplier
from nonetloss.offset.equivalence.multipliers import robust_multiplier as robust_multiplier
from nonetloss.offset.equivalence.multipliers import time_multiplier as time_multiplier
from nonetloss.offset.equivalence.reading import read_rules as read_rules
from nonetloss.offset.equivalence.trades import TradingRules as TradingRules
from nonetloss.offset.equivalence.trades import accepted as accepted
from nonetloss.offset.equivalence.trades import allowed_pairs as allowed_pairs
from nonetloss.offset.equivalence.trades import multiplier as multiplier
from nonetloss.offset.equivalence.trades import named_ecosystems as named_ecosystems
from nonetloss.offset.equivalence.trades import refusals as refusals
