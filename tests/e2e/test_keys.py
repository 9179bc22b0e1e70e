"""Keys by the command line: files under a passphrase, keys in a token, and no passphrase or PIN anywhere that is written."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dpr.adapters.key_files import KeyFile
from tests.adapters.softhsm import MODULE, PIN, SoftHsm, SoftToken, needs_softhsm
from tests.e2e.cli import ENVIRONMENT, ROOT, Ran, command, process, run
from tests.e2e.stage import HOLDERS, Stage, clean, done
from tests.e2e.test_readme import on_a_machine_of_its_own
from tests.world import EXAMPLES

GROUND = ("--decided-by", "Driftledningen", "--reason", "NLL svarar inte", "--since", "2026-01-02")
CANARY = "kanariefågel-7391"


@pytest.fixture
def word(tmp_path: Path) -> Path:
    return secret(tmp_path / "word", CANARY)


@pytest.fixture
def token(tmp_path: Path) -> SoftToken:
    hsm = SoftHsm(tmp_path / "hsm")
    with pytest.MonkeyPatch.context() as patched:  # the session's own comes back
        patched.setenv("SOFTHSM2_CONF", hsm.environment["SOFTHSM2_CONF"])
        return hsm.token()


@pytest.fixture(autouse=True)
def no_canary(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Nothing that a test writes holds the passphrase, but for the files that it was read from."""
    yield
    for path in (path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".pin" and path.name != "word"):
        content = path.read_bytes()
        assert CANARY.encode() not in content and PIN.encode() not in content, path
    captured = capfd.readouterr()
    assert CANARY not in captured.out + captured.err and PIN not in captured.out + captured.err


def secret(path: Path, content: str) -> Path:
    path.touch(0o600)
    path.write_text(content + "\n", "utf-8")
    return path


def quiet(ran: Ran) -> Ran:
    assert CANARY not in ran.out + ran.err and "-7391" not in ran.out + ran.err and PIN not in ran.out + ran.err
    return clean(ran)


def error(ran: Ran) -> str:
    found = re.search(r"\[([a-z0-9_]+)\]$", quiet(ran).err.splitlines()[0])
    assert found and ran.code == 2, ran
    return found[1]


# --- files --------------------------------------------------------------------------------------------------------------


def test_a_prescriber_with_an_encrypted_key_signs(own: Stage, word: Path) -> None:
    key, credential, out = own.folder / "p.pem", own.folder / "p.cbor", own.folder / "rx.cbor"
    done("key", "new", key, "--passphrase-file", word)
    assert b"ENCRYPTED" in key.read_bytes()
    holder = own.folder / "p.json"
    holder.write_text(json.dumps(HOLDERS["prescriber"]), "utf-8")
    done("issuer", "credential", own.folder / "region", f"{key}.request", "--holder", holder, "--out", credential)
    done("issuer", "publish", own.folder / "region")
    done("--site", own.clinic, "trust", "add", *own.lists("region"))
    draft = (EXAMPLES / "prescriptions" / "one-item.json").read_bytes()
    words = ("--site", own.clinic, "prescribe", "-", "--key", key, "--credential", credential, "--out", out)
    assert error(run(*words, stdin=draft)) == "secret_missing"
    signed = quiet(process(*words, stdin=draft, DPR_PASSPHRASE_FILE=str(word)))
    assert signed.code == 0, signed
    wrong = secret(own.folder / "wrong.pin", CANARY[:-1])
    again = (*words[:-1], own.folder / "rx2.cbor")
    assert error(process(*again, stdin=draft, DPR_PASSPHRASE_FILE=str(wrong))) == "key_file_passphrase"
    word.chmod(0o644)
    assert error(process(*again, stdin=draft, DPR_PASSPHRASE_FILE=str(word))) == "secret_file_open_to_others"


def test_the_pharmacys_key_is_where_the_policy_says(own: Stage, word: Path) -> None:
    shutil.move(own.pharmacy / "keys" / "pharmacy.pem", own.pharmacy / "keys" / "ours.pem")
    id = own.receive("one")
    words = ("--site", own.pharmacy, "dispense", id, "--as", own.pharmacist, *GROUND)
    missing = quiet(run(*words))
    assert "key_file_missing" in missing.err and str(own.pharmacy / "keys" / "pharmacy.pem") in missing.err
    own.policy(pharmacy_key="keys/ours.pem")
    (own.pharmacy / "keys" / "ours.pem").chmod(0o644)
    assert "key_file_open_to_others" in run(*words).err
    (own.pharmacy / "keys" / "ours.pem").chmod(0o600)
    done(*words)


