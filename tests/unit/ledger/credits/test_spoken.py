import re

import pytest

from nonetloss.core.errors import LedgerError
from nonetloss.ledger.credits import spoken
from nonetloss.ledger.credits.events import KINDS
from nonetloss.ledger.credits.operations import first_of
from nonetloss.ledger.credits.vocabulary import AccountKind, Status


def test_every_state_kind_and_operation_has_a_spanish_word():
    told = [spoken.state(s) for s in Status] + [spoken.account_kind(k) for k in AccountKind]
    told += [spoken.action(kind) for kind in KINDS]
    for text in told:
        assert re.fullmatch(rf".+ \({re.escape(text.en)}\)", text.es), text


def test_several_states_follow_their_account():
    text = spoken.states(Status.HELD, Status.BUFFER, before="acca")
    assert text.es == "acca / disponible (Held) / en la reserva (Buffer)"
    assert text.en == "acca / Held / Buffer"


def test_a_message_says_the_state_in_the_language_of_the_reader():
    with pytest.raises(LedgerError) as caught:
        first_of([], 5, account="acca", status=Status.HELD)
    (found,) = caught.value.findings
    assert "acca tiene 0 en estado «disponible (Held)»" in found.render("es")
    assert "acca has 0 in state Held" in found.render("en")
