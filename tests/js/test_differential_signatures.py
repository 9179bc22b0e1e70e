"""Who must have signed, to both implementations: signatures of every form, keys that may not count, demo keys."""

import hashlib
import itertools
from collections import Counter
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA384

from tests.js import signed
from tests.js.both import ROOT, differences, needs_node
from tests.js.signed import Tagged, encode


def roots_with_a_demo_key() -> list[tuple[str, dict[str, Any]]]:
    """One in each quorum, in both environments."""
    pem = (ROOT / "keys" / "demo-authority-1.pem").read_bytes()
    private = serialization.load_pem_private_key(pem, password=None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    public = private.public_key().public_numbers()
    demo = {1: 2, -1: 1, -2: public.x.to_bytes(32), -3: bool(public.y & 1)}
    made = []
    for quorum, environment in itertools.product((2, 3, 4), (0, 1)):
        claims = signed.root()
        claims[-65537] |= {1: environment}
        claims[-65537][quorum][1].append(demo)
        document = signed.sign_several("dpr-root", claims, signed.ROOTS)
        made.append((f"demo key in {quorum}", {"layer": "root", "input": document.hex(), "trust": {"root": None}}))
    return made


@needs_node
def test_both_refuse_a_demo_key_in_any_quorum_in_production() -> None:
    different, answers = differences(roots_with_a_demo_key())
    assert not different, "\n".join(different)
    assert [answer.get("code") for answer in answers] == [None, "demo_key_in_production"] * 3


def entry(key: signed.Key, header: dict[Any, Any], unprotected: Any, body: bytes, payload: bytes) -> list[Any]:
    own = encode(header)
    return [own, unprotected, key.sign(["Signature", body, own, b"", payload])]


def by_p384(body: bytes, payload: bytes) -> tuple[dict[int, Any], list[Any]]:
    """A key that signs no documents, and its signature."""
    private = ec.derive_private_key(7, ec.SECP384R1())
    public = private.public_key().public_numbers()
    cose = {1: 2, -1: 2, -2: public.x.to_bytes(48), -3: bool(public.y & 1)}
    kid = hashlib.sha256(encode(cose | {-3: public.y.to_bytes(48)})).digest()[:4]
    own = encode({1: -35, 4: kid})
    r, s = utils.decode_dss_signature(private.sign(encode(["Signature", body, own, b"", payload]), ec.ECDSA(SHA384())))
    return cose, [own, {}, r.to_bytes(48) + s.to_bytes(48)]


def signatures_of_each_form() -> list[tuple[str, dict[str, Any]]]:
    """The same trust list with one or two signatures, good ones and odd ones, under one or two keys of the anchor."""
    body, payload = encode({16: "dpr-trust-list"}), encode(signed.trust_list())
    first, second = signed.AUTHORITY, signed.ROOTS[0]
    forms = [
        entry(first, {1: -7, 4: first.kid}, {}, body, payload),
        entry(second, {1: -7, 4: second.kid}, {}, body, payload),
        entry(signed.HOLDER, {1: -7, 4: signed.HOLDER.kid}, {}, body, payload),
        entry(first, {1: -8, 4: first.kid}, {}, body, payload),
        entry(first, {1: -48, 4: b"later"}, {}, body, payload),
        entry(first, {1: -7}, {}, body, payload),
        entry(first, {1: -7, 4: first.kid, 2: [1]}, {}, body, payload),
        entry(first, {1: -7, 4: first.kid, 2: [99]}, {}, body, payload),
        entry(first, {1: -7, 4: first.kid}, {99: 0}, body, payload),
        entry(first, {1: -7, 4: second.kid}, {}, body, payload),
        entry(first, {1: "ES256", 4: 1}, {}, body, payload),
    ]  # fmt: skip
    keys = [[first.cose], [first.cose, second.cose], [first.cose, first.cose]]
    made = []
    for count, held in itertools.product((1, 2), keys):
        for chosen in itertools.product(forms, repeat=count):
            places = [forms.index(each) for each in chosen]
            made.append((f"signatures {places} of {count}", under(held, count, [body, {}, payload, list(chosen)])))
    return made


def under(keys: list[Any], threshold: int, message: list[Any]) -> dict[str, Any]:
    """A trust list to be judged by an anchor of these keys."""
    anchor = {
        "authority": "se-test",
        "environment": "test",
        "threshold": threshold,
        "keys": [encode(key).hex() for key in keys],
    }
    return {"layer": "trust_list", "input": encode(Tagged(98, message)).hex(), "trust": {"anchor": anchor}}


@needs_node
def test_both_count_the_same_signatures() -> None:
    different, answers = differences(signatures_of_each_form())
    assert not different, f"{len(different)}\n" + "\n".join(different[:20])
    codes = Counter(answer.get("code") for answer in answers)
    assert codes.keys() >= {None, "trust_list_threshold", "document_header", "document_unprotected", "cose_crit"}


@needs_node
def test_a_key_that_signs_no_documents_counts_for_nothing() -> None:
    body, payload = encode({16: "dpr-trust-list"}), encode(signed.trust_list())
    p384, signature = by_p384(body, payload)
    first = signed.AUTHORITY
    own = entry(first, {1: -7, 4: first.kid}, {}, body, payload)
    alone, beside = (
        under([p384], 1, [body, {}, payload, [signature]]),
        under([first.cose, p384], 2, [body, {}, payload, [own, signature]]),
    )
    different, answers = differences([("alone", alone), ("beside", beside)])
    assert [answer.get("code") for answer in answers] == ["trust_list_threshold"] * 2
    assert not different, "\n".join(different)
