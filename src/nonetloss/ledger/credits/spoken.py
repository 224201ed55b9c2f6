"""States, kinds of account and operations as messages say them.

The word that tables and commands use stays beside the Spanish one.
"""

from nonetloss.core.language import Text
from nonetloss.ledger.credits.vocabulary import AccountKind, Status

_STATES = {
    Status.HELD: "disponible",
    Status.BUFFER: "en la reserva",
    Status.RETIRED: "retirada",
    Status.CANCELLED: "cancelada",
}
_KINDS = {AccountKind.HOLDER: "titular", AccountKind.BUFFER: "fondo de reserva"}
_ACTIONS = {
    "begin": "apertura del libro",
    "open": "apertura de cuenta",
    "project": "inscripción de proyecto",
    "issue": "emisión",
    "split": "división",
    "transfer": "transferencia",
    "deposit": "depósito en la reserva",
    "release": "liberación de la reserva",
    "retire": "retiro",
    "cancel": "cancelación",
    "reverse": "reversión",
    "cover": "cobertura de una pérdida",
    "adjust": "ajuste correspondiente",
}


def state(status: Status) -> Text:
    """`disponible (Held)`; in English the word of CAD Trust alone."""
    return Text(es=f"{_STATES[status]} ({status})", en=str(status))


def states(*statuses: Status, before: str = "") -> Text:
    """Several states, after what stands before them, apart by slashes."""
    first = [before] if before else []
    said = [state(s) for s in statuses]
    return Text(
        es=" / ".join([*first, *(s.es for s in said)]),
        en=" / ".join([*first, *(s.en for s in said)]),
    )


def account_kind(kind: AccountKind) -> Text:
    """`titular (holder)`; in English the word alone."""
    return Text(es=f"{_KINDS[kind]} ({kind})", en=str(kind))


def action(kind: str) -> Text:
    """`retiro (retire)`; in English, and of what has no Spanish word here, the word alone."""
    return Text(es=f"{_ACTIONS[kind]} ({kind})" if kind in _ACTIONS else kind, en=kind)
