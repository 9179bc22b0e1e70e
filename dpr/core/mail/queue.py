"""The name of a queue: whom a message is for, and so whose key may fetch it.

Rules: a queue is named by what the reader's credential says, so that a relay needs no table of users. `gln:` and a pharmacy's
GLN is read by whoever holds a credential for that pharmacy; `key:` and 32 hexadecimal digits, the first 16 bytes of a key's
thumbprint, by that key alone.

Example: `queues_of(credential)` → `("gln:7350000000009", "key:0f3c…")`
"""

from __future__ import annotations

import re

from dpr.core import identifiers
from dpr.core.credential import Credential
from dpr.core.fields import Text

_KEY = re.compile(r"key:[0-9a-f]{32}")


def of_gln(gln: str) -> str:
    """The queue of a pharmacy."""
    return f"gln:{gln}"


def of_key(thumbprint: bytes) -> str:
    """The queue of one key, by its thumbprint (32 bytes)."""
    return f"key:{thumbprint[:16].hex()}"


def fault(queue: str) -> str | None:
    """`mail_queue` for what is no name of a queue."""
    if queue.startswith("gln:"):
        return "mail_queue" if identifiers.gln_fault(queue[4:]) else None
    return None if _KEY.fullmatch(queue) else "mail_queue"


def queues_of(credential: Credential) -> tuple[str, ...]:
    """The queues that the holder of `credential` may read, the one to be found under first."""
    own = of_key(credential.key.thumbprint)
    gln = credential.holder.gln
    return (of_gln(gln), own) if gln is not None else (own,)


#: A queue's name as a field.
QUEUE = Text(40, fault, "gln:7350000000009")
