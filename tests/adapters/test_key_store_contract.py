"""What every key store promises: run on the fake (tests/fakes/key_store_memory.py) and on a PKCS #11 token (SoftHSM)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from dpr.core import cbor, cose
from dpr.core.errors import SetupError
from dpr.core.keys import EDDSA, ES256
from dpr.ports import KeyStore
from tests.adapters.softhsm import needs_softhsm
from tests.fakes.key_store_memory import MemoryKeyStore


@pytest.fixture(params=["memory", pytest.param("pkcs11", marks=needs_softhsm)])
def store(request: pytest.FixtureRequest) -> Iterator[KeyStore]:
    if request.param == "memory":
        yield MemoryKeyStore()
        return
    from dpr.adapters.pkcs11_token import Token
    from dpr.adapters.pkcs11_uri import Pkcs11Uri

    token = request.getfixturevalue("soft_hsm").token()
    with Token.open(Pkcs11Uri.parse(token.uri()), lambda: token.pin) as opened:
        yield opened


def refused(code: str, *arguments: object, **options: object) -> None:
    action, *rest = arguments
    with pytest.raises(SetupError) as caught:
        action(*rest, **options)  # type: ignore[operator]
    assert caught.value.code == code


def test_an_empty_store_has_no_labels_and_no_keys(store: KeyStore) -> None:
    assert list(store.labels()) == []
    refused("token_key_missing", store.signer, "rx-1")


@pytest.mark.parametrize(("algorithm", "number"), [("ES256", ES256), ("EdDSA", EDDSA)])
def test_a_key_signs_what_its_public_half_verifies(store: KeyStore, algorithm: str, number: int) -> None:
    made = store.create("rx-1", algorithm=algorithm)
    again = store.signer("rx-1")
    assert made.key == again.key and made.key.alg == number
    for data in (b"", b"data", bytes(100_000)):
        signature = again.sign(data)
        assert len(signature) == 64
        assert made.key.verify(signature, data) and not made.key.verify(signature, data + b"x")
    document = cose.sign1(cbor.encode({1: "x"}), again)
    assert cose.verify1(document, made.key).payload == cbor.encode({1: "x"})


def test_es256_is_the_default(store: KeyStore) -> None:
    assert store.create("rx-1").key.alg == ES256


def test_labels_are_sorted_and_keys_are_told_apart(store: KeyStore) -> None:
    made = {label: store.create(label).key for label in ("rx-2", "rx-10", "förskrivare 1")}
    assert list(store.labels()) == sorted(made)
    assert {label: store.signer(label).key for label in made} == made
    assert len(set(made.values())) == 3


def test_a_key_is_never_made_twice(store: KeyStore) -> None:
    first = store.create("rx-1")
    refused("token_key_exists", store.create, "rx-1")
    refused("token_key_exists", store.create, "rx-1", algorithm="EdDSA")
    assert store.signer("rx-1").key == first.key


@pytest.mark.parametrize("label", ["", "x" * 65, "a\nb", "a\0b"])
def test_a_label_that_nobody_can_read_is_refused(store: KeyStore, label: str) -> None:
    refused("token_label_invalid", store.create, label)
    assert list(store.labels()) == []


def test_many_threads_sign_with_many_keys(store: KeyStore) -> None:
    signers = [store.create(f"rx-{number}") for number in range(4)]

    def sign(number: int) -> bool:
        signer, data = signers[number % 4], b"%d" % number
        return signer.key.verify(signer.sign(data), data)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(sign, range(200)))
