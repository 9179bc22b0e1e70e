"""What the targets have found in the signing service stays found: one test for each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dpr.apps.signer import config, log_lines
from dpr.apps.signer.log import SigningLog
from dpr.apps.signer.running import certificates_of
from dpr.core.errors import InputError, SetupError, StorageError
from tests.fuzz.of_files import written
from tests.fuzz.of_signer_files import _log
from tests.fuzz.of_signer_settings import _authority, _pem
from tests.fuzz.site import SITE

#: Bytes of a genuine list → what is written in their place.
NAMED_OTHERWISE = {
    "an extension twice": (b"\x06\x03\x55\x1d\x1b", b"\x06\x03\x55\x1d\x14"),
    "another version": (b"\x02\x01\x01\x30\x0a\x06\x08", b"\x02\x01\x41\x30\x0a\x06\x08"),
}


@pytest.mark.parametrize("what", NAMED_OTHERWISE)
def test_a_list_of_revoked_certificates_that_cryptography_names_in_its_own_way_is_named(what: str) -> None:
    genuine, _, found = _authority().lists()
    torn = found.replace(*NAMED_OTHERWISE[what], 1)
    assert torn != found
    path, running = written("crl.pem", _pem(genuine)), certificates_of(_authority().settings)
    path.write_bytes(_pem(torn))
    with pytest.raises(SetupError, match="crl_invalid"):
        certificates_of(_authority().settings)
    assert running is not None
    running.reload()
    assert running.fault is not None and running.fault.code == "crl_invalid"


@pytest.mark.parametrize(
    "end", [b"x" * 5000, b'{"sequence":9}\n{"torn"'], ids=["no end of a line", "a wrong line, and a torn one"]
)
def test_a_log_that_is_refused_stays_as_it_was(tmp_path: Path, end: bytes) -> None:
    path = tmp_path / log_lines.name_of(1)
    path.write_bytes(_log() + end)
    with pytest.raises(StorageError, match="signer_log_broken"):
        SigningLog.open(tmp_path, SITE.now)
    assert path.read_bytes() == _log() + end


def note(folder: Path, fields: dict[str, str]) -> None:
    left = {"event": "disabled", "at": "2026-11-21T12:00:00+00:00", "uid": 0, "fields": fields}
    (folder / "note-00000000000001-00000000.json").write_text(json.dumps(left, ensure_ascii=False), "utf-8")


@pytest.mark.parametrize("fields", [{"self": "x"}, {"label": "å" * 800}], ids=["self", "long"])
def test_a_note_that_fits_no_line_leaves_the_log_whole(tmp_path: Path, fields: dict[str, str]) -> None:
    note(tmp_path, fields)
    log = SigningLog.open(tmp_path, SITE.now)
    log.take_notes()
    log.close()
    log_lines.check(tmp_path, begin=1)
    SigningLog.open(tmp_path, SITE.now).close()


def test_a_line_that_no_reader_would_take_is_not_written(tmp_path: Path) -> None:
    log = SigningLog.open(tmp_path, SITE.now)
    with pytest.raises(StorageError, match="signer_log_failed"):
        log.append("local_accounts_opened", SITE.now, reason="x" * log_lines.LINE_BYTES)
    log.append("disabled", SITE.now)
    log.close()
    assert log_lines.check(tmp_path, begin=1).head.sequence == 2


@pytest.mark.parametrize("value", [r"\u0000", r"\u202eevil", r"\u001b[31m"])
@pytest.mark.parametrize("place", ['keys = "{}"', 'log = "{}"', '[tls.systems]\na = ["{}"]', '"{}" = 1'])
def test_a_setting_of_unsafe_text_is_refused_without_saying_it(tmp_path: Path, value: str, place: str) -> None:
    settings = 'site = "s"\npeople = "p"\n' + ("" if place.startswith("keys") else 'keys = "x"\n')
    oidc = '[oidc]\nissuer = "i"\naudience = "a"\nclients = ["c"]\njwks = "j"\n'
    tls = '[tls]\ncertificate = "c"\nkey = "k"\nclient_ca = "a"\n' if "tls" in place else ""
    path = tmp_path / "signer.toml"
    path.write_text(settings + (oidc + tls + place if tls else place + "\n" + oidc).replace("{}", value), "utf-8")
    with pytest.raises(InputError) as caught:
        config.load(path)
    assert caught.value.code == "signer_config_invalid" and caught.value.detail.isprintable()
