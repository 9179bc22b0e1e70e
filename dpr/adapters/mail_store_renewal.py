"""A restored store goes on under a new name of its relay: what it holds is numbered and receipted anew.

Rules: a copy does not know which numbers were given after it was made. Given twice, they would be two R1s of one relay that
cannot both be true, and its recipients would say so. So a copy is served only under a name that the relay never had: each
queue's chain begins anew after the last number that the copy knows, every message in custody gets a place and an R1 in it, and
no R1 of the earlier name is shown again. What had ended is still known, and answered with the receipts of then.

Example: `renewed = begin_anew("postgresql://relay@/dpr", stamp=stamp, now=now)`
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.engine import Connection, Engine

from dpr.adapters.ledger_file import WRITES
from dpr.adapters.mail_store_engines import open_engine
from dpr.adapters.mail_store_errors import named_errors
from dpr.adapters.mail_store_tables import HELD, MESSAGES, NEVER, QUEUES, RECEIPTS, STATE
from dpr.adapters.mail_store_work import AnyRow
from dpr.core.errors import StorageError
from dpr.core.frames import embedding, split
from dpr.core.kinds import CREDENTIAL_KIND, read_claims
from dpr.core.mail.receipt import NO_RECEIPT, ReceiptContent, ReceiptType
from dpr.ports import StampReceipt

#: Which relay: the issuer of its credential and its name there.
Name = tuple[str, str]


def begin_anew(path_or_url: Path | str, *, stamp: StampReceipt, now: int) -> int:
    """Makes a copy a store to be served, under the name that `stamp` signs with; how many messages it holds. Nobody else may
    have it open. `now`: instant in seconds.

    StorageError `mail_store_same_name` where that is the name it had, and what SqlMailStore.open names: nothing is changed.
    """
    with named_errors():
        engine = open_engine(path_or_url, now)
        try:
            return renew(engine, stamp, now)
        finally:
            engine.dispose()


def renew(engine: Engine, stamp: StampReceipt, now: int) -> int:
    """See `begin_anew`; the errors are the database's."""
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        connection.execute(select(STATE).with_for_update()).all()
        _require_another_name(connection, stamp, now)
        queues = connection.execute(select(QUEUES).order_by(QUEUES.c.queue).with_for_update()).all()
        renewed = sum(_renew_queue(connection, queue, stamp, now) for queue in queues)
        connection.execute(update(STATE).values(standing="serving"))
    return renewed


def name_of(connection: Connection) -> Name | None:
    """The name that its chains are given under; None where there is no R1 in any."""
    c, q = MESSAGES.c, QUEUES.c
    in_chain = (c.queue == q.queue, c.sequence > q.begins, c.sequence == q.sequence)
    found = connection.execute(select(c.r1).where(*in_chain).limit(1)).first()
    return None if found is None else signer_name(found.r1)


def signer_name(receipt: bytes) -> Name:
    """Who signed a receipt of our own store, by the credential in it."""
    found = embedding(split(receipt).protected)
    if found is None:
        raise StorageError("mail_store_damaged", "a receipt without a credential")
    credential = read_claims(CREDENTIAL_KIND, split(found.credential).payload)
    return credential.issuer, credential.holder.name


def _require_another_name(connection: Connection, stamp: StampReceipt, now: int) -> None:
    c, q = MESSAGES.c, QUEUES.c
    last = connection.execute(select(c.r1).where(c.queue == q.queue, c.sequence == q.sequence)).scalars()
    head = ReceiptContent(type=ReceiptType.H1, queue="key:" + "0" * 32, sequence=0, head=NO_RECEIPT)
    ours = signer_name(stamp(head, now))
    if any(signer_name(one) == ours for one in last):
        raise StorageError("mail_store_same_name", "its R1s would contradict those given after the copy was made")


def _renew_queue(connection: Connection, queue: AnyRow, stamp: StampReceipt, now: int) -> int:
    """The chain begins after what there was; how many messages are in it."""
    c, held = MESSAGES.c, HELD.c
    of_both = (held.queue == c.queue, held.sequence == c.sequence)
    wanted = (c.queue == queue.queue, *of_both)
    messages = connection.execute(select(c.sequence, c.message_id, c.digest).where(*wanted).order_by(c.sequence)).all()
    sequence, head = queue.sequence, queue.head
    moves: list[dict[str, Any]] = []
    for one in messages:
        sequence += 1
        content = ReceiptContent(
            type=ReceiptType.R1,
            queue=queue.queue,
            message_id=one.message_id,
            digest=one.digest,
            sequence=sequence,
            previous=head,
        )
        r1 = stamp(content, now)
        head = hashlib.sha256(r1).digest()
        moves.append({"q": queue.queue, "old": one.sequence, "new": sequence, "signed": r1})
    if moves:
        _move(connection, moves)
    anew = {"begins": queue.sequence, "sequence": sequence, "head": head}
    connection.execute(update(QUEUES).where(QUEUES.c.queue == queue.queue).values(anew))
    return len(moves)


def _move(connection: Connection, moves: list[dict[str, Any]]) -> None:
    """Gives messages their new numbers; leases were the earlier relay's."""
    changes: dict[Any, dict[str, Any]] = {MESSAGES: {"r1": bindparam("signed")}, HELD: {"leased_until": NEVER}, RECEIPTS: {}}
    for table, more in changes.items():
        of_row = (table.c.queue == bindparam("q"), table.c.sequence == bindparam("old"))
        connection.execute(update(table).where(*of_row).values(sequence=bindparam("new"), **more), moves)