def test_a_key_is_made_encrypted_unless_it_is_said_otherwise(tmp_path: Path, word: Path) -> None:
    key = tmp_path / "k.pem"
    assert error(run("key", "new", key)) == "secret_missing"
    assert not key.exists() and not (tmp_path / "k.pem.request").exists()
    named = quiet(process("key", "new", key, DPR_PASSPHRASE_FILE=str(word)))
    assert named.code == 0 and b"ENCRYPTED" in key.read_bytes()
    done("key", "new", tmp_path / "open.pem", "--unencrypted")
    assert b"ENCRYPTED" not in (tmp_path / "open.pem").read_bytes()
    assert error(run("key", "new", key, "--passphrase-file", word)) == "key_file_exists"


def test_the_passphrase_is_changed_without_another_key(tmp_path: Path, word: Path) -> None:
    key, other = tmp_path / "k.pem", secret(tmp_path / "other.pin", "another")
    done("key", "new", key, "--unencrypted")
    before = done("key", "show", key, "--json").json
    done("key", "passphrase", key, "--new-passphrase-file", word)
    assert error(run("key", "show", key)) == "secret_missing"
    assert quiet(process("key", "show", key, "--json", DPR_PASSPHRASE_FILE=str(word))).json == before
    assert error(run("key", "passphrase", key, "--new-passphrase-file", other)) == "secret_missing"
    done("key", "passphrase", key, "--passphrase-file", word, "--new-passphrase-file", other)
    changed = process("key", "passphrase", key, "--unencrypted", DPR_PASSPHRASE_FILE=str(other))
    assert quiet(changed).code == 0
    assert done("key", "show", key, "--json").json == before


def test_a_key_a_request_and_a_credential_show_the_same_key(stage: Stage) -> None:
    shown = [done("key", "show", stage.person("prescriber", end), "--json").json for end in ("pem", "pem.request", "cbor")]
    key = KeyFile.load(stage.person("prescriber", "pem")).key
    assert shown == [{"kid": key.kid.hex(), "thumbprint": key.thumbprint.hex(), "algorithm": "ES256"}] * 3
    for language, words in (("sv", "Nyckelavtryck"), ("en", "Thumbprint")):
        text = done("--lang", language, "key", "show", stage.person("prescriber", "cbor")).out
        groups = re.findall(r"\b[0-9a-f]{4}\b", text)
        assert words in text and "".join(groups) == key.thumbprint.hex() and len(groups) == 16
    assert error(run("key", "show", stage.rx("one"))) == "key_show_nothing"


def test_a_request_is_made_anew(own: Stage) -> None:
    key, out = own.person("prescriber", "pem"), own.folder / "again.request"
    done("key", "request", key, "--out", out)
    assert done("key", "show", out, "--json").json == done("key", "show", key, "--json").json
    assert error(run("key", "request", key, "--out", key)) == "key_file_exists"


@pytest.mark.skipif(os.name != "posix", reason="no terminals here")
def test_a_person_is_asked_twice_and_what_is_typed_is_not_shown(tmp_path: Path) -> None:
    key = tmp_path / "k.pem"
    shown, code = _typed(["key", "new", str(key)], [CANARY, CANARY])
    assert code == 0 and shown.count(": ") >= 2 and CANARY not in shown and b"ENCRYPTED" in key.read_bytes()
    shown, code = _typed(["key", "show", str(key)], [CANARY])
    assert code == 0 and "Nyckelavtryck" in shown and CANARY not in shown
    shown, code = _typed(["key", "new", str(tmp_path / "l.pem")], [CANARY, CANARY + "x"])
    assert code == 2 and "secret_differs" in shown and not (tmp_path / "l.pem").exists() and CANARY not in shown


def _typed(arguments: list[str], answers: list[str]) -> tuple[str, int]:
    """Runs the command at a terminal of its own and types an answer at each question; what was shown, and the exit code."""
    words = command(*arguments)
    child, terminal = pty.fork()
    if child == 0:
        os.execve(words[0], words, ENVIRONMENT)
    shown, waiting, end = b"", list(answers), time.monotonic() + 60
    asked = 0
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                read = os.read(terminal, 4096)
            except OSError:
                break
            if not read:
                break
            shown += read
        if waiting and shown.count(b": ") > asked and shown.endswith(b": "):
            asked = shown.count(b": ")
            time.sleep(0.1)  # until the terminal has stopped echoing
            os.write(terminal, waiting.pop(0).encode() + b"\n")
    os.close(terminal)
    return shown.decode("utf-8", "replace"), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.skipif(os.name != "posix", reason="no shell here")
