"""The key that messages to a node are sealed to (`dpr-mail-key`): published by the node itself, signed with its own key.

Rules: it is another key than the one that signs (what decrypts need not sign, what signs need not decrypt). Whoever makes the
address book can leave it out, but cannot put another in its place. The first key that a sender understands is the one to use;
a node keeps an old private key for as long as messages sealed to it may lie at a relay.

Example: `mail_key.content.keys[0].id`
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from enum import IntEnum

import msgspec

from dpr.core.fields import Enumeration, Field, Fixed, Record, Understood, instant
from dpr.core.mail.queue import QUEUE
from dpr.core.trust_list import Environment


class Kem(IntEnum):
    """How a message's key is made: HPKE's KEM (RFC 9180)."""

    MLKEM768_X25519 = 0


#: ML-KEM-768's encapsulation key, then X25519's public key.
PUBLIC_BYTES = {Kem.MLKEM768_X25519: 1184 + 32}


class SealingKey(msgspec.Struct, frozen=True, kw_only=True):
    """One public key, as its KEM writes it."""

    kem: Kem
    public: bytes

    @property
    def id(self) -> bytes:
        """8 bytes: what a sealed message names the key by."""
        return hashlib.sha256(self.public).digest()[:8]


class MailKeyContent(msgspec.Struct, frozen=True, kw_only=True):
    """The map under claim -65537. `queue`: the one that messages sealed to these keys go to."""

    queue: str
    environment: Environment
    keys: tuple[SealingKey, ...]


class MailKey(msgspec.Struct, frozen=True, kw_only=True):
    """A mail key's claims; instants in seconds, the end exclusive."""

    valid_until: int
    issued_at: int
    content: MailKeyContent


def mail_key_faults(value: MailKey) -> Iterable[str]:
    """Codes of what spans fields."""
    if value.valid_until <= value.issued_at:
        yield "mail_times"
    for key in value.content.keys:
        if len(key.public) != PUBLIC_BYTES[key.kem]:
            yield "mail_key_malformed"


SEALING_KEY = Record(
    SealingKey,
    Field(0, "kem", Enumeration(Kem, later=True), "with it the whole suite"),
    Field(1, "public", Fixed()),
    extensible=True,
)
MAIL_KEY_CONTENT = Record(
    MailKeyContent,
    Field(0, "queue", QUEUE),
    Field(1, "environment", Enumeration(Environment)),
    Field(2, "keys", Understood(SEALING_KEY, 1, 4, at_least_one=True), "the first that is understood is the one to use"),
    extensible=True,
)
#: The claims of a `dpr-mail-key`.
MAIL_KEY = Record(
    MailKey,
    Field(4, "valid_until", instant, "the end, exclusive"),
    Field(6, "issued_at", instant),
    Field(-65537, "content", MAIL_KEY_CONTENT),
)
