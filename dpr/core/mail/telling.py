"""What a node's sending and receiving tell whoever runs them, as it happens: for a log, a status page, a person who waits.

Rules: ids and codes only. Nothing is decided by it.

Example: `Told("custody", message_id, "https://relay.example", "R1")`
"""

from __future__ import annotations

from typing import NamedTuple


class Told(NamedTuple):
    """One thing that happened. `message_id`: 16 bytes, or empty; `origin`: of the relay, or empty.

    `what`: of messages sent: `custody`, `receipt` (`code`: its type, such as `R4`), `ended` (`code`: its state); of messages
    that came: `verified` (the verdict comes later), `accepted`, `rejected`, `quarantined`, `deferred` (`code`: why), `again`;
    of either: `contact` (a relay answered), `failed`, `alarm` (`code`: of docs/codes.md).
    """

    what: str
    message_id: bytes
    origin: str
    code: str
