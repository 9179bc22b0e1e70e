"""What dpr says of what travels between nodes: messages, seals, mail keys, tokens, receipts and what follows from them.

Rules: as dpr.apps.conformance.judges; what a reader knows besides its site stands in the request's `given`.

Example: `JUDGES["sealed"]({"layer": "sealed", "input": "d083…"})`
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from dpr.adapters.opening_keys import OpeningKey, OpeningKeys
from dpr.apps.conformance.asked import ACCEPTED, Judged, Request, data, document, root, trust
from dpr.core import documents
from dpr.core.errors import DocumentError
from dpr.core.fields import Record
from dpr.core.mail import api, carriage, chain, receipts, sealing
from dpr.core.mail.chain import Place
from dpr.core.mail.receipts import Attested
from dpr.core.mail.recipient import open_mail_key
from dpr.core.mail.token import token_fault

_BODIES: dict[str, Record[Any]] = {"inbox_answer": api.INBOX_ANSWER, "acks": api.ACKS, "receipts": api.RECEIPTS}


def _given(request: Request) -> Mapping[str, Any]:
    return dict(request.get("given", {}))


def _sealed(request: Request) -> Judged:
    parts = sealing.read(data(request))
    return Judged(ACCEPTED, {"claims": sealing.OUTER.to_json(parts.outer), "key_id": parts.key_id.hex()})


def _opened(request: Request) -> Judged:
    """Read, opened, and judged as a message that says what its outer header says."""
    parts = sealing.read(data(request))
    private = bytes.fromhex(_given(request)["opening_key"])
    mlkem, x25519 = MLKEM768PrivateKey.from_seed_bytes(private[:64]), X25519PrivateKey.from_private_bytes(private[64:])
    inside = OpeningKeys([OpeningKey.of(mlkem, x25519, None)]).open(parts)
    value = documents.open(inside, trust(request), expected_kind=documents.MESSAGE).value
    sealing.require_same(parts.outer, value)
    return Judged(ACCEPTED, {"claims": documents.MESSAGE.claims.to_json(value)})


def _mail_key(request: Request) -> Judged:
    value = documents.open(data(request), trust(request), expected_kind=documents.MAIL_KEY).value
    open_mail_key(data(request), trust(request), queue=_given(request).get("queue", value.content.queue))
    return Judged(ACCEPTED, {"claims": documents.MAIL_KEY.claims.to_json(value)})


def _token(request: Request) -> Judged:
    value = documents.open(data(request), trust(request), expected_kind=documents.TOKEN).value
    now = int(datetime.fromisoformat(request["now"]).timestamp())
    given = _given(request)
    code = token_fault(value, origins=(given["origin"],), now=now, skew_seconds=given["skew_seconds"])
    if code:
        raise DocumentError(code)
    return Judged(ACCEPTED, {"claims": documents.TOKEN.claims.to_json(value)})


def _read(request: Request, receipt: bytes) -> Attested:
    """A receipt under everything that the request says it is of."""
    given = _given(request)
    expected = {name: bytes.fromhex(given[key]) for name, key in _EXPECTED.items() if key in given}
    return receipts.read(receipt, trust(request), expected_queue=given.get("queue"), **expected)


_EXPECTED = {"expected_id": "message_id", "expected_digest": "digest"}


def _receipt(request: Request) -> Judged:
    _read(request, data(request))
    value = documents.open(data(request), trust(request), expected_kind=documents.RECEIPT).value
    return Judged(ACCEPTED, {"claims": documents.RECEIPT.claims.to_json(value)})


def _address_book(request: Request) -> Judged:
    held = root(request["trust"])
    if held is None:
        raise ValueError("an address book is judged with a root")
    value = documents.open_address_book(data(request), held)
    return Judged(ACCEPTED, {"claims": documents.ADDRESS_BOOK.claims.to_json(value)})


def _body(request: Request) -> Judged:
    record = _BODIES[_given(request)["body"]]
    return Judged(ACCEPTED, {"claims": record.to_json(api.read(record, data(request)))})


def _chain(request: Request) -> Judged:
    """R1s, and the H1 that came with them, to a reader at a place or without one."""
    given = _given(request)
    shown = [_read(request, bytes.fromhex(one)) for one in request["input"]]
    head = _read(request, bytes.fromhex(given["head"]))
    held = given["place"]
    place = chain.begin(shown, head) if held is None else Place(held["sequence"], bytes.fromhex(held["head"]))
    place = chain.extend(place, shown)
    beyond = chain.check_head(place, head)
    return Judged(ACCEPTED, {"place": {"sequence": place.sequence, "head": place.head.hex()}, "beyond": beyond})


def _carriage(request: Request) -> Judged:
    """All receipts of one message, to its sender."""
    held = [_read(request, bytes.fromhex(one)) for one in request["input"]]
    now, given = int(datetime.fromisoformat(request["now"]).timestamp()), _given(request)
    state, receipt = carriage.standing(held, not_after=given["not_after"], now=now, recalled=given["recalled"])
    return Judged(ACCEPTED, {"state": state.value, "receipt": receipt and receipt.digest.hex()})


JUDGES: dict[str, Callable[[Request], Judged]] = {
    "message": document(documents.MESSAGE),
    "sealed": _sealed,
    "opened": _opened,
    "mail_key": _mail_key,
    "token": _token,
    "receipt": _receipt,
    "address_book": _address_book,
    "body": _body,
    "chain": _chain,
    "carriage": _carriage,
}
#: As dpr.apps.conformance.judges.STATED.
STATED: dict[str, frozenset[str]] = {
    **dict.fromkeys(JUDGES, frozenset({"claims"})),
    "sealed": frozenset({"claims", "key_id"}),
    "chain": frozenset({"place", "beyond"}),
    "carriage": frozenset({"state", "receipt"}),
}
