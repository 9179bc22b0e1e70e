"""Every stable code of dpr with its words.

Rules: a code is never renamed or reused; each has one line in Swedish and one in English that says what is wrong, and one
each that says what to do next. A section is a module with a `TABLE`, and stands in `SECTIONS` with its title; a code stands
in one section. docs/codes.md is generated from these tables (scripts/make_docs.py) and compared by a test.

Example: `CODES["qr_too_long"].sv`
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dpr.core.codes import (
    address_book,
    authority_book,
    ceremonies,
    ceremony_changes,
    conformance,
    credentials,
    dispensing,
    documents,
    fetching,
    issuer,
    keys,
    ledger,
    lists,
    mail,
    mail_node,
    mail_store,
    prescription_fields,
    prescription_rules,
    products,
    reading,
    receipts,
    register,
    relay,
    sdk,
    signer_requests,
    signer_service,
    tokens,
    trust,
    verdict_content,
    verdict_signer,
    writing,
)
from dpr.core.codes.advice import Words as Words

#: (title, table) in the order of docs/codes.md: from what a pharmacist meets to what an authority's officer does.
SECTIONS: tuple[tuple[str, Mapping[str, Words]], ...] = (
    ("Reading files and images", reading.TABLE),
    ("The verdict: who signed", verdict_signer.TABLE),
    ("The verdict: what was signed", verdict_content.TABLE),
    ("Signed documents: signatures, keys and chains", documents.TABLE),
    ("Signed lists", lists.TABLE),
    ("The lists that a site holds", trust.TABLE),
    ("Credentials", credentials.TABLE),
    ("Fetching lists", fetching.TABLE),
    ("What is written in a prescription: each field", prescription_fields.TABLE),
    ("What is written in a prescription: the whole", prescription_rules.TABLE),
    ("Writing and signing", writing.TABLE),
    ("Dispensing", dispensing.TABLE),
    ("The pharmacy's ledger", ledger.TABLE),
    ("Register (NLL) and reporting", register.TABLE),
    ("Messages between nodes", mail.TABLE),
    ("Sending and fetching messages", mail_node.TABLE),
    ("The relay", relay.TABLE),
    ("Messages to and from SDK", sdk.TABLE),
    ("Messages: recipients and their keys", address_book.TABLE),
    ("Receipts as evidence", receipts.TABLE),
    ("The relay's store", mail_store.TABLE),
    ("Products", products.TABLE),
    ("Keys and setup", keys.TABLE),
    ("Keys in an HSM or smart card", tokens.TABLE),
    ("The issuer's work", issuer.TABLE),
    ("The authority's ceremonies", ceremonies.TABLE),
    ("The authority's address book", authority_book.TABLE),
    ("The authority's ceremonies: a second look", ceremony_changes.TABLE),
    ("The signing service: requests and login", signer_requests.TABLE),
    ("The signing service: setup, log and prescribers", signer_service.TABLE),
    ("The conformance kit", conformance.TABLE),
)


def _merged(tables: Iterable[Mapping[str, Words]]) -> dict[str, Words]:
    """All tables as one; ValueError names a code that stands in two."""
    merged: dict[str, Words] = {}
    for table in tables:
        if twice := merged.keys() & table.keys():
            raise ValueError(f"in two sections: {', '.join(sorted(twice))}")
        merged |= table
    return merged


CODES: dict[str, Words] = _merged(table for _, table in SECTIONS)


def words(code: str) -> Words:
    """The words of `code`; a code that is not in the table is a programming error (KeyError)."""
    return CODES[code]
