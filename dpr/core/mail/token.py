"""How a node says who it is to a relay (`dpr-token`): a claim signed with its own key, for one relay and a few minutes.

Rules: the node makes it itself, so there is nothing to ask for, to store or to steal at the relay. It names the origin that
the node dialled, so that what one relay was shown is worth nothing at another. It travels in the header
`Authorization: DPR` and base64url, inside TLS; a relay takes it as often as it comes until it ends.

Example: `token_fault(token, origins=("https://relay.example",), now=now, skew_seconds=60)` → None
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

import msgspec

from dpr.core.fields import Field, Fixed, Record, Text, instant

#: How long a token may be good for.
MAX_TOKEN_SECONDS = 300
_ORIGIN = re.compile(r"https?://[a-z0-9.\[\]:-]{1,120}")


def origin_fault(origin: str) -> str | None:
    """`mail_origin` for what is no origin: scheme, host in lower case, and port where it is not the scheme's own."""
    return None if _ORIGIN.fullmatch(origin) else "mail_origin"


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token's claims. `audience`: the relay's origin as it was dialled; `id`: 16 random bytes; instants in seconds."""

    audience: str
    valid_until: int
    issued_at: int
    id: bytes


def token_faults(value: Token) -> Iterable[str]:
    """Codes of what spans fields."""
    if not 0 < value.valid_until - value.issued_at <= MAX_TOKEN_SECONDS:
        yield "mail_times"


def token_fault(token: Token, *, origins: Collection[str], now: int, skew_seconds: int) -> str | None:
    """The code of why a relay with these `origins` does not take `token` at the instant `now`, or None.

    `token_audience`: made for another relay; `token_early`: issued later than now, beyond the skew; `token_expired`.
    """
    if token.audience not in origins:
        return "token_audience"
    if token.issued_at > now + skew_seconds:
        return "token_early"
    return "token_expired" if token.valid_until + skew_seconds <= now else None


#: The claims of a `dpr-token`.
TOKEN = Record(
    Token,
    Field(3, "audience", Text(130, origin_fault, "https://relay.example"), "the relay's origin as it was dialled"),
    Field(4, "valid_until", instant),
    Field(6, "issued_at", instant),
    Field(7, "id", Fixed(16), "random"),
)
