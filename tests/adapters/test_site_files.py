"""The files of a site: trust data, policy, keys, and writing whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dpr.adapters import files, policy_toml
from dpr.adapters.key_files import KeyFile
from dpr.adapters.trust_files import TrustFiles, read_anchor, write_anchor
from dpr.apps.trust_setup import Authority, IssuerFolder
from dpr.core import cbor, documents
from dpr.core.errors import DprError, InputError, SetupError, StorageError
from dpr.core.keys import PublicKey
from dpr.core.policy import Policy
from dpr.core.status import Status
from dpr.core.trust_list import Environment
from tests.world import CARE, DAY, GLN, NOW, VETERINARIAN, VETS, World, signer


@pytest.fixture
def site(tmp_path: Path) -> TrustFiles:
    world = World()
    (tmp_path / "anchor.json").write_bytes(write_anchor(world.anchor))
    trust = TrustFiles(tmp_path)
    trust.bring_in(world.trust_list(), now=NOW)
    return trust


def code_of(work: Any, *args: Any) -> str:
    with pytest.raises(DprError) as caught:
        work(*args)
    return caught.value.code


def refusal(site: TrustFiles, data: bytes) -> str:
    """The code with which `data` is refused."""
    return code_of(lambda: site.bring_in(data, now=NOW))


# --- trust data ----------------------------------------------------------------------------------------------------------


def test_what_is_brought_in_is_what_is_loaded(site: TrustFiles) -> None:
    world = World()
    assert site.bring_in(world.status_list({3: Status.REVOKED}), now=NOW) == "application/statuslist+cwt"
    assert site.bring_in(world.credential(), now=NOW) == "dpr-credential"
    trust = site.load()
    assert trust.trust_list == world.trust_list_value()
    assert [signer.credential for signer in trust.held(world.prescriber.key.kid)] == [world.credential_value()]
    assert trust.status(world.credential_value(idx=3)).status is Status.REVOKED  # type: ignore[union-attr]
    assert site.skipped == []


def test_an_older_list_never_replaces_a_newer_one(site: TrustFiles) -> None:
    world = World()
    site.bring_in(world.trust_list(version=5), now=NOW)
    assert refusal(site, world.trust_list(version=4)) == "trust_list_older"
    assert site.load().trust_list.content.version == 5  # type: ignore[union-attr]
    site.bring_in(world.status_list(issued_at=world.now - 100), now=NOW)
    assert refusal(site, world.status_list({7: Status.REVOKED}, issued_at=world.now - 101)) == "status_list_older"
    assert site.load().status(world.credential_value()).status is Status.VALID  # type: ignore[union-attr]


def test_other_content_that_claims_to_be_as_new_is_refused_and_the_same_bytes_are_not(site: TrustFiles) -> None:
    world = World()
    fewer = documents.sign_trust_list(world.trust_list_value(issuers=world.issuers()[:1]), [world.root])
    assert refusal(site, fewer) == "trust_list_older"
    site.bring_in(world.trust_list(), now=NOW)
    site.bring_in(world.status_list({7: Status.REVOKED}), now=NOW)
    assert refusal(site, world.status_list()) == "status_list_older"
    site.bring_in(world.status_list({7: Status.REVOKED}), now=NOW)
    assert site.load().status(world.credential_value()).status is Status.REVOKED  # type: ignore[union-attr]
    assert site.load().trust_list == world.trust_list_value()


def test_a_list_from_the_future_is_refused(site: TrustFiles) -> None:
    world = World()
    late = world.trust_list_value(version=2)
    for ahead, fits in ((300, True), (301, False)):
        lists = (
            world.status_list(issued_at=NOW + ahead),
            documents.sign_trust_list(msgspec.structs.replace(late, issued_at=NOW + ahead), [world.root]),
        )
        for data in lists:
            if fits:
                site.bring_in(data, now=NOW)
            else:
                assert refusal(site, data) == "list_from_the_future"
    with pytest.raises(DprError, match="list_from_the_future"):
        site.bring_in(world.status_list(issued_at=NOW + 11), now=NOW, skew_seconds=10)


def test_a_held_list_from_the_future_keeps_no_later_one_out(site: TrustFiles) -> None:
    world, year = World(), 365 * DAY
    far = world.trust_list_value(version=9, next_update=NOW + 2 * year)
    site.bring_in(documents.sign_trust_list(msgspec.structs.replace(far, issued_at=NOW + year), [world.root]), now=NOW + year)
    site.bring_in(world.status_list(issued_at=NOW + year), now=NOW + year)
    # The clock is right again.
    site.bring_in(world.trust_list(version=2), now=NOW)
    site.bring_in(world.status_list({7: Status.REVOKED}), now=NOW)
    assert site.load().trust_list.content.version == 2  # type: ignore[union-attr]
    assert site.load().status(world.credential_value()).status is Status.REVOKED  # type: ignore[union-attr]
    assert refusal(site, world.trust_list(version=1)) == "trust_list_older"


@pytest.mark.parametrize("torn", [b"", b"torn", World(root=signer("forger")).trust_list(version=99)])
def test_a_torn_trust_list_is_mended_but_not_by_an_older_one(site: TrustFiles, torn: bytes) -> None:
    world = World()
    site.bring_in(world.trust_list(version=5), now=NOW)
    (site.folder / "trust-list.cbor").write_bytes(torn)
    assert refusal(site, world.trust_list(version=4)) == "trust_list_older"
    other = documents.sign_trust_list(world.trust_list_value(version=5, issuers=world.issuers()[:1]), [world.root])
    assert refusal(site, other) == "trust_list_older"
    site.bring_in(world.trust_list(version=5), now=NOW)
    assert site.load().trust_list.content.version == 5  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "torn", [None, b"", b"{", b'{"version":"9"}', b'{"version":1,"issued_at":1,"sha256":"\xff"}', b"[" * 9999]
)
def test_without_its_version_file_a_held_trust_list_still_bars_older_ones(site: TrustFiles, torn: bytes | None) -> None:
    site.bring_in(World().trust_list(version=5), now=NOW)
    version = site.folder / "trust-list.version"
    if torn is None:
        version.unlink()
    else:
        version.write_bytes(torn)
    assert refusal(site, World().trust_list(version=4)) == "trust_list_older"
    site.bring_in(World().trust_list(version=6), now=NOW)
    (site.folder / "trust-list.cbor").unlink()
    assert refusal(site, World().trust_list(version=5)) == "trust_list_older"


def test_a_crash_before_the_new_trust_list_is_written_lets_it_in_the_next_time(
    site: TrustFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = files.replace

    def crash(path: Path, content: bytes) -> None:
        if path.name == "trust-list.cbor":
            raise StorageError("file_not_written", "")
        whole(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(files, "replace", crash)
        assert refusal(site, World().trust_list(version=2)) == "file_not_written"
    assert site.load().trust_list.content.version == 1  # type: ignore[union-attr]
    site.bring_in(World().trust_list(version=2), now=NOW)
    assert site.load().trust_list.content.version == 2  # type: ignore[union-attr]


def test_an_older_credential_never_replaces_a_newer_one(site: TrustFiles) -> None:
    world = World()
    newer = world.credential(valid_from=NOW - DAY)
    site.bring_in(newer, now=NOW)
    old = world.credential(valid_from=NOW - 300 * DAY, valid_until=NOW - 200 * DAY)
    assert refusal(site, old) == "credential_older"
    site.bring_in(newer, now=NOW)
    assert [signer.document for signer in site.load().held(world.prescriber.key.kid)] == [newer]


def test_another_issuers_credential_for_the_same_key_does_not_replace_the_first(site: TrustFiles) -> None:
    world = World()
    site.bring_in(world.credential(), now=NOW)
    site.bring_in(world.credential(VETERINARIAN, world.prescriber, 3), now=NOW)
    assert {signer.issuer.id for signer in site.load().held(world.prescriber.key.kid)} == {CARE, VETS}
    assert len(site.credentials) == 2


def test_the_newest_of_several_files_counts(site: TrustFiles) -> None:
    world = World()
    for folder, older, newer in (
        ("status", world.status_list(issued_at=NOW - 900), world.status_list({7: Status.REVOKED})),
        ("credentials", world.credential(valid_from=NOW - 40 * DAY), world.credential()),
    ):
        (site.folder / folder).mkdir()
        for name, data in (("a", older), ("b", newer), ("c", older)):
            (site.folder / folder / f"{name}.cbor").write_bytes(data)
    trust = site.load()
    assert trust.status(world.credential_value()).status is Status.REVOKED  # type: ignore[union-attr]
    assert trust.held(world.prescriber.key.kid)[0].document == world.credential()


def test_every_document_is_opened_once_when_the_folder_is_loaded(site: TrustFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    for data in (world.status_list(), world.credential()):
        site.bring_in(data, now=NOW)
    opened: list[bytes] = []

    def counted(whole: Callable[..., Any]) -> Callable[..., Any]:
        def open_once(document: bytes, *args: Any, **options: Any) -> Any:
            opened.append(document)
            return whole(document, *args, **options)

        return open_once

    for name in ("open", "open_credential", "open_trust_list"):
        monkeypatch.setattr(documents, name, counted(getattr(documents, name)))
    site.load()
    assert sorted(opened) == sorted([world.trust_list(), world.status_list(), world.credential()])


@pytest.mark.parametrize("data", [b"", b"\xd8\x62", b"\xd2\x84", b"{}", os.urandom(400), b"\xd8\x62\x84" + bytes(50)])
def test_what_does_not_verify_is_not_kept(site: TrustFiles, data: bytes) -> None:
    before = sorted(path.name for path in site.folder.rglob("*"))
    with pytest.raises(DprError):
        site.bring_in(data, now=NOW)
    assert sorted(path.name for path in site.folder.rglob("*")) == before


def test_a_list_signed_by_somebody_else_is_not_kept(site: TrustFiles) -> None:
    world = World(root=signer("forger"))
    assert refusal(site, world.trust_list(version=9)) == "trust_list_threshold"
    other = World(care=signer("forger"))
    assert refusal(site, other.status_list()) == "chain_issuer_unknown"
    assert refusal(site, World().prescription_document()) == "document_kind"


def test_one_torn_list_among_many_is_left_out_and_named(site: TrustFiles) -> None:
    world = World()
    site.bring_in(world.status_list(), now=NOW)
    (site.folder / "status" / "torn.cbor").write_bytes(world.status_list(issuer=CARE)[:-5])
    (site.folder / "credentials").mkdir()
    (site.folder / "credentials" / "empty.cbor").write_bytes(b"")
    trust = site.load()
    assert trust.status(world.credential_value()) is not None
    assert [name for name, _ in site.skipped] == ["status/torn.cbor", "credentials/empty.cbor"]


def test_a_site_that_is_not_set_up_says_what_is_missing(tmp_path: Path) -> None:
    assert code_of(TrustFiles(tmp_path).load) == "trust_not_set_up"
    (tmp_path / "anchor.json").write_bytes(write_anchor(World().anchor))
    with pytest.raises(SetupError, match=r"trust-list\.cbor"):
        TrustFiles(tmp_path).load()


@pytest.mark.parametrize(
    "change",
    [
        {"environment": "prod"},
        {"threshold": 0},
        {"threshold": 2},
        {"threshold": True},
        {"keys": []},
        {"keys": ["00"]},
        {"keys": "x"},
        {"authority": 1},
        {"environment": []},
        {"environment": {}},
        {"environment": None},
    ],
)
def test_an_anchor_that_makes_no_sense_is_refused(change: dict[str, Any]) -> None:
    written = json.loads(write_anchor(World().anchor)) | change
    with pytest.raises(InputError, match=r"anchor_invalid|key_|cbor_|field_type"):
        read_anchor(json.dumps(written).encode())


def test_the_same_key_twice_does_not_reach_a_threshold_of_two() -> None:
    written = json.loads(write_anchor(World().anchor))
    written |= {"keys": written["keys"] * 2, "threshold": 2}
    with pytest.raises(InputError, match="anchor_invalid"):
        read_anchor(json.dumps(written).encode())


def test_a_demo_key_is_no_anchor_in_production() -> None:
    demo = KeyFile.load(Path(__file__).parents[2] / "keys" / "demo-authority-1.pem").key
    written = json.loads(write_anchor(World().anchor))
    written |= {"keys": [cbor.encode(demo.to_cose()).hex()]}
    assert read_anchor(json.dumps(written).encode()).keys == (demo,)
    assert code_of(read_anchor, json.dumps(written | {"environment": "production"}).encode()) == "demo_key_in_production"


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_any_bytes_as_an_anchor_give_a_named_error(data: bytes) -> None:
    with pytest.raises(DprError):
        read_anchor(data)


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


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "list.cbor"
    files.replace(path, b"old")
    files.replace(path, b"new")
    assert path.read_bytes() == b"new"
    assert [p.name for p in tmp_path.iterdir()] == ["list.cbor"]
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "x").write_bytes(b"")
    with pytest.raises(StorageError, match="file_not_written"):
        files.replace(tmp_path / "folder", b"new")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["folder", "list.cbor"]


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "list.cbor"
    files.replace(path, b"old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        files.replace(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["list.cbor"]


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(bytes(101))
    assert code_of(lambda: files.read(tmp_path / "big", limit=100)) == "file_too_large"
    assert code_of(lambda: files.read(tmp_path / "none", limit=100)) == "file_missing"
    assert code_of(lambda: files.read(tmp_path, limit=100)) == "file_unreadable"


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
    authority = Authority.create(tmp_path / "authority", name="se-test", environment="test", keys=1, threshold=1)
    authority.add_issuer(issuer.folder / "issuer.json", days=9, now=now)
    site = TrustFiles(tmp_path / "site")
    files.replace(site.folder / "anchor.json", (authority.folder / "anchor.json").read_bytes())
    for number in range(3):
        assert authority.publish(next_update_days=1, now=now).content.version == number + 1
        published = (authority.folder / "trust-list.cbor", issuer.publish(now=now))
        for path in published:
            site.bring_in(path.read_bytes(), now=NOW)
            assert path.read_bytes() in [held.read_bytes() for held in site.folder.rglob("*.cbor")]
        assert [held.issued_at for held in site.load().status_lists.values()] == [NOW + number]


def test_an_issuer_whose_clock_was_wrong_publishes_at_the_right_time_again(tmp_path: Path) -> None:
    issuer = IssuerFolder.create(tmp_path, id=CARE, name="Region Test", role="care_provider", glns=())

    def issued_at(published_at: int) -> int:
        path = issuer.publish(now=datetime.fromtimestamp(published_at, UTC))
        return documents.read_claims(documents.STATUS_LIST, documents.split(path.read_bytes())[1]).issued_at

    assert issued_at(NOW + 365 * DAY) == NOW + 365 * DAY
    assert issued_at(NOW) == NOW
    (tmp_path / "status.cbor").write_bytes(b"torn")
    assert issued_at(NOW) == NOW


def test_an_issuers_record_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    issuer = IssuerFolder.create(tmp_path, id=CARE, name="Region Test", role="care_provider", glns=())
    (tmp_path / "credentials.json").write_bytes(b'{"credentials":[{"index":0,"id":"\xff"}]}')
    assert code_of(lambda: issuer.publish(now=datetime.fromtimestamp(NOW, UTC))) == "issuer_records_invalid"
