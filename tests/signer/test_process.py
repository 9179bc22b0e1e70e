"""The whole way by the commands, each a process: enrol in SoftHSM, import, serve, prescribe through it, read its log."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dpr.core.verify import Accepted, verify
from tests.adapters.softhsm import SoftHsm, needs_softhsm
from tests.signer.process import Serving
from tests.signer.rig import KARIN, SECRETS
from tests.world import ONE_ITEM

pytestmark = needs_softhsm


@pytest.fixture
def serving(tmp_path: Path, soft_hsm: SoftHsm) -> Serving:
    return Serving(tmp_path, soft_hsm, KARIN)


def prescribe(serving: Serving, **environment: str) -> tuple[int, str, Path]:
    draft, out = serving.folder / "draft.json", serving.folder / "rx.cbor"
    draft.write_text(json.dumps(ONE_ITEM))
    out.unlink(missing_ok=True)
    words = ("prescribe", draft, "--key", serving.url, "--credential", serving.credential, "--out", out)
    ran = serving.dpr("--site", serving.folder / "site", *words, **environment)
    assert "Traceback" not in ran.err
    return ran.code, ran.err, out


def test_a_prescription_is_signed_by_a_key_that_never_leaves_the_token(serving: Serving) -> None:
    with serving:
        code, err, out = prescribe(serving, **serving.access())
        assert code == 0, err
        from datetime import UTC, datetime

        verdict = verify(out.read_bytes(), serving.world.trust(), datetime.now(UTC), policy=serving.world.policy)
        assert isinstance(verdict, Accepted)

        code, err, _ = prescribe(serving)
        assert code == 2 and "[signer_token_not_set]" in err and "DPR_TOKEN_FILE" in err
        assert serving.stop() == 0
        code, err, _ = prescribe(serving, **serving.access())
        assert code == 2 and "[signer_unreachable]" in err

        verified = serving.done("signer", "log", "verify", serving.folder / "log", "--json").json
        assert verified["signed"] == 1 and verified["first"] == 1
        line = json.loads((next((serving.folder / "log").glob("*.jsonl"))).read_text().splitlines()[-1])
        assert line["prescription"] == verdict.prescription.id.hex()

        said = (serving.folder / "serve.log").read_text() + (next((serving.folder / "log").glob("*.jsonl"))).read_text()
        assert not [secret for secret in (*SECRETS, serving.pin.decode()) if secret in said]


def test_a_service_that_is_killed_starts_again_and_its_log_is_whole(serving: Serving) -> None:
    with serving:
        assert prescribe(serving, **serving.access())[0] == 0
        serving.kill()
        path = next((serving.folder / "log").glob("*.jsonl"))
        path.write_bytes(path.read_bytes() + b'{"sequence":3,"at":"2026')
        assert "[signer_log_broken]" in serving.dpr("signer", "log", "verify", serving.folder / "log").err
        serving.start()
        assert prescribe(serving, **serving.access())[0] == 0
        noted = serving.done("signer", "log", "verify", serving.folder / "log").out.splitlines()[-1]
        serving.done("signer", "log", "verify", serving.folder / "log", "--expect", noted)
        serving.done("signer", "log", "verify", serving.folder / "log", "--from", 1)
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(lines[:-1]))
        serving.done("signer", "log", "verify", serving.folder / "log")
        cut = serving.dpr("signer", "log", "verify", serving.folder / "log", "--expect", noted)
        assert cut.code == 2 and "[signer_log_broken]" in cut.err


def test_an_operator_lists_disables_and_opens_accounts(serving: Serving) -> None:
    with serving:
        [row] = serving.done("signer", "list", serving.config, "--json").json
        assert row["label"].startswith("rx-") and row["valid_until"] and not row["disabled"]
        shown = serving.done("signer", "list", serving.config).out
        assert KARIN not in shown and "Karin" not in shown
        serving.done("signer", "disable", serving.config, row["label"])
        import time

        time.sleep(2.5)
        code, err, _ = prescribe(serving, **serving.access())
        assert code == 2 and "[prescriber_unknown]" in err
        serving.done("signer", "disable", serving.config, KARIN, "--enable")
        assert serving.dpr("signer", "disable", serving.config, "nobody").code == 2

        out = serving.folder / "secret.txt"
        serving.done("signer", "local-accounts", "create", serving.config, KARIN, "--out", out)
        assert out.stat().st_mode & 0o077 == 0 and len(out.read_text().strip()) == 27
        again = serving.dpr("signer", "local-accounts", "create", serving.config, KARIN, "--out", out)
        assert again.code == 2 and "[key_file_exists]" in again.err
        past = ("--until", "2020-01-01T00:00", "--reason", "a reason")
        assert serving.dpr("signer", "local-accounts", "open", serving.config, *past).code == 2
        serving.done("signer", "local-accounts", "open", serving.config, "--until", "2098-01-01T00:00", "--reason", "IdP nere")
        time.sleep(2.5)
        events = [json.loads(line) for line in next((serving.folder / "log").glob("*.jsonl")).read_text().splitlines()]
        assert events[-1]["event"] == "local_accounts_opened" and events[-1]["reason"] == "IdP nere"
        told = [line["event"] for line in events if "uid" in line]
        assert told == ["enrolled", "imported", "disabled", "enabled", "local_account_created"]
        serving.done("signer", "local-accounts", "close", serving.config)


def test_what_is_missing_is_named_before_anything_listens(serving: Serving) -> None:
    serving.enrol()
    for change, code in [
        (lambda: (serving.folder / "site" / "trust-list.cbor").write_bytes(b""), ""),
        (lambda: (serving.folder / "jwks.json").write_bytes(b"{}"), ""),
        (lambda: serving.config.write_text("x"), "signer_config_invalid"),
        (lambda: serving.config.unlink(), "file_missing"),
    ]:
        change()
        ran = serving.dpr("signer", "serve", serving.config)
        assert ran.code in (1, 2) and "Traceback" not in ran.err and f"[{code}" in ran.err and not ran.out


def test_an_import_with_a_refused_credential_says_which(serving: Serving) -> None:
    serving.enrol()
    (serving.folder / "credentials" / "torn.cbor").write_bytes(serving.credential.read_bytes()[:-1])
    ran = serving.dpr("signer", "import", serving.config, serving.folder / "credentials")
    assert ran.code == 1 and "torn.cbor" in ran.err and "1 held already, 1 refused" in ran.out