@pytest.mark.parametrize("number", [0, pytest.param(1, marks=needs_softhsm)], ids=["files", "softhsm"])
def test_the_page_for_operators_runs_as_it_stands_there(tmp_path: Path, number: int) -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```$", (ROOT / "docs" / "keys.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    block = blocks[number].replace("/usr/lib/softhsm/libsofthsm2.so", MODULE)
    ran = on_a_machine_of_its_own(tmp_path, "sh", "-ec", block)
    assert ran.returncode == 0 and not ran.stderr, ran
    assert ("rx-1  " in ran.stdout) if number else (ran.stdout.count("Nyckelavtryck") == 2)


# --- a token ------------------------------------------------------------------------------------------------------------


def _hsm(token: SoftToken, *words: Any, **more: Any) -> Ran:
    """A command as a process of its own, which finds the token."""
    return quiet(process(*words, SOFTHSM2_CONF=str(token.pin_file.parent / "conf"), **more))


@needs_softhsm
def test_keys_in_a_token_from_the_first_to_a_prescription(own: Stage, token: SoftToken) -> None:
    request, credential, out = (own.folder / name for name in ("hsm.request", "hsm.cbor", "rx.cbor"))
    made = _hsm(token, "key", "new", token.uri("rx-1"), "--request", request)
    assert made.code == 0 and request.exists() and "pin-source" not in made.out
    assert _hsm(token, "key", "new", token.uri("rx-2"), "--algorithm", "EdDSA").code == 0
    listed = _hsm(token, "key", "list", token.uri(), "--json").json
    assert [(row["label"], row["algorithm"]) for row in listed] == [("rx-1", "ES256"), ("rx-2", "EdDSA")]
    assert _hsm(token, "key", "list", token.uri()).out.splitlines()[0] == f"rx-1  {listed[0]['kid']}  ES256"
    shown = _hsm(token, "key", "show", token.uri("rx-1"), "--json").json
    assert shown == done("key", "show", request, "--json").json == {name: listed[0][name] for name in shown}
    assert _hsm(token, "key", "request", token.uri("rx-2"), "--out", own.folder / "hsm2.request").code == 0

    description = own.folder / "p.json"
    description.write_text(json.dumps(HOLDERS["prescriber"]), "utf-8")
    done("issuer", "credential", own.folder / "region", request, "--holder", description, "--out", credential)
    done("issuer", "publish", own.folder / "region")
    done("--site", own.clinic, "trust", "add", *own.lists("region"))
    draft = (EXAMPLES / "prescriptions" / "one-item.json").read_bytes()
    words = ("prescribe", "-", "--key", token.uri("rx-1"), "--credential", credential, "--out", out)
    assert _hsm(token, "--site", own.clinic, *words, stdin=draft).code == 0
    done("--site", own.pharmacy, "trust", "add", *own.lists("region"))
    assert run("--site", own.pharmacy, "verify", out).code == 0


@needs_softhsm
def test_the_pin_comes_from_the_environments_file_and_never_from_the_uri(token: SoftToken, tmp_path: Path) -> None:
    bare = f"pkcs11:token={token.label};object=k"
    module = {"DPR_PKCS11_MODULE": MODULE}
    assert error(_hsm(token, "key", "new", bare)) == "token_module_missing"
    assert error(_hsm(token, "key", "new", bare, **module)) == "secret_missing"
    assert error(_hsm(token, "key", "new", f"{bare}?pin-value={PIN}", **module)) == "pkcs11_pin_in_uri"
    assert _hsm(token, "key", "new", bare, **module, DPR_PIN_FILE=str(token.pin_file)).code == 0
    wrong = secret(tmp_path / "wrong.pin", PIN[:-1])
    assert error(_hsm(token, "key", "show", bare, **module, DPR_PIN_FILE=str(wrong))) == "token_pin"
    assert error(_hsm(token, "key", "show", bare + "x", **module, DPR_PIN_FILE=str(token.pin_file))) == "token_key_missing"


@needs_softhsm
def test_the_pharmacys_key_may_be_in_a_token(own: Stage, token: SoftToken) -> None:
    request, credential = own.folder / "a.request", own.pharmacy / "keys" / "pharmacy.cbor"
    assert _hsm(token, "key", "new", token.uri("apotek"), "--request", request).code == 0
    credential.unlink()
    description = own.person("pharmacy", "json")
    done("issuer", "credential", own.folder / "chain", request, "--holder", description, "--out", credential)
    done("issuer", "publish", own.folder / "chain")
    done("--site", own.pharmacy, "trust", "add", *own.lists("chain"))
    own.policy(pharmacy_key=token.uri("apotek"))
    id = own.receive("one")
    words = ("--site", own.pharmacy, "dispense", id, "--as", own.pharmacist, *GROUND)
    assert _hsm(token, *words).code == 0
