"""No net loss of nature: avoid, minimize, offset, with every number open to the public.

Start from a question:

- `nonetloss.avoid`: what would a project touch, and which route avoids it?
- `nonetloss.minimize`: which measures reduce what is left, within a budget?
- `nonetloss.offset`: what must be offset, and which parcels do it at least cost?
- `nonetloss.ledger`: does the balance reach no net loss, and how sure is that?
- `nonetloss.study`: run a whole case from a folder of data.

Nothing is imported here, so that `import nonetloss` costs nothing.
"""

__version__ = "0.1.0"
