"""The tables of docs/format.md that follow from the source: claims, enumerations, authority, policy, limits.

Rules: one function for each table, its name in `TABLES`; a type or rule that is not known here is an error, so that no field
is described as something else. The words around the tables are written by hand.

Example: `TABLES["limits"]()`
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dpr.core import (
    cbor,
    cose,
    days,
    frames,
    prescribing,
    prescription_rules,
    qr,
    qr_parts,
    revocation,
    root,
    snapshot,
    status,
    text,
    trust_list,
)
from dpr.core.credential import _PROFESSIONS_OF_ROLE, CREDENTIAL, Profession
from dpr.core.dispensing import DISPENSING_RECORD
from dpr.core.fields import json_name
from dpr.core.policy import VERDICT_KEYS
from dpr.core.prescription import (
    CONTENT,
    PRESCRIPTION,
    Item,
    PrescriptionKind,
)
from dpr.core.products import ControlClass
from dpr.core.status import STATUS_LIST
from dpr.core.trust_list import HOLDERS_OF_ROLE, PROFESSIONS_OF_ROLE, TRUST_LIST
from scripts import make_docs
from scripts.format_records import enumerations, records

ROOT = Path(__file__).resolve().parent.parent


# --- roles, authority, policy -----------------------------------------------------------------------------------------------


def _names(members: Any) -> str:
    return ", ".join(f"`{json_name(one)}`" for one in sorted(members))


def issuer_roles() -> str:
    """Whom an issuer of a role may vouch for, and which professions its scope may name."""
    rows = [
        f"| `{json_name(role)}` | {_names(HOLDERS_OF_ROLE[role])} | {_names(members) or 'none'} |"
        for role, members in PROFESSIONS_OF_ROLE.items()
    ]
    return "\n".join(["| issuer's role | vouches for holders of role | and of profession |\n|---|---|---|", *rows])


def holder_roles() -> str:
    """Which profession a holder must have."""
    rows = []
    for role, members in _PROFESSIONS_OF_ROLE.items():
        people = [one for one in members if one is not None]
        rows.append(f"| `{json_name(role)}` | {_names(people) or 'none'} |")
    return "\n".join(["| holder's role | profession |\n|---|---|", *rows])


def authority_prefixes() -> str:
    """Profession → ATC prefixes."""
    rows = ["| profession | | may prescribe to people: ATC prefixes |\n|---|---|---|"]
    for profession, groups in prescribing.ATC_GROUPS.items():
        words = "animals only" if profession is Profession.VT else "everything" if groups is None else " ".join(groups)
        rows.append(f"| `{profession.name}` | {profession.sv}, {profession.en} | {words} |")
    return "\n".join(rows)


def authority_matrix() -> str:
    """Profession × kind × control class, as `prescribing.fault` answers for an item whose ATC the profession may prescribe."""
    kinds = [(kind, control) for kind in PrescriptionKind for control in ("other", "narcotic")]
    kinds = [(kind, control) for kind, control in kinds if control == "other" or kind.name in ("PRESCRIPTION", "ANIMAL")]
    head = [f"{json_name(kind)}{', narcotic' if control == 'narcotic' else ''}" for kind, control in kinds]
    rows = [f"| | {' | '.join(head)} |", "|---" * (len(kinds) + 1) + "|"]
    for profession in Profession:
        cells = []
        for kind, control in kinds:
            class_ = ControlClass.NARCOTIC_II if control == "narcotic" else ControlClass.NONE
            found = prescribing.fault(profession, kind, _item(profession), class_)
            cells.append(f"`{found[0]}`" if found else "may")
        rows.append(f"| `{profession.name}` | {' | '.join(cells)} |")
    return "For an item whose ATC the profession may prescribe:\n\n" + "\n".join(rows)


def _item(profession: Profession) -> Item:
    groups = prescribing.ATC_GROUPS.get(profession) or ("A",)
    return Item(atc=groups[0], name="x", packages=1, dispensings=1, dosage="x")


def narcotics() -> str:
    """The ATC groups that are narcotics."""
    return f"Narcotic groups: {' '.join(prescribing.NARCOTIC_GROUPS)}."


def policy() -> str:
    """The keys that the verdict uses."""
    keys = {key.name: key for key in make_docs.policy_keys()}
    chosen = [keys[name] for name in VERDICT_KEYS]
    rows = [f"| `{key.name}` | {key.type} | `{key.default}` | {key.limits} | {key.description} |" for key in chosen]
    return "\n".join(["| key | type | default | limits | meaning |\n|---|---|---|---|---|", *rows])


# --- text, dictionary, limits ---------------------------------------------------------------------------------------------


def hidden() -> str:
    """The ranges of dpr.core.text beyond the general categories."""
    inside = text._HIDDEN_OR_REORDERING.pattern[1:-1]
    ranges, rest = [], list(inside)
    while rest:
        first = rest.pop(0)
        last = rest[1] if rest[:1] == ["-"] else first
        del rest[: 2 if last != first else 0]
        ranges.append(f"{ord(first):04X}" + (f"–{ord(last):04X}" if last != first else ""))
    return "   U+" + ", ".join(ranges) + "."


def dictionary() -> str:
    """What the dictionary is."""
    data = (ROOT / "schemas" / "dictionary" / "dpr1.bin").read_bytes()
    return f"The dictionary has {len(data):,} bytes; SHA-256 `{hashlib.sha256(data).hexdigest()}`."


#: what, value, unit, code
LIMITS: tuple[tuple[str, int, str, str], ...] = (
    ("nesting", cbor.MAX_DEPTH, "levels", "cbor_depth"),
    ("anything that is decoded before its signature has verified", cbor.MAX_BYTES, "bytes", "cbor_too_large"),
    ("the same", cbor.MAX_ITEMS, "items", "cbor_too_large"),
    ("a large kind (section 4)", cbor.MAX_SIGNED_BYTES, "bytes", "document_too_large"),
    ("a document of another kind", frames.MAX_DOCUMENT_BYTES, "bytes", "document_too_large"),
    ("protected header", frames.MAX_HEADER_BYTES, "bytes", "document_header"),
    ("a large COSE_Sign beside its payload", frames.MAX_HEADER_BYTES, "bytes", "document_too_large"),
    ("signatures of a COSE_Sign", cose.MAX_SIGNATURES, "", "cose_malformed"),
    ("payload bytes hashed for the signatures of a COSE_Sign", cose.MAX_HASHED_BYTES, "bytes", "cose_malformed"),
    ("kid", 32, "bytes", "document_header"),
    ("earliest instant", days.EARLIEST, "s", "number_out_of_range"),
    ("latest instant", days.LATEST, "s", "number_out_of_range"),
    ("items of a prescription", CONTENT.fields[5].type.high, "", "list_length"),  # type: ignore[attr-defined]
    ("issuers of a trust list", trust_list.CONTENT.fields[3].type.high, "", "list_length"),  # type: ignore[attr-defined]
    ("keys of a quorum", root.QUORUM.fields[1].type.high, "", "list_length"),  # type: ignore[attr-defined]
    ("names in a snapshot", snapshot.SNAPSHOT_CONTENT.fields[3].type.high, "", "list_length"),  # type: ignore[attr-defined]
    ("entries of revocations", revocation.REVOCATION_CONTENT.fields[0].type.high, "", "list_length"),  # type: ignore[attr-defined]
    ("byte string without a length of its own", 65_536, "bytes", "field_type"),
    ("status list, inflated", status.MAX_LIST_BYTES, "bytes", "status_list_malformed"),
    ("telephone prescription", prescription_rules.TELEPHONE_DAYS, "days", "validity_telephone"),
    ("food: age below", prescription_rules.FOOD_AGE_YEARS, "years", "food_age"),
    ("QR text, characters as read", 4 * qr.MAX_DIGITS, "characters", "qr_too_long"),
    ("QR text, digits", qr.MAX_DIGITS, "digits", "qr_too_long"),
    ("QR text, inflated; body of several codes", qr.MAX_DOCUMENT_BYTES, "bytes", "qr_too_long"),
    ("codes of one document", qr.MAX_PARTS, "", "qr_part_malformed"),
    ("sets that lack parts", qr_parts.MAX_UNFINISHED, "", "qr_too_many"),
    ("sets remembered in all", qr_parts.MAX_SETS, "", "qr_too_many"),
    ("documents read at once", qr_parts.MAX_DOCUMENTS, "", "qr_too_many"),
    ("set id of several codes", qr.SET_ID_BYTES, "bytes", "qr_part_malformed"),
)


def limits() -> str:
    """Every limit that is not in a table of claims."""
    rows = [f"| {what} | {value} | {unit} | `{code}` |" for what, value, unit, code in LIMITS]
    head = "Limits of fields are in the tables of section 7; defaults of ages in section 13.\n"
    return "\n".join([head, "| limit | value | unit | code |\n|---|---|---|---|", *rows])


TABLES: dict[str, Callable[[], str]] = {
    "root": lambda: records(root.ROOT, "root"),
    "trust_list": lambda: records(TRUST_LIST, "trust list"),
    "snapshot": lambda: records(snapshot.SNAPSHOT, "snapshot"),
    "issuer_roles": issuer_roles,
    "credential": lambda: records(CREDENTIAL, "credential"),
    "holder_roles": holder_roles,
    "status_list": lambda: records(STATUS_LIST, "status list"),
    "revocation": lambda: records(revocation.REVOCATIONS, "revocations"),
    "prescription": lambda: records(PRESCRIPTION, "prescription"),
    "dispensing": lambda: records(DISPENSING_RECORD, "dispensing"),
    "enumerations": enumerations,
    "hidden": hidden,
    "policy": policy,
    "authority": authority_prefixes,
    "authority_matrix": authority_matrix,
    "narcotics": narcotics,
    "dictionary": dictionary,
    "limits": limits,
}
