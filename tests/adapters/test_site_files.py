"""The files of a site: trust data, policy, keys."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dpr.adapters import policy_toml
from dpr.adapters.key_files import KeyFile
from dpr.adapters.trust_files import TrustFiles
from dpr.apps.authority_folder import Authority
from dpr.apps.issuer_folder import IssuerFolder
from dpr.apps.issuer_lists import publish
from dpr.core import documents
from dpr.core.errors import DprError, InputError
from dpr.core.keys import PublicKey
from dpr.core.policy import Policy
from dpr.core.trust_list import Environment
from tests.world import CARE, GLN, NOW, World, signer


def code_of(work: Any, *args: Any) -> str:
    with pytest.raises(DprError) as caught:
        work(*args)
    return caught.value.code


# --- policy --------------------------------------------------------------------------------------------------------------


def test_no_policy_file_means_the_safe_defaults(tmp_path: Path) -> None:
    policy = policy_toml.load(tmp_path / "policy.toml")
    assert policy == Policy()
    assert policy.environment is Environment.PRODUCTION
    assert not policy.offline_dispensing


def test_a_policy_is_read(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text(f'environment = "test"\ngln = "{GLN}"\nstatus_fresh_hours = 6\n')
    assert policy_toml.load(tmp_path / "policy.toml") == Policy(environment=Environment.TEST, gln=GLN, status_fresh_hours=6)


@pytest.mark.parametrize(
    "text",
    [
        "offline = true",
        'offline_dispensing = "yes"',
        "status_fresh_hours = -1",
        "status_fresh_hours = 1.5",
        'gln = "123"',
        'gln = "7350000000000"',
        'environment = "staging"',
        "environment = 1",
        "a = [",
        "clock_skew_seconds = 999999",
        "\0",
        "clock_skew_seconds = " + "9" * 5000,
        "a = " + "[" * 15_000,
        ".".join("a" * 7000) + " = 1",
        'mail_gateways = ["gln:7350000000009"]',
        'mail_gateways = ["key:0f3c"]',
    ],
)
def test_a_policy_that_makes_no_sense_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "policy.toml").write_text(text)
    assert code_of(policy_toml.load, tmp_path / "policy.toml") == "policy_invalid"


def test_a_policy_of_more_than_16_kb_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text("#" * 16_000)
    assert policy_toml.load(tmp_path / "policy.toml") == Policy()
    (tmp_path / "policy.toml").write_text("#" * 16_001)
    assert code_of(policy_toml.load, tmp_path / "policy.toml") == "file_too_large"


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=100), st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace"))))
def test_any_bytes_as_a_policy_give_a_policy_or_a_named_error(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "policy.toml").write_bytes(data)
    try:
        assert isinstance(policy_toml.load(tmp_path / "policy.toml"), Policy)
    except InputError as error:
        assert error.code == "policy_invalid"


# --- keys and files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
def test_a_key_file_is_private_and_never_overwritten(tmp_path: Path, algorithm: str) -> None:
    path = tmp_path / "key.pem"
    made = KeyFile.create(path, algorithm=algorithm)
    assert path.stat().st_mode & 0o777 == 0o600
    again = KeyFile.load(path)
    assert again.key == made.key
    assert made.key.verify(again.sign(b"data"), b"data")
    assert again.sign(b"data") == made.sign(b"data")  # deterministic: no random number can leak the key
    assert code_of(KeyFile.create, path) == "key_file_exists"


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", os.urandom(300)])
def test_what_is_no_key_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key.pem").write_bytes(content)
    assert code_of(KeyFile.load, tmp_path / "key.pem") == "key_file_invalid"
    assert code_of(KeyFile.load, tmp_path / "none.pem") == "key_file_missing"
    assert code_of(KeyFile.load, tmp_path) == "key_file_missing"


def test_other_keys_are_refused(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    for number, key in enumerate((ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048))):
        path = tmp_path / f"{number}.pem"
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        assert code_of(KeyFile.load, path) == "key_file_invalid"


def test_a_request_for_a_credential_proves_possession() -> None:
    from dpr.core import key_request

    for algorithm in ("ES256", "EdDSA"):
        asker = signer("asker", algorithm)
        assert key_request.read(key_request.make(asker)) == asker.key
    request = key_request.make(signer("asker"))
    other: PublicKey = signer("other").key
    stolen = request.replace(signer("asker").key.to_cose()[-2], other.to_cose()[-2])
    assert code_of(key_request.read, stolen) in ("signature_invalid", "key_weak")
    assert code_of(key_request.read, documents.sign(documents.CREDENTIAL_KIND, World().credential_value(), signer("x"))) == (
        "key_malformed"
    )


# --- those who publish ---------------------------------------------------------------------------------------------------


def test_lists_published_in_one_second_have_an_order_that_a_site_follows(tmp_path: Path) -> None:
    now = datetime.fromtimestamp(NOW, UTC)
    issuer = IssuerFolder.create(tmp_path / "issuer", id=CARE, name="Region Test", role="care_provider", glns=())
    authority = Authority.create(tmp_path / "authority", name="se-test", environment="test", keys=1, threshold=1, now=now)
    authority.add_issuer(issuer.folder / "issuer.json", days=9, now=now)
    site, published = TrustFiles(tmp_path / "site"), authority.folder / "published"
    for number in range(3):
        assert authority.publish(next_update_days=1, now=now).content.version == number + 1
        if not number:
            site.install((published / "root.cbor").read_bytes(), fingerprint=None)
        lists = [(published / "trust-list.cbor").read_bytes(), publish(issuer, now=now).status.read_bytes()]
        assert [one.state for one in site.bring_in(lists, now=NOW).outcomes] == ["taken", "taken"]
        assert [held.issued_at for held in site.load().status_lists.values()] == [NOW + number]
