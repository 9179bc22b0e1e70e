"""How a vector is made: one small world, deterministic keys and signatures, and bytes that the library refuses to write.

Rules: a fault is made by changing one thing in what is right, and signing it properly all the same, so that nothing else is
wrong; where a claim is changed, its place is named as in the tables of dpr.core (`content.items.0.benefit`).

Example: `vector("signed-by-another", "prescription", prescription(signer=OTHER), "signature_invalid")`
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from dpr.adapters.key_files import KeyFile
from dpr.apps.conformance import judges
from dpr.apps.conformance.asked import ACCEPTED
from dpr.core import cbor, cose, documents
from dpr.core.credential import CREDENTIAL, Holder, Profession
from dpr.core.fields import Array, Record, Wrapped
from dpr.core.keys import PublicKey
from dpr.core.policy import VERDICT_KEYS, Policy
from dpr.core.prescription import PRESCRIPTION
from dpr.core.trust import Anchor
from tests.world import NOW, PHARMACIES, PHYSICIAN, VETS, World, signer

Vector = dict[str, Any]
#: (place, new value); `...` removes.
Change = tuple[str, Any]

W = World()
OTHER = signer("somebody else")
ED25519 = signer("ed25519 prescriber", "EdDSA")
ISSUERS = {PHARMACIES: W.pharmacies, VETS: W.vets}


def vector(
    name: str, layer: str, input_: bytes | str | list[str], expect: str = "accepted", comment: str = "", **more: Any
) -> Vector:
    """One entry of a file's `vectors`. `more`: what this layer or vector needs beside the file's members."""
    shown = input_.hex() if isinstance(input_, bytes) else input_
    return {"name": name, "comment": comment, "layer": layer, "input": shown, "expect": expect, **more}


# --- the file's members ----------------------------------------------------------------------------------------------------


def time(instant: int) -> str:
    """An instant as the `now` of a file or vector."""
    return datetime.fromtimestamp(instant, UTC).isoformat().replace("+00:00", "Z")


def policy(**changes: Any) -> dict[str, Any]:
    """The site's policy, every value that a verdict rests on written out."""
    site = Policy(gln=W.policy.gln)
    named = {name: getattr(site, name) for name in VERDICT_KEYS if name != "environment"}
    return {"environment": "test", **named, **changes}


def anchor(value: Anchor) -> dict[str, Any]:
    """What a site is installed with."""
    return {
        "authority": value.authority,
        "environment": value.environment.name.lower(),
        "threshold": value.threshold,
        "keys": [key_hex(key) for key in value.keys],
    }


def key_hex(key: PublicKey) -> str:
    """A COSE_Key."""
    return cbor.encode(key.to_cose()).hex()


def trust(**changes: Any) -> dict[str, Any]:
    """What a site holds; `changes` replace members (bytes, or lists of bytes)."""
    held = {
        "trust_list": W.trust_list(),
        "status_lists": [W.status_list(), W.status_list(issuer=PHARMACIES), W.status_list(issuer=VETS)],
        "revocations": [],
        "credentials": [],
    }
    return {"anchor": anchor(W.anchor), **hexed(held), **hexed(changes)}


def hexed(members: Mapping[str, Any]) -> dict[str, Any]:
    """`members` with bytes as hexadecimal text."""
    return {
        name: [part.hex() for part in value] if isinstance(value, list) else value.hex() if isinstance(value, bytes) else value
        for name, value in members.items()
    }


def file(
    description: str, vectors: Iterable[Vector], *, held: bool = True, site: dict[str, Any] | None = None
) -> dict[str, Any]:
    """One file of tests/vectors/; `held`: with the time, policy and trust that its vectors are judged with, or with `site`."""
    listed = list(vectors)
    names = [one["name"] for one in listed]
    if len(set(names)) != len(names):
        raise SystemExit(f"two vectors have one name: {sorted(name for name in names if names.count(name) > 1)}")
    if site is None:
        site = {"now": time(NOW), "policy": policy(), "trust": trust()} if held else {}
    return {"description": description, **site, "vectors": [one | _checks_of_refused(one, site) for one in listed]}


