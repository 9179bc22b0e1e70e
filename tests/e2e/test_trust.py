"""`dpr trust`: a stick, mirrors, how it stands, and a clock that was wrong."""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import re
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from dpr.adapters.trust_files import TrustFiles
from dpr.core import documents
from dpr.core.codes import CODES
from tests.attacks.simulator import Quorum, Simulator
from tests.e2e.cli import Ran, run
from tests.e2e.stage import Stage, clean, done
from tests.world import DAY, World


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Any static web server over a published folder; its base address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def trust(own: Stage, *words: object) -> Ran:
    return clean(run("--site", own.pharmacy, "trust", *words))


def add_published(own: Stage) -> None:
    """The authority publishes again, with the issuers' lists beside its own."""
    for issuer in ("region", "chain", "other-chain"):
        shutil.copytree(own.folder / issuer / "published", own.published, dirs_exist_ok=True)
    done("authority", "publish", own.folder / "authority")


def test_a_stick_is_taken_as_a_whole_and_the_fingerprint_is_compared(own: Stage, tmp_path: Path) -> None:
    stick, site = tmp_path / "usb" / "dpr", tmp_path / "new"
    add_published(own)
    shutil.copytree(own.published, stick)
    site.mkdir()
    (site / "policy.toml").write_text('environment = "test"\n')
    told = documents.fingerprint((stick / "root.cbor").read_bytes())
    wrong = clean(run("--site", site, "trust", "add", stick.parent, "--fingerprint", "0" * 64))
    assert wrong.code == 2 and "[root_fingerprint_differs]" in wrong.err and not (site / "root.cbor").exists()
    right = done("--site", site, "trust", "add", stick.parent, "--fingerprint", told.upper())
    assert " ".join(told[at : at + 4] for at in range(0, 64, 4)) in right.out
    assert done("--site", site, "verify", own.rx("one"))
    again = done("--site", site, "trust", "add", stick.parent, "--json").json
    assert again["installed"] is None and {one["state"] for one in again["files"]} == {"held"}


def test_a_subset_on_a_stick_is_taken_too(own: Stage, tmp_path: Path) -> None:
    done("issuer", "revoke", own.folder / "region", own.person("prescriber", "cbor"))
    done("issuer", "publish", own.folder / "region")
    stick = tmp_path / "usb"
    shutil.copytree(own.folder / "region" / "published", stick)
    assert trust(own, "add", stick).code == 0
    assert "[credential_revoked]" in run("--site", own.pharmacy, "verify", own.rx("one")).out


def test_the_export_has_what_a_verdict_rests_on(own: Stage) -> None:
    add_published(own)
    assert trust(own, "add", own.published).code == 0
    found = done("--site", own.pharmacy, "trust", "export").json["trust"]
    members = {"anchor", "trust_list", "status_lists", "revocations", "credentials", "floor", "snapshot", "root"}
    assert found.keys() == members and len(found["revocations"]) == 2
    held = TrustFiles(own.pharmacy).load()
    assert found["floor"] == held.floor and held.snapshot is not None
    root = documents.open_root(bytes.fromhex(found["root"]), None)
    assert documents.open_snapshot(bytes.fromhex(found["snapshot"]), root) == held.snapshot


def test_a_folder_with_nothing_in_it_is_named(own: Stage, tmp_path: Path) -> None:
    ran = trust(own, "add", tmp_path)
    assert ran.code == 2 and "[file_missing]" in ran.err and str(tmp_path) in ran.err


def test_lists_are_fetched_from_the_mirror_that_works(own: Stage) -> None:
    add_published(own)
    with served(own.published) as good, served(own.folder / "people") as other:
        ran = trust(own, "fetch", "--mirror", other, "--mirror", "http://127.0.0.1:9", "--mirror", good)
        assert ran.code == 0 and "[mirror_unreachable]" in ran.out and "[mirror_without_list]" in ran.out
        assert TrustFiles(own.pharmacy).load().trust_list.content.version == 2  # type: ignore[union-attr]
        own.policy(trust_mirrors=[good])
        assert trust(own, "fetch").code == 0
        again = done("--site", own.pharmacy, "trust", "fetch", "--json").json
        assert again == {"answered": [good], "taken": [], "refused": [], "faults": [], "timed_out": False}
    ran = trust(own, "fetch")
    assert ran.code == 1 and "Det som finns gäller" in ran.out
    assert run("--site", own.pharmacy, "verify", own.rx("one")).code == 0


def test_it_fetches_again_and_again_with_jitter_whatever_went_wrong_before(own: Stage) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            raise KeyboardInterrupt

    with mock.patch("time.sleep", sleep):
        ran = run("--site", own.pharmacy, "trust", "fetch", "--mirror", "http://127.0.0.1:9", "--every", "10")
    assert ran.code not in (0, 70) and ran.out.count("[mirrors_failed]") == 3
    assert all(540 <= one <= 660 for one in slept) and len(set(slept)) == 3


