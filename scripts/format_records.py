"""The tables of claims in docs/format.md: each record of dpr.core, field by field, and the enumerations.

Rules: a type or rule that is not known here is an error, so that no field is described as something else.

Example: `records(CREDENTIAL, "credential")`
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import Any

from dpr.core import identifiers
from dpr.core.credential import Profession, Role
from dpr.core.dispensing import ChargeBasis, Collector, IdentityCheck, Outcome
from dpr.core.fields import (
    Array,
    Boolean,
    Digits,
    Enumeration,
    Fixed,
    Flag,
    Integer,
    Names,
    Record,
    Text,
    Understood,
    Wrapped,
    instant,
    json_name,
)
from dpr.core.key_field import KeyType
from dpr.core.mail import queue, token
from dpr.core.mail.mail_key import Kem
from dpr.core.mail.receipt import Outcome as ReceiptOutcome
from dpr.core.mail.receipt import ReceiptType
from dpr.core.prescription import (
    FormatReason,
    PrescriptionKind,
    Protection,
    SubstitutionType,
    Unlisted,
    _birth_date_fault,
)
from dpr.core.products import ControlClass
from dpr.core.revocation import Reason
from dpr.core.snapshot import _name_fault
from dpr.core.status import Deflated
from dpr.core.trust_list import Environment, IssuerRole

#: What a field's further rule is called in section 8.2.
_RULES: dict[Any, str] = {
    _birth_date_fault: "birth_date",
    identifiers.personnummer_fault: "personnummer",
    identifiers.samordningsnummer_fault: "samordningsnummer",
    identifiers.organisation_number_fault: "organisation_number",
    identifiers.gln_fault: "gln",
    identifiers.npl_id_fault: "npl_id",
    identifiers.npl_pack_id_fault: "npl_pack_id",
    identifiers.varunummer_fault: "varunummer",
    identifiers.prescriber_code_fault: "prescriber_code",
    identifiers.workplace_code_fault: "workplace code",
    identifiers.atc_fault: "atc",
    identifiers.snomed_fault: "SNOMED CT",
    identifiers.organisation_fault: "organisation",
    identifiers.hsa_id_fault: "hsa_id",
    identifiers.phone_fault: "phone",
    _name_fault: "list name",
    queue.fault: "queue",
    token.origin_fault: "origin",
}
#: Every enumeration of a document: its name, and whether wording has words for it.
ENUMERATIONS: dict[type[IntEnum], str] = {
    PrescriptionKind: "prescription_kind",
    FormatReason: "format_reason",
    Protection: "protection",
    Unlisted: "unlisted",
    ControlClass: "control_class",
    Role: "role",
    Profession: "profession",
    IssuerRole: "issuer_role",
    Environment: "environment",
    Reason: "revocation_reason",
    Outcome: "outcome",
    Collector: "collector",
    IdentityCheck: "identity_check",
    ChargeBasis: "charge_basis",
    Kem: "kem",
    ReceiptType: "receipt_type",
    ReceiptOutcome: "receipt_outcome",
}
#: Names of the registered claims (RFC 8392 §3.1, RFC 8747 §3.1, Token Status List).
_CLAIM_NAMES = {1: "iss", 2: "sub", 3: "aud", 4: "exp", 5: "nbf", 6: "iat", 7: "cti", 8: "cnf", 65535: "status"}
_CLAIM_NAMES |= {65533: "status_list"}


def enum_of(type_: Enumeration) -> type[IntEnum]:
    """The enumeration behind a field's type."""
    return type(next(iter(type_._by_name.values())))


