"""Targets: what a signing service is asked to sign, and what its client gets back.

A record system that was taken over may ask for anything: the key signs prescriptions alone. Whoever answers in the service's
place gets no signature of another thing taken for one.
"""

from __future__ import annotations

import base64
import io
import json
import socket
from functools import cache
from random import Random
from typing import Any
from unittest import mock

import msgspec

from dpr.adapters.signer_http import Access, HttpSigner
from dpr.core import cbor, cose, documents, signing
from dpr.core.errors import DocumentError, DprError, SetupError
from dpr.core.keys import PublicKey
from dpr.core.trust import Trust
from dpr.core.verify import Accepted, verify
from dpr.flows.sign_for import Signed, sign_for, split_structure
from tests.fuzz.mutate import cbor_tree, json_tree, raw
from tests.fuzz.of_signed import can_be_used, claims_of
from tests.fuzz.site import SITE
from tests.fuzz.target import outcome, target
from tests.world import NOW, PHYSICIAN


class Watched:
    """The prescriber's key; `made`: every signature that left it."""

    def __init__(self) -> None:
        self.key: PublicKey = SITE.world.prescriber.key
        self.made: list[bytes] = []

    def sign(self, data: bytes) -> bytes:
        self.made.append(SITE.world.prescriber.sign(data))
        return self.made[-1]


@cache
def _credential() -> bytes:
    return SITE.world.credential()


@cache
def _trust() -> Trust:
    """The world's, with the credential held, so that `kid` alone is enough."""
    world, status = SITE.world, SITE.status_lists
    return documents.open_trust(world.anchor, SITE.trust_list, status_lists=status, credentials=[_credential()])


@cache
def _structures() -> list[bytes]:
    """As a record system makes them: with the credential, and with `kid` alone."""
    value, key = SITE.world.prescription(authored_at=NOW), SITE.world.prescriber.key
    return [
        signing.prepare(documents.PRESCRIPTION, value, key, credential=credential).to_be_signed
        for credential in (_credential(), None)
    ]


def _signed_for(data: bytes) -> Signed | None:
    """What is signed, recorded as it left, and accepted by the pharmacy that it is for; nothing but named errors else."""
    watched, recorded = Watched(), list[Signed]()
    signed: Signed | None = outcome(
        lambda: sign_for(
            data,
            signer=watched,
            credential=_credential(),
            trust=_trust(),
            now=SITE.now,
            policy=SITE.world.policy,
            record=recorded.append,
        ),
        DprError,
    )
    assert recorded == ([] if signed is None else [signed])
    if signed is None:
        assert not watched.made, "the key was used for what was refused"
        return None
    pharmacy = msgspec.structs.replace(SITE.world.policy, gln=signed.verdict.prescription.audience or SITE.world.policy.gln)
    found = verify(signed.document, _trust(), SITE.now, policy=pharmacy)
    assert isinstance(found, Accepted) and found.prescriber.holder == PHYSICIAN and watched.made == [signed.signature]
    assert split_structure(data) == documents.split(signed.document)[:2] and found.prescription.id == signed.prescription_id
    can_be_used(found, signed.document)
    return signed


def _structure_tree(data: bytes, random: Random) -> bytes:
    """A structure with another header or other claims, or with other bytes."""
    parts = outcome(lambda: split_structure(data), DocumentError)
    how = random.random()
    if parts is None or how < 0.3:
        return raw(data, random)
    if how < 0.5:
        return cbor_tree(data, random)
    protected, payload = parts
    if how < 0.7:
        return cose.to_be_signed1(cbor_tree(protected, random), payload)
    return cose.to_be_signed1(protected, cbor_tree(payload, random), random.choice((b"", b"", b"", b"x")))


def _other_structures() -> list[bytes]:
    """Sig_structures of other kinds, and a COSE_Sign's."""
    other = [cose.to_be_signed1(*documents.split(one)[:2]) for one in SITE.credentials]
    return [*other, cose.to_be_signed(b"\xa0", b"\xa0", b"x"), *(cose.to_be_signed1(b"\xa0", one) for one in (b"", b"\xa0"))]