def test_without_a_mirror_it_says_what_to_write(own: Stage) -> None:
    ran = trust(own, "fetch")
    assert ran.code == 2 and "[trust_mirrors_missing]" in ran.err and "trust_mirrors =" in ran.err


@pytest.mark.parametrize("words", [("--mirror", "ftp://x"), ("--mirror", "x"), ("--every", "0")])
def test_what_is_no_mirror_is_misuse(own: Stage, words: tuple[str, str]) -> None:
    assert trust(own, "fetch", *words).code == 2


def test_a_mirror_in_the_policy_is_an_address(own: Stage) -> None:
    own.policy(trust_mirrors=["file:///etc"])
    assert "[policy_invalid]" in trust(own, "fetch").err


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_status_says_what_may_be_dispensed_until_when_and_why(own: Stage, language: str) -> None:
    ran = clean(run("--lang", language, "--site", own.pharmacy, "trust", "status", "--all", "--as", own.pharmacist))
    assert ran.code == 0
    ordinary, special = ("Vanliga läkemedel", "Särskilda läkemedel") if language == "sv" else ("Ordinary", "Special medicines")
    assert ordinary in ran.out and special in ran.out
    assert ("om " if language == "sv" else "in ") in ran.out and "SE2321000016-T001" in ran.out
    assert ("Apotekets behörighetsbevis" if language == "sv" else "The pharmacy's credential") in ran.out


def test_a_pharmacy_whose_own_credential_is_revoked_reads_it_first_and_monitoring_hears_it(own: Stage) -> None:
    assert trust(own, "status").code == 0
    done("issuer", "revoke", own.folder / "chain", own.person("pharmacy", "cbor"))
    done("issuer", "publish", own.folder / "chain")
    done("--site", own.pharmacy, "trust", "add", own.folder / "chain" / "published")
    ran = trust(own, "status")
    assert ran.code == 1 and "✗ Vanliga läkemedel: får inte lämnas ut [pharmacy_credential_revoked]" in ran.out
    assert ran.out.count("Apotekets eget bevis är spärrat.") == 1 and "→ Expediera inget här." in ran.out
    assert trust(own, "status", "--json").json["own"][0]["permission"] == "no"


def test_a_credential_whose_issuer_is_gone_is_said_without_sending_anybody_to_the_prescriber(own: Stage) -> None:
    stranger = own.folder / "stranger.cbor"
    stranger.write_bytes(World().pharmacist_credential())
    ran = trust(own, "status", "--as", stranger)
    assert ran.code == 1 and "[own_issuer_unknown]" in ran.out and "förskrivaren finns inte" not in ran.out


@pytest.mark.parametrize("language", ["sv", "en"])
def test_each_code_of_the_status_is_explained_once(tmp_path: Path, language: str) -> None:
    authority = Simulator(now=int(time.time()) - 3 * DAY).install()
    held = site_of(authority, tmp_path / "site")
    ran = clean(run("--lang", language, "--site", held.folder, "trust", "status"))
    assert ran.code == 0, "stale asks for no reason"
    _, _, explained = ran.out.partition("Vad koderna betyder:" if language == "sv" else "What the codes mean:")
    shown = [code for group in re.findall(r"\[([a-z_, ]+)\]", ran.out) for code in group.split(", ")]
    assert {"snapshot_stale", "status_stale", "special_needs_fresh_status"} <= {*shown}
    for code in {*shown}:
        found = CODES[code]
        assert explained.count(f"  {code}: {found.sv if language == 'sv' else found.en}") == 1
        assert f"→ {found.do_sv if language == 'sv' else found.do_en}" in explained
    assert explained.count("→") == len({CODES[code].do_en for code in shown})
    lines = [line for line in ran.out.splitlines() if "SE5560000001-T002" in line]
    assert len(lines) == 1 and "[status_stale]" in lines[0], "the pharmacies' list is as old"
    assert not re.search(r"\b\d{5,} s\b|\b1\d{9}\b", ran.out), "times are dates"


def test_a_clock_years_ahead_of_every_list_is_not_said_to_be_right(tmp_path: Path) -> None:
    authority = Simulator(now=int(time.time()) - 700 * DAY).install()
    held = site_of(authority, tmp_path / "site")
    ran = clean(run("--site", held.folder, "trust", "status"))
    assert ran.code == 1 and "! Klockan visar" in ran.out and "✓ Klockan" not in ran.out


def test_a_stolen_online_key_that_asks_for_the_impossible_does_not_break_the_status(tmp_path: Path) -> None:
    authority = Simulator().install()
    held = site_of(authority, tmp_path / "site")
    authority.versions["snapshot"] += 1
    claims = authority.snapshot_claims()
    claims[-65537][3] = dict.fromkeys(claims[-65537][3], 2**40)
    held.bring_in([authority.snapshot(claims)], now=authority.now)
    found = run("--site", held.folder, "trust", "status", "--json").json
    assert {one["minimum"] for one in found["behind"]} == {2**40, "2199-12-31T23:59:59+00:00"}
    assert "2199" not in clean(run("--site", held.folder, "trust", "status")).out