def records(record: Record[Any], name: str) -> str:
    """The tables of a record and of every record inside it, each once."""
    parts: list[str] = []
    waiting, seen = [(name, record)], {id(record)}
    while waiting:
        title, one = waiting.pop(0)
        extensible = ", extensible" if one.extensible else ""
        claims = one is record and all(field.key != 0 for field in one.fields)  # no claim has the number 0
        parts.append(f"**{title}**{extensible}\n\n| key | name | type | absent | meaning |\n|---|---|---|---|---|")
        for field in one.fields:
            parts.append(_row(one, field, claims=claims))
            for inner in _inside(field.type):
                if id(inner) not in seen:
                    seen.add(id(inner))
                    waiting.append((_title(inner), inner))
        parts[-1] += "\n"
    return "\n".join(parts).rstrip()


def _title(record: Record[Any]) -> str:
    names = {"TrustListContent": "trust list content", "Content": "prescription content", "Dispensing": "dispensing content"}
    names |= {"RootContent": "root content", "SnapshotContent": "snapshot content"}
    names |= {"RevocationContent": "revocations content"}
    words = names.get(record.struct.__name__)
    return words or "".join(f" {c.lower()}" if c.isupper() else c for c in record.struct.__name__).strip()


def _inside(type_: Any) -> Iterator[Record[Any]]:
    if isinstance(type_, Record):
        yield type_
    elif isinstance(type_, Array | Wrapped):
        yield from _inside(type_.inner)


def _row(record: Record[Any], field: Any, *, claims: bool) -> str:
    key = f"`{field.key}`" + (f" ({_CLAIM_NAMES[field.key]})" if claims and field.key in _CLAIM_NAMES else "")
    default = record._defaults[field.name]
    required = field in record._required
    absent = "**required**" if required else "absent" if default is None else _default(default)
    return f"| {key} | `{field.name}` | {_type(field.type)} | {absent} | {field.doc} |"


def _default(value: Any) -> str:
    if isinstance(value, IntEnum):
        return f"`{json_name(value)}`"
    return "no entry" if value == () else str(value).lower()


_LATER = ", or later"


def _type(type_: Any) -> str:
    if isinstance(type_, Text):
        return f"text ≤ {type_.limit}" + (f": {_RULES[type_.rule]}" if type_.rule else "")
    if isinstance(type_, Digits):
        return f"{type_.length} digits: {_RULES[type_.rule]}"
    if type_ is instant:
        return "instant"
    if isinstance(type_, Integer):
        return f"{type_.low} … {type_.high}"
    if isinstance(type_, Enumeration):
        return f"one of *{ENUMERATIONS[enum_of(type_)]}*{_LATER if type_._later else ''}"
    if isinstance(type_, Wrapped):
        key = f'"{type_.key}"' if isinstance(type_.key, str) else type_.key
        return f"{{{key}: {_type(type_.inner)}}}"
    if isinstance(type_, Names):
        return f"{type_.low} … {type_.high} names: {_type(type_.name)} → {_type(type_.number)}"
    if isinstance(type_, Array):
        known = "known " if isinstance(type_, Understood) else ""
        return f"{type_.low} … {type_.high} of {known}{_type(type_.inner).removesuffix(_LATER)}"
    if isinstance(type_, Record):
        return f"*{_title(type_)}*"
    return _simple(type_)


def _simple(type_: Any) -> str:
    if isinstance(type_, Deflated):
        return "zlib (section 11)"
    if isinstance(type_, Fixed):
        if type_.length is not None:
            return f"{type_.length} bytes"
        return "bytes" if type_.most == 65_536 else f"bytes ≤ {type_.most}"
    words: dict[type[Any], str] = {Flag: "flag", Boolean: "yes/no", KeyType: "COSE_Key", SubstitutionType: "substitution"}
    return words[type(type_)]


def enumerations() -> str:
    """Every enumeration, its numbers and names."""
    rows = ["| enumeration | number: name |\n|---|---|"]
    for enum, name in ENUMERATIONS.items():
        rows.append(f"| *{name}* | " + ", ".join(f"{int(one)}: `{json_name(one)}`" for one in enum) + " |")
    never = "The value `none` (0) of *protection* and *control_class* is the default and is refused where it is written."
    return "\n".join(rows) + f"\n\n{never}"