@target(seeds=lambda: [*_structures(), *_other_structures()], mutate=_structure_tree, runs=500)
def sign_structure(data: bytes) -> None:
    """What is asked to be signed ends in a named error before the key is used; or it is one prescription, byte for byte as it
    came, which the pharmacy accepts, and which was recorded before it left."""
    parts = outcome(lambda: split_structure(data), DocumentError)
    assert parts is None or cose.to_be_signed1(*parts) == data
    _signed_for(data)


@target(seeds=lambda: claims_of("prescription", "prescription_rules", "prescription_claims"), mutate=cbor_tree, runs=300)
def sign_claims(data: bytes) -> None:
    """Under a right header, claims are signed only when they read as a prescription that is written now, and come out of the
    document as they went in; all else ends in a named error before the key is used."""
    header = split_structure(_structures()[0])[0]
    signed = _signed_for(cose.to_be_signed1(header, data))
    if signed is not None:
        assert cbor.encode(documents.PRESCRIPTION.claims.to_cbor(signed.verdict.prescription)) == data
        assert abs(signed.verdict.prescription.authored_at - NOW) <= SITE.world.policy.clock_skew_seconds


class _Answering:
    """A connection on which these bytes come, and nothing after them."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, *_: Any) -> io.BytesIO:
        return io.BytesIO(self._data)

    def __getattr__(self, name: str) -> Any:
        if name in ("sendall", "setsockopt", "close"):
            return lambda *_: None
        raise AttributeError(name)


def _asked(data: bytes, *, key: bool) -> tuple[bytes | PublicKey | None, HttpSigner]:
    """What a client makes of the answer `data` when it asks for the service's key, or for a signature by the key it holds."""
    client = HttpSigner("http://127.0.0.1:1", Access())
    if not key:
        client.__dict__["key"] = SITE.world.prescriber.key
    with mock.patch.object(socket, "create_connection", lambda *_, **__: _Answering(data)):
        found = outcome(lambda: client.key if key else client.sign(_structures()[0]), SetupError)
    return found, client


def _answer(body: bytes, status: bytes = b"200 OK", more: bytes = b"") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n%s\r\n%s" % (status, len(body), more, body)


def _me(credential: bytes) -> bytes:
    return json.dumps({"credential": base64.b64encode(credential).decode()}).encode()


def _answers() -> list[bytes]:
    signature = SITE.world.prescriber.sign(_structures()[0])
    refusal = _answer(b'{"code": "login_needed", "title": "x"}', b"401 Unauthorized", b"WWW-Authenticate: Bearer\r\n")
    chunked = b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n%s\r\n0\r\n\r\n" % signature
    continued = b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + _answer(signature)
    found = _answer(b"", b"302 Found", b"Location: https://a.test/\r\n")
    return [_answer(signature), chunked, continued, refusal, found, *(_answer(_me(one)) for one in SITE.credentials), b""]


def _answer_parts(data: bytes, random: Random) -> bytes:
    """An answer with another body of the right length, or with other bytes."""
    head, blank, body = data.partition(b"\r\n\r\n")
    if random.random() < 0.5 or not blank or b"chunked" in head:
        return raw(data, random)
    made = json_tree(body, random)
    return _answer(made, head.partition(b" ")[2].partition(b"\r\n")[0])


@target(seeds=_answers, mutate=_answer_parts, runs=1000)
def signer_answer(data: bytes) -> None:
    """Whatever answers a client of a signing service ends in a SetupError; or is the key of the credential in it, or a
    signature, which that key has made, over what was sent."""
    key, client = _asked(data, key=True)
    if key is not None:
        assert isinstance(key, PublicKey)
        assert key == documents.read_claims(documents.CREDENTIAL_KIND, documents.split(client.credential)[1]).key
    signature, _ = _asked(data, key=False)
    if signature is not None:
        assert isinstance(signature, bytes) and SITE.world.prescriber.key.verify(signature, _structures()[0])
