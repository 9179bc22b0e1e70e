"""What stands in a receipt or bundle, before anybody has verified it: for people who look, and for support.

Rules: nothing here is believed; who signed is who the receipt says it was.

Example: `contents(data)[0].receipt.content.type`
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from dpr.apps.receipt_words import OUTCOMES, TYPES, moment
from dpr.core import cbor, cose, documents
from dpr.core.credential import Credential
from dpr.core.errors import DocumentError
from dpr.core.mail import bundle as bundles
from dpr.core.mail.receipt import RECEIPT_CONTENT, Receipt
from dpr.core.wording import Language

_SIGNED = b"\xd2"


class Written(NamedTuple):
    """A receipt as it is written; `signer`: None where the receipt holds no credential."""

    receipt: Receipt
    signer: Credential | None


def contents(data: bytes) -> list[Written]:
    """Of a receipt, or of a bundle's receipts. DocumentError `receipt_file`, `bundle_malformed`."""
    given = (data,) if data.startswith(_SIGNED) else bundles.read(data).receipts
    try:
        return [_written(one) for one in given]
    except DocumentError as error:
        raise DocumentError("receipt_file", error.code) from None


def _written(data: bytes) -> Written:
    protected, payload, _ = documents.split(data)
    header = cbor.decode(protected)
    if type(header) is not dict or header.get(cose.TYP) != documents.RECEIPT.typ:
        raise DocumentError("receipt_file")
    signer = None
    if cose.KCWT in header:
        credential = cbor.encode_sorted(header[cose.KCWT])
        signer = documents.read_claims(documents.CREDENTIAL_KIND, documents.split(credential)[1])
    return Written(documents.read_claims(documents.RECEIPT, payload), signer)


def in_words(one: Written, language: Language) -> Iterator[str]:
    """The receipt, line by line."""
    place = 0 if language == "sv" else 1
    content = one.receipt.content
    outcome = f": {OUTCOMES[content.outcome][place]}" if content.outcome is not None else ""
    yield f"\N{BLACK SQUARE} {content.type.name}  {moment(one.receipt.issued_at)}  {TYPES[content.type][place]}{outcome}"
    if one.signer is not None:
        yield f"    {('enligt', 'says')[place]}: {one.signer.holder.name} ({one.signer.issuer})"
    for name, value in RECEIPT_CONTENT.to_json(content).items():
        if name not in ("type", "outcome"):
            yield f"    {name}: {', '.join(value) if isinstance(value, list) else value}"


def as_json(one: Written) -> dict[str, Any]:
    """The receipt for a program."""
    signer = one.signer and {"name": one.signer.holder.name, "issuer": one.signer.issuer, "id": one.signer.id}
    return {"issued_at": one.receipt.issued_at, "signer": signer, **RECEIPT_CONTENT.to_json(one.receipt.content)}
