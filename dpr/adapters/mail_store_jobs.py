"""What a relay's store can be asked to change, as values, so that several can go into one transaction.

Rules: a job says everything it needs; instants in seconds. What each gives is in dpr.adapters.mail_store_sql.

Example: `store.run([Acknowledge(queue, digests, (), stamp, now), Submit((submission,), stamp, quota, now)])`
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dpr.core.mail.receipts import Attested
from dpr.ports import Quota, StampReceipt, Submission


class Submit(NamedTuple):
    """Gives a list of `Submitted`, in order."""

    submissions: Sequence[Submission]
    stamp: StampReceipt
    quota: Quota
    now: int


class Lease(NamedTuple):
    """Gives the sealed messages, oldest first. `upto`: the last number that may be given out; at most `most` messages, and
    `most_bytes` of them beyond the first."""

    queue: str
    upto: int
    most: int
    most_bytes: int
    until: int
    now: int


class Acknowledge(NamedTuple):
    """Gives a list of R2s."""

    queue: str
    digests: Sequence[bytes]
    receipts: Sequence[Attested]
    stamp: StampReceipt
    now: int


class Withdraw(NamedTuple):
    """Gives the W1 or W2, or None where there is no such message."""

    sender: bytes
    message_id: bytes
    stamp: StampReceipt
    now: int


class Expire(NamedTuple):
    """Gives how many have ended."""

    stamp: StampReceipt
    now: int
    most: int


class Forget(NamedTuple):
    """Gives how many were removed."""

    before: int
    most: int


Job = Submit | Lease | Acknowledge | Withdraw | Expire | Forget
