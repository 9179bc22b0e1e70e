"""Documents that no writer of ours makes: signed by the right key, with a wrong header, wrong claims or both.

Example: `signed({6: 1}, signer("prescriber"), {cose.TYP: "dpr-prescription"})`
"""

from __future__ import annotations

import copy
from typing import Any

from dpr.adapters.key_files import KeyFile
from dpr.core import cbor, cose, documents
from tests.world import World


def signed(claims: Any, key: KeyFile, header: dict[Any, Any]) -> bytes:
    """A COSE_Sign1 over `claims` (bytes are taken as they are); `header` replaces and adds to alg and kid, `...` removes."""
    labels = {cose.ALG: key.key.alg, cose.KID: key.key.kid} | header
    protected = cbor.encode({label: value for label, value in labels.items() if value is not ...})
    payload = claims if isinstance(claims, bytes) else cbor.encode(claims)
    return cose.assemble1(protected, payload, key.sign(cose.to_be_signed1(protected, payload)))


def claims_of(document: bytes) -> Any:
    """The claims of a document, to be changed."""
    return copy.deepcopy(cbor.decode(documents.split(document)[1]))


def changed(claims: Any, path: tuple[Any, ...], value: Any) -> Any:
    """`claims` with `value` at `path`; `...` removes what is there."""
    claims = copy.deepcopy(claims)
    place = claims
    for step in path[:-1]:
        place = place[step]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return claims


def prescription(
    world: World, claims: Any = ..., *, header: dict[Any, Any] | None = None, credential: bytes | None = None
) -> bytes:
    """A prescription signed by the world's prescriber, with other claims, header labels or credential."""
    if claims is ...:
        claims = claims_of(world.prescription_document())
    labels = {cose.TYP: "dpr-prescription", cose.KCWT: cbor.decode(credential or world.credential())} | (header or {})
    return signed(claims, world.prescriber, labels)


def credential(world: World, claims: Any, *, header: dict[Any, Any] | None = None) -> bytes:
    """A credential signed by the world's care provider, with other claims or header labels."""
    return signed(claims, world.care, {cose.TYP: "dpr-credential"} | (header or {}))
