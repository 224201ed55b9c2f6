"""Did the offset gain what was promised, and what follows if it did not?

Question on the ground
    Years after the plan: what stands at each site beyond what would stand there anyway, is it what
    was promised for this year, will it get where it must, what can be done, and which loss is open
    again?

Public names
    `offset.monitoring.monitor`, `offset.monitoring.Monitoring`,
    `offset.monitoring.post_gains`, `offset.monitoring.outlook.pace`.

Papers
    Gardner et al. 2013, doi 10.1111/cobi.12118; Maron et al. 2012,
    doi 10.1016/j.biocon.2012.06.003; Gelman et al. 2013, ISBN 978-1-4398-4095-5.

What it does not do
    It measures nothing in the field, corrects no plan by itself and counts nothing that nobody saw.
"""

from nonetloss.offset.monitoring.books import post_gains
from nonetloss.offset.monitoring.following import monitor
from nonetloss.offset.monitoring.results import Monitoring

__all__ = ["Monitoring", "monitor", "post_gains"]