def _checks_of_refused(one: Vector, site: Mapping[str, Any]) -> dict[str, Any]:
    """Every check of a verdict that refuses; one fault is one stop, and the other steps are judged all the same."""
    if one["layer"] != "prescription" or one["expect"] == ACCEPTED:
        return {}
    own = {name: {**site[name], **one.get(name, {})} for name in ("policy", "trust")}
    code, said = judges.judged({"now": site["now"], **one, **own})
    if code != one["expect"]:
        raise SystemExit(f"{one['name']}: {code}")
    return said


# --- claims with one thing changed ------------------------------------------------------------------------------------------


def changed(kind: Any, claims: dict[Any, Any], changes: Iterable[Change]) -> dict[Any, Any]:
    """`claims` (as in CBOR) of `kind` (a Record) with `changes`; a name or number that the tables lack is taken as it is."""
    new = copy.deepcopy(claims)
    for path, value in changes:
        *parents, last = _keys(kind, path.split("."))
        place: Any = new
        for parent in parents:
            place = place[parent]
        if value is ...:
            del place[last]
        elif isinstance(place, list) and last == len(place):
            place.append(value)
        else:
            place[last] = value
    return new


def _keys(kind: Any, parts: list[str]) -> list[Any]:
    keys: list[Any] = []
    for part in parts:
        field = next((field for field in kind.fields if field.name == part), None) if isinstance(kind, Record) else None
        keys.append(field.key if field else _number(part))
        kind = field.type if field else kind.inner if isinstance(kind, Array) else None
        if isinstance(kind, Wrapped):
            keys.append(kind.key)
            kind = kind.inner
    return keys


def _number(part: str) -> int | str:
    return int(part) if part.lstrip("-").isdigit() else part


def sign(
    typ: str,
    claims: Any,
    key: KeyFile,
    *,
    kcwt: bytes | None = None,
    header: Mapping[int, Any] | None = None,
    protected: bytes | None = None,
    payload: bytes | None = None,
) -> bytes:
    """A COSE_Sign1 with a good signature over whatever is given: `header` replaces labels (`...` removes), `protected` and
    `payload` replace the encoded parts."""
    labels: dict[int, Any] = {cose.ALG: key.key.alg, cose.KID: key.key.kid, cose.TYP: typ}
    if kcwt is not None:
        labels[cose.KCWT] = cbor.decode(kcwt)
    labels |= header or {}
    encoded = cbor.encode({label: value for label, value in labels.items() if value is not ...})
    first, second = protected if protected is not None else encoded, payload if payload is not None else cbor.encode(claims)
    return cose.assemble1(first, second, key.sign(cose.to_be_signed1(first, second)))


def credential(holder: Holder = PHYSICIAN, *changes: Change, key: KeyFile = W.prescriber, **options: Any) -> bytes:
    """A credential with `changes`, signed by the issuer that vouches for such a holder unless `options` say otherwise."""
    value = W.credential_value(holder, key)
    issuer = options.pop("issuer", ISSUERS.get(value.issuer, W.care))
    claims = changed(CREDENTIAL, CREDENTIAL.to_cbor(value), changes)
    return sign(documents.CREDENTIAL_KIND.typ, claims, issuer, **options)


def prescription(*changes: Change, written: dict[str, Any] | None = None, **options: Any) -> bytes:
    """A prescription with `changes`, by the physician with their credential in it unless `options` say otherwise."""
    options = {"key": W.prescriber, "kcwt": W.credential(), **options}
    claims = changed(PRESCRIPTION, PRESCRIPTION.to_cbor(W.prescription(written)), changes)
    return sign(documents.PRESCRIPTION.typ, claims, options.pop("key"), **options)


def of_profession(profession: Profession) -> Holder:
    """A prescriber of another profession."""
    return Holder(
        role=PHYSICIAN.role,
        name="Sam Norrman",
        prescriber_code="9123457",
        profession=profession,
        phone=PHYSICIAN.phone,
        workplace=PHYSICIAN.workplace,
    )


def flipped(data: bytes, place: int) -> bytes:
    """`data` with the lowest bit at `place` changed."""
    changed_bytes = bytearray(data)
    changed_bytes[place] ^= 1
    return bytes(changed_bytes)