def test_another_authoritys_stick_is_said_once(own: Stage, tmp_path: Path) -> None:
    stick = tmp_path / "usb"
    for name, data in Simulator(root_quorum=Quorum(1, ("stranger",))).install().files.items():
        path = stick / f"{name}.cbor"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    ran = trust(own, "add", stick)
    assert ran.code == 1 and ran.out.count("✗") == ran.out.count("→") == 1 and "[other_authority]" in ran.out
    assert "USB-minne" in ran.out and str(stick / "root.cbor") in ran.out


def test_what_is_refused_says_what_to_do_once_for_each_code(own: Stage, tmp_path: Path) -> None:
    stick = tmp_path / "usb"
    shutil.copytree(own.published, stick)
    for number in range(12):
        (stick / f"torn-{number}.cbor").write_bytes(b"torn")
    (stick / "prescription.cbor").write_bytes(own.rx("one").read_bytes())
    (stick / "link.cbor").mkdir()
    ran = trust(own, "add", stick, stick / "link.cbor" / "missing.cbor")
    assert ran.code == 1 and ran.out.count("✗ inte inläst:") == ran.out.count("→") == 2
    assert "… (13)" in ran.out and "[file_torn]" in ran.out and "[file_missing]" in ran.out
    assert "pappersrecept" not in ran.out and "Skanna" not in ran.out
    assert "(lista över utfärdare)" in ran.out and "dpr-" not in ran.out.replace(str(stick), "")


def test_a_root_torn_beyond_help_is_mended_from_a_stick_with_its_fingerprint(own: Stage, tmp_path: Path) -> None:
    root = (own.published / "root.cbor").read_bytes()
    for path in (own.pharmacy / "root.cbor", *(own.pharmacy / "roots").iterdir()):
        path.write_bytes(b"")
    ran = trust(own, "status")
    assert "[trust_file_torn]" in ran.err and "root.cbor" in ran.err and "--fingerprint" in ran.err
    done("--site", own.pharmacy, "trust", "add", own.published, "--fingerprint", documents.fingerprint(root))
    assert run("--site", own.pharmacy, "verify", own.rx("one")).code == 0


def site_of(authority: Simulator, folder: Path, policy: str = "") -> TrustFiles:
    folder.mkdir()
    (folder / "policy.toml").write_text('environment = "test"\n' + policy)
    held = TrustFiles(folder)
    held.install(authority.files["roots/1"], fingerprint=None)
    held.bring_in(authority.files.values(), now=authority.now)
    return held


def test_the_status_names_what_is_behind_and_what_was_left_out(tmp_path: Path) -> None:
    authority = Simulator().install()
    held = site_of(authority, tmp_path / "site")
    authority.publish()
    held.bring_in([authority.files["snapshot"]], now=authority.now)
    (held.folder / "revocations" / "torn.cbor").write_bytes(b"torn")
    ran = run("--site", held.folder, "trust", "status", "--json")
    found = ran.json
    assert ran.code == 1, "a reason is needed"
    assert {one["name"] for one in found["behind"]} == {name for name in authority.minimums() if name != "root"}
    assert [one["file"] for one in found["files_left_out"]] == ["revocations/torn.cbor"]
    ordinary = found["classes"][0]
    assert ordinary["permission"] == "reason" and "trust_list_behind_snapshot" in ordinary["codes"]
    assert {one["permission"] for one in found["classes"][1:]} == {"no"}
    said = run("--site", held.folder, "trust", "status").out
    assert "dpr trust fetch" in said and "Används inte: revocations/torn.cbor" in said and "✗ Särskilda" in said


def test_a_clock_behind_is_explained_and_a_named_person_may_reset_what_it_is_measured_by(tmp_path: Path) -> None:
    now = int(time.time())
    authority = Simulator(now=now - DAY).install()
    held = site_of(authority, tmp_path / "site")
    authority.now = now + 400 * DAY
    authority.publish()
    held.bring_in(authority.files.values(), now=authority.now)  # in those days the clock was as wrong
    site = ("--site", held.folder)
    said = run(*site, "trust", "status").out
    assert "✗ Klockan visar" in said and "efter" in said and "✗ Vanliga läkemedel" in said
    assert clean(run(*site, "trust", "reset-clock", "--as", "Leila", "--reason", "19121212-1212")).code == 2
    done(*site, "trust", "reset-clock", "--as", "a1b2c3d4e5f60718", "--reason", "The clock was in 2028")
    assert "✓ Klockan" in run(*site, "trust", "status").out
    (line,) = (held.folder / "trust-log.jsonl").read_text().splitlines()
    assert json.loads(line)["as"] == "a1b2c3d4e5f60718"
