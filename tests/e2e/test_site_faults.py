"""A site whose own files are damaged, hostile or set up wrong: every command that meets them says which and what to do."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from dpr.core import documents
from tests.e2e.cli import Ran, run
from tests.e2e.stage import POLICY, Stage, clean, done
from tests.e2e.test_bad_input import told

NOISE = random.Random(7).randbytes(5000)
GROUND = ("--decided-by", "Leila Haddad", "--reason", "NLL svarar inte", "--since", "2026-01-02")


def counter(stage: Stage, command: str, id: str) -> Ran:
    words: dict[str, list[object]] = {
        "verify": ["verify", stage.rx("one")],
        "receive": ["receive", stage.rx("repeats")],
        "dispense": ["dispense", id, "--as", stage.pharmacist, *GROUND],
        "status": ["status"],
        "report": ["report"],
        "retry": ["retry", id],
        "trust": ["trust", "status"],
        "find": ["products", "find", "alvedon"],
    }
    return clean(run("--site", stage.pharmacy, *words[command]))


@pytest.mark.parametrize(
    "line",
    [
        "unknown_key = 1",
        'offline_dispensing = "yes"',
        "register_timeout_seconds = 0",
        "register_settle_seconds = 1.5",
        "clock_skew_seconds = -1",
        "status_red_hours = 99999999999999999999",
        'environment = "Test2"',
        "environment = 1",
        "environment = []",
        'gln = "7350000000008"',
        "gln = 7350000000009",
        f'register_url = "{"x" * 400}"',
        "= = =",
        "[table]",
        "accept_bearer = true\naccept_bearer = false",
        "a" * 200_000,
        "\udcff",
    ],
    ids=lambda line: line[:30],
)
def test_a_setting_that_makes_no_sense_is_refused_by_name(own: Stage, line: str) -> None:
    name = line.partition(" ")[0]
    policy = "".join(one + "\n" for one in POLICY.splitlines() if not one.startswith(f"{name} "))
    (own.pharmacy / "policy.toml").write_bytes((policy + line + "\n").encode("utf-8", "surrogateescape"))
    ran = counter(own, "verify", "")
    assert ran.code == 2 and told(ran.err, ran.code) is None
    assert "[policy_invalid]" in ran.err or (len(line) > 100_000 and "[file_too_large]" in ran.err)
    assert "policy.toml" in ran.err


DATABASES: dict[str, Callable[[bytes], bytes | None]] = {
    "noise": lambda whole: NOISE,
    "empty": lambda whole: b"",
    "torn": lambda whole: whole[: len(whole) // 2 + 100],
    "torn at a page": lambda whole: whole[:8192],
    "noise inside": lambda whole: whole[:5000] + NOISE + whole[10_000:],
    "another program's": lambda whole: None,
}


@pytest.mark.parametrize("how", DATABASES)
@pytest.mark.parametrize("command", ["receive", "dispense", "status", "report", "retry"])
def test_a_damaged_ledger_is_never_taken_for_an_empty_one(own: Stage, command: str, how: str) -> None:
    id = own.receive("one")
    path = own.pharmacy / "ledger.db"
    content = DATABASES[how](path.read_bytes())
    path.write_bytes(content if content is not None else (own.pharmacy / "products.db").read_bytes())
    before = path.read_bytes()
    ran = counter(own, command, id)
    assert ran.code == 2 and "[ledger_damaged]" in ran.err and told(ran.err, ran.code) is None
    if how != "another program's":  # whose journal mode is switched when it is opened
        assert path.read_bytes() == before, "damage is left as it is, for whoever repairs it"


@pytest.mark.parametrize("how", [how for how in DATABASES if how != "another program's"])
@pytest.mark.parametrize("command", ["verify", "receive", "find"])
def test_a_damaged_product_file_is_named(own: Stage, command: str, how: str) -> None:
    path = own.pharmacy / "products.db"
    path.write_bytes(DATABASES[how](path.read_bytes()) or b"")
    ran = counter(own, command, "")
    assert ran.code == 2 and told(ran.err, ran.code) is None
    assert "[products_file_broken]" in ran.err and "dpr --site" in ran.err and "products import" in ran.err


HOSTILE_ROOTS = (b"", b"[]", NOISE, b"\xd8\x62" + NOISE, b"\xd8\x62\x84\x40\xa0\x40\x80")


@pytest.mark.parametrize("root", HOSTILE_ROOTS, ids=lambda root: repr(root[:9]))
@pytest.mark.parametrize("command", ["verify", "receive", "dispense", "trust"])
def test_a_hostile_root_is_refused_by_name(own: Stage, command: str, root: bytes) -> None:
    for path in (own.pharmacy / "root.cbor", *(own.pharmacy / "roots").glob("*.cbor")):
        path.write_bytes(root)
    ran = counter(own, command, "abcd")
    assert ran.code in (1, 2) and told(ran.err, ran.code) is None


def test_a_root_of_another_authority_trusts_nothing(own: Stage) -> None:
    done("authority", "init", own.folder / "other", "--name", "se-test")
    other = (own.folder / "other" / "published" / "root.cbor").read_bytes()
    (own.pharmacy / "root.cbor").write_bytes(other)
    said = counter(own, "verify", "").err
    assert "[trust_file_torn]" in said and "trust-list.cbor (trust_list_threshold)" in said


@pytest.mark.parametrize("content", [b"", NOISE, b"\xd2" + NOISE, None], ids=["empty", "noise", "tagged noise", "torn"])
@pytest.mark.parametrize("file", ["trust-list.cbor", "status", "keys/pharmacy.pem", "keys/pharmacy.cbor"])
def test_damaged_trust_data_never_switch_off_more_than_they_must(own: Stage, file: str, content: bytes | None) -> None:
    id = own.receive("one")
    path = own.pharmacy / file
    for one in sorted(path.glob("*.cbor")) if path.is_dir() else [path]:
        one.write_bytes(one.read_bytes()[:-20] if content is None else content)
    if file == "trust-list.cbor":
        assert counter(own, "verify", id).code == 0, "it has a twin"
        (own.pharmacy / "trust-list.twin").write_bytes(path.read_bytes())
    verify, dispense = counter(own, "verify", id), counter(own, "dispense", id)
    if file == "trust-list.cbor":
        assert verify.code == dispense.code == 1 and told(verify.err, 1) is None and told(dispense.err, 1) is None
        for said in (verify.err, counter(own, "trust", id).out):
            assert "trust-list.cbor" in said and "dpr trust fetch" in said and "pappersrecept" not in said
        assert "finns inte" not in counter(own, "trust", id).out
    elif file == "status":
        assert verify.code == 0 and "[status_missing]" in verify.out and "kräver skäl" in verify.out
        assert dispense.code == 1 and '--override status_missing="…"' in dispense.err
        said = counter(own, "trust", id).out
        assert said.count("! Används inte: status/") == 3 and said.count("En fil med myndighetens listor är skadad") == 1
    else:
        assert verify.code == 0, "judging needs no key of one's own"
        assert dispense.code == 2 and told(dispense.err, 2) is None and str(path) in dispense.err


def test_a_site_that_is_not_set_up_says_how(tmp_path: Path, stage: Stage) -> None:
    ran = clean(run("--site", tmp_path, "verify", stage.rx("one")))
    assert ran.code == 2 and "[trust_not_set_up]" in ran.err
    assert f"dpr --site {tmp_path} trust add" in ran.err
    ran = clean(run("--site", tmp_path, "trust", "add", stage.published))
    assert ran.code == 2 and "[root_fingerprint_missing]" in ran.err, "production is what is meant where nothing is said"
    told_fingerprint = documents.fingerprint((stage.published / "root.cbor").read_bytes())
    ran = clean(run("--site", tmp_path, "trust", "add", stage.published, "--fingerprint", told_fingerprint))
    assert ran.code == 2 and "[root_not_for_this_site]" in ran.err and 'environment = "test"' in ran.err


def test_trust_data_come_in_in_any_order_and_one_bad_file_keeps_no_other_out(tmp_path: Path, stage: Stage) -> None:
    (tmp_path / "policy.toml").write_text(POLICY)
    bad = tmp_path / "bad.cbor"
    bad.write_bytes(NOISE)
    files = [stage.lists("region")[-1], bad, stage.published / "trust-list.cbor", stage.published / "root.cbor"]
    ran = clean(run("--site", tmp_path, "trust", "add", *files))
    assert ran.code == 1 and ran.out.count("✓") == 3 and f"✗ inte inläst: {bad}" in ran.out
    assert run("--site", tmp_path, "verify", stage.rx("one")).code == 0


def test_an_older_list_changes_nothing_and_says_so(own: Stage) -> None:
    first = own.folder / "first.cbor"
    first.write_bytes((own.published / "trust-list.cbor").read_bytes())
    done("authority", "publish", own.folder / "authority")
    done("--site", own.pharmacy, "trust", "add", own.published)
    ran = clean(run("--site", own.pharmacy, "trust", "add", first))
    assert ran.code == 1 and "[trust_list_older]" in ran.out and str(first) in ran.out
    assert "Lista över utfärdare: version 2" in done("--site", own.pharmacy, "trust", "status").out


def test_lists_published_at_once_are_each_newer_than_the_one_before(own: Stage) -> None:
    region, site = own.folder / "region", ("--site", own.pharmacy)
    done("issuer", "publish", region)
    done(*site, "trust", "add", *own.lists("region"))
    done("issuer", "revoke", region, own.person("prescriber", "cbor"))
    done("issuer", "publish", region)
    done(*site, "trust", "add", *own.lists("region"))
    assert "[credential_revoked]" in run(*site, "verify", own.rx("one")).out, "what was revoked in the same second counts"
