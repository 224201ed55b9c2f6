"""An immutable double-entry journal of nature, and the balance of the mitigation hierarchy.

Question on the ground
    What was there before, what was avoided, minimized and offset, does it reach no net loss, and
    can anyone show later that nobody touched the books? And what do all projects of a basin lose
    and gain, with each offset counted once?

Public names
    `ledger.journal.append`, `ledger.journal.verify`, `ledger.journal.replay`,
    `ledger.records.Entry`, `ledger.text_form.write_text`, `ledger.text_form.parse_text`,
    `ledger.hierarchy.balance`, `ledger.hierarchy.post_balance`, `ledger.restatement.restate`,
    `ledger.cumulative.accumulate`.

Papers
    BBOP 2012, Standard on Biodiversity Offsets, ISBN 978-1-932928-44-0 (the hierarchy and no net
    loss); Wilson 1927, doi 10.1080/01621459.1927.10502953 (interval of a probability); the journal
    follows the manner of beancount: errors as values, balance assertions inside the ledger.

What it does not do
    It computes no loss and no gain, prices nothing, and never nets one ecosystem against another.
"""
