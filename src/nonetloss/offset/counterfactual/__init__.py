"""What would happen anyway, and what an offset adds to it, year by year.

Question on the ground
    This forest would be half lost in thirty years if nobody protected it; that pasture takes
    twenty years to become forest again. What does each really add, beyond what would happen
    anyway, when does it come, how sure is it, and how much of the averted loss only moves next
    door?

Public names
    `counterfactual` (to `offset.gains.Gains`); `Curve`, `along`, `decline`; `PlannedChange`;
    `credited`, `GAINS`, `IMPACTS`; `bank`, `released`, `settle`, `Deposit`, `Withdrawal`, `Bank`.

Papers
    Maron et al. 2018, doi 10.1038/s41893-017-0007-7; Maron et al. 2015, doi
    10.1016/j.biocon.2015.05.017 (baselines of decline); Moilanen & Laitila 2016, doi
    10.1111/1365-2664.12565 (leakage); Laitila et al. 2014, doi 10.1111/2041-210X.12287; the
    program OffsetSim, isaacpeterson/offset_simulator (vocabulary, logistic condition).

What it does not do
    It forecasts no deforestation: rates and curves are given, with their source. It does not make
    a baseline honest: where a declared decline is exaggerated, so is the gain (Maron et al. 2015).
"""

from nonetloss.offset.counterfactual.banking import Bank as Bank
from nonetloss.offset.counterfactual.banking import Deposit as Deposit
from nonetloss.offset.counterfactual.banking import Withdrawal as Withdrawal
from nonetloss.offset.counterfactual.banking import settle as settle
from nonetloss.offset.counterfactual.curves import Curve as Curve
from nonetloss.offset.counterfactual.curves import along as along
from nonetloss.offset.counterfactual.curves import decline as decline
from nonetloss.offset.counterfactual.gain import counterfactual as counterfactual
from nonetloss.offset.counterfactual.planned import PlannedChange as PlannedChange
from nonetloss.offset.counterfactual.release import bank as bank
from nonetloss.offset.counterfactual.release import released as released
from nonetloss.offset.counterfactual.vocabulary import GAINS as GAINS
from nonetloss.offset.counterfactual.vocabulary import IMPACTS as IMPACTS
from nonetloss.offset.counterfactual.vocabulary import credited as credited
