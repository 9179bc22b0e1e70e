"""The kinds of documents: one entry each in `KINDS`, and nothing about a kind anywhere else.

Rules: a kind is its `typ`, its COSE tag, the table of its claims, who signs it, and the faults that span fields. A kind
signed by a credential's holder names the roles that may; one signed by an issuer or the authority names none.

Example: `KINDS["dpr-prescription"].claims.from_cbor(claims)`
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from dpr.core import cbor, cose
from dpr.core.credential import CREDENTIAL, Credential, Role, holder_faults
from dpr.core.dispensing import DISPENSING_RECORD, DispensingRecord
from dpr.core.errors import DocumentError
from dpr.core.fields import Record
from dpr.core.mail.address_book import ADDRESS_BOOK as ADDRESS_BOOK_CLAIMS
from dpr.core.mail.address_book import AddressBook, address_book_faults
from dpr.core.mail.mail_key import MAIL_KEY as MAIL_KEY_CLAIMS
from dpr.core.mail.mail_key import MailKey, mail_key_faults
from dpr.core.mail.message import MESSAGE as MESSAGE_CLAIMS
from dpr.core.mail.message import Message, message_faults
from dpr.core.mail.receipt import RECEIPT as RECEIPT_CLAIMS
from dpr.core.mail.receipt import Receipt, receipt_faults
from dpr.core.mail.token import TOKEN as TOKEN_CLAIMS
from dpr.core.mail.token import Token, token_faults
from dpr.core.prescription import PRESCRIPTION as PRESCRIPTION_CLAIMS
from dpr.core.prescription import Prescription
from dpr.core.revocation import REVOCATIONS, Revocations, revocation_faults
from dpr.core.root import ROOT as ROOT_CLAIMS
from dpr.core.root import Root, root_faults
from dpr.core.snapshot import SNAPSHOT as SNAPSHOT_CLAIMS
from dpr.core.snapshot import Snapshot, snapshot_faults
from dpr.core.status import STATUS_LIST as STATUS_LIST_CLAIMS
from dpr.core.status import StatusList
from dpr.core.trust_list import PROFESSIONS_OF_ROLE, TrustList
from dpr.core.trust_list import TRUST_LIST as TRUST_LIST_CLAIMS

V = TypeVar("V", bound=msgspec.Struct)


class ClaimsError(DocumentError):
    """The signature verified, but what was signed is not well formed. `detail` is the path of the field."""


class Kind(NamedTuple, Generic[V]):
    """One kind of document: its `typ`, COSE tag, claims table, who signs it and, where a holder does, when that was.
    `is_list`: of issuers, of entries or of lists, as large as there are many, and signed by those whom everybody trusts
    anyway."""

    typ: str
    tag: int
    claims: Record[V]
    signers: frozenset[Role]
    faults: Callable[[V], Iterable[str]]
    signed_at: Callable[[V], int] | None = None
    is_list: bool = False


def _credential_faults(value: Credential) -> Iterable[str]:
    if value.valid_until <= value.valid_from:
        yield "credential_times"
    yield from holder_faults(value.holder)


def _trust_list_faults(value: TrustList) -> Iterable[str]:
    content = value.content
    if content.next_update <= value.issued_at:
        yield "trust_list_times"
    if len({issuer.id for issuer in content.issuers}) != len(content.issuers):
        yield "trust_list_issuer_twice"
    keys = [key for issuer in content.issuers for key in issuer.keys]
    if len(set(keys)) != len(keys):
        yield "trust_list_key_twice"
    for issuer in content.issuers:
        if not set(issuer.professions) <= PROFESSIONS_OF_ROLE[issuer.role] or issuer.valid_until <= issuer.valid_from:
            yield "trust_list_scope"


def _dispensing_faults(value: DispensingRecord) -> Iterable[str]:
    if value.content.number > value.content.of:
        yield "dispensing_number"
    if value.content.npl_pack_id is not None and value.content.varunummer is not None:
        yield "dispensing_product"


def _none(_value: object) -> Iterable[str]:
    return ()


_ISSUER: frozenset[Role] = frozenset()

CREDENTIAL_KIND: Kind[Credential] = Kind("dpr-credential", cose.SIGN1_TAG, CREDENTIAL, _ISSUER, _credential_faults)
STATUS_LIST: Kind[StatusList] = Kind(
    "application/statuslist+cwt", cose.SIGN1_TAG, STATUS_LIST_CLAIMS, _ISSUER, _none, is_list=True
)
PRESCRIPTION: Kind[Prescription] = Kind(
    "dpr-prescription",
    cose.SIGN1_TAG,
    PRESCRIPTION_CLAIMS,
    frozenset((Role.PRESCRIBER,)),
    _none,
    lambda value: value.authored_at,
)
DISPENSING: Kind[DispensingRecord] = Kind(
    "dpr-dispensing",
    cose.SIGN1_TAG,
    DISPENSING_RECORD,
    frozenset((Role.PHARMACY,)),
    _dispensing_faults,
    lambda value: value.recorded_at,
)
TRUST_LIST: Kind[TrustList] = Kind(
    "dpr-trust-list", cose.SIGN_TAG, TRUST_LIST_CLAIMS, _ISSUER, _trust_list_faults, is_list=True
)
REVOCATION: Kind[Revocations] = Kind("dpr-revocation", cose.SIGN1_TAG, REVOCATIONS, _ISSUER, revocation_faults, is_list=True)
ROOT: Kind[Root] = Kind("dpr-root", cose.SIGN_TAG, ROOT_CLAIMS, _ISSUER, root_faults)
SNAPSHOT: Kind[Snapshot] = Kind("dpr-snapshot", cose.SIGN_TAG, SNAPSHOT_CLAIMS, _ISSUER, snapshot_faults, is_list=True)

#: Who sends and receives messages: a pharmacy, or another organisation's node.
NODES = frozenset((Role.PHARMACY, Role.NODE))
MESSAGE: Kind[Message] = Kind("dpr-message", cose.SIGN1_TAG, MESSAGE_CLAIMS, NODES, message_faults, lambda value: value.created)
RECEIPT: Kind[Receipt] = Kind(
    "dpr-receipt", cose.SIGN1_TAG, RECEIPT_CLAIMS, NODES | {Role.RELAY}, receipt_faults, lambda value: value.issued_at
)
MAIL_KEY: Kind[MailKey] = Kind(
    "dpr-mail-key", cose.SIGN1_TAG, MAIL_KEY_CLAIMS, NODES, mail_key_faults, lambda value: value.issued_at
)
TOKEN: Kind[Token] = Kind("dpr-token", cose.SIGN1_TAG, TOKEN_CLAIMS, NODES, token_faults, lambda value: value.issued_at)
ADDRESS_BOOK: Kind[AddressBook] = Kind(
    "dpr-address-book", cose.SIGN_TAG, ADDRESS_BOOK_CLAIMS, _ISSUER, address_book_faults, is_list=True
)

#: Every kind there is. A kind signed by a credential's holder names the roles; one signed by an issuer or the authority, none.
KINDS: dict[str, Kind[Any]] = {
    kind.typ: kind
    for kind in (
        *(CREDENTIAL_KIND, STATUS_LIST, REVOCATION, PRESCRIPTION, DISPENSING, ROOT, TRUST_LIST, SNAPSHOT),
        *(MESSAGE, RECEIPT, MAIL_KEY, TOKEN, ADDRESS_BOOK),
    )
}


def read_claims(kind: Kind[V], payload: bytes) -> V:
    """The claims in a payload whose signature somebody has verified. ClaimsError where they are not well formed."""
    try:
        value = kind.claims.from_cbor(cbor.decode(payload, signed_list=kind.is_list))
    except DocumentError as error:
        raise ClaimsError(error.code, error.detail) from None
    for code in kind.faults(value):
        raise ClaimsError(code)
    return value
