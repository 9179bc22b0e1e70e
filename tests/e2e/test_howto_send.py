"""docs/howto-send.md is followed step by step by a shell, with relays, clinic and pharmacy as processes of their own; and the
examples that it names do what it says.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from dpr.apps.mail_status import read_status
from tests.e2e.cli import ENVIRONMENT, ROOT, command, run

PAGE = (ROOT / "docs" / "howto-send.md").read_text("utf-8")
EXAMPLES = ROOT / "examples"
#: Between two commands, so that what each said is found.
MARK = "--- next ---"


def commands() -> list[str]:
    """The commands of the page, in order."""
    blocks = re.findall(r"^```console\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return [one.strip() for block in blocks for one in re.split(r"^\$ ", block, flags=re.MULTILINE) if one.strip()]


class Followed:
    """The folder in which the page was followed, and what each command said."""

    def __init__(self, folder: Path) -> None:
        self.top = folder / "top"
        self.top.mkdir()
        (folder / "examples").symlink_to(EXAMPLES)
        programs = folder / "bin"
        programs.mkdir()
        for name, words in (("dpr", f'"{sys.executable}" -m dpr'), ("python3", f'"{sys.executable}"')):
            (programs / name).write_text(f'#!/bin/sh\nexec {words} "$@"\n')
            (programs / name).chmod(0o755)
        self.environment = ENVIRONMENT | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
        script = f"\necho '{MARK}'\n".join(f'{one}\nleft="${{left-}} $!"' if one.endswith("&") else one for one in commands())
        words = ["sh", "-eu", "-c", f"{script}\nkill $left\nwait"]
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        # A group of processes of its own: whatever the page leaves running ends with it.
        with subprocess.Popen(words, cwd=self.top, env=self.environment, start_new_session=True, **pipes) as shell:
            try:
                out, self.complained = shell.communicate(timeout=200)
            except subprocess.TimeoutExpired:
                os.killpg(shell.pid, signal.SIGKILL)
                out, self.complained = shell.communicate()
        self.code = shell.returncode
        self.said = dict(zip(commands(), out.split(f"{MARK}\n"), strict=False))

    def of(self, words: str) -> list[str]:
        """What the commands with these words said."""
        return [said for each, said in self.said.items() if words in each]


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Followed:
    return Followed(tmp_path_factory.mktemp("howto-send"))


def test_every_command_of_the_page_works(followed: Followed) -> None:
    assert followed.code == 0 and "Traceback" not in followed.complained, (followed.complained[-2000:], [*followed.said][-1])
    assert len(followed.said) == len(commands())


def test_it_is_sent_fetched_and_accepted_and_sending_again_sends_nothing(followed: Followed) -> None:
    first, waited = (said for said in followed.of("demo/klinik send rx.cbor") if not said.startswith("{"))
    assert "✓ Sealed to Apoteket Lärkan, Umeå (7350000000009)" in first and "in custody at Relä A" in first
    assert "✓ ACCEPTED by Apoteket Lärkan" in waited
    message = re.search(r"Message ([0-9a-f]{32})", first)
    assert message and message[0] in waited
    (inbox,) = followed.of("inbox --once")
    assert re.fullmatch(r"✓ .* Journalsystem Demo  ACCEPTED  [0-9a-f]{12}\n", inbox)
    found: dict[str, Any] = json.loads(followed.of("--wait --json")[0])
    assert (found["state"], found["message_id"]) == ("accepted", message[1])


def test_the_record_system_in_30_lines_learns_the_same(followed: Followed) -> None:
    (said,) = followed.of("record_system.py")
    assert said.splitlines()[-1] == "✓ ACCEPTED by Apoteket Lärkan"
    lines = (EXAMPLES / "record_system.py").read_text("utf-8").splitlines()
    assert sum(bool(line.strip()) for line in lines) <= 30


def test_what_came_is_in_the_ledger(followed: Followed) -> None:
    listed = json.loads(followed.of("apotek inbox --json")[0])
    assert [one["outcome"] for one in listed["messages"]] == ["ACCEPTED"] * 2 and listed["alarms"] == []
    assert listed["messages"][-1]["prescriptions"][0] in followed.of("apotek status")[0]


def test_a_recall_was_too_late_and_the_bundle_proves_what_happened(followed: Followed) -> None:
    assert followed.of("mail recall")[0].startswith("✗ Too late: it was handed out.")
    assert followed.of("receipt verify")[0].startswith("✓ PROVEN: Apoteket Lärkan (GLN 7350000000009)")


def test_a_record_system_of_its_own_sends_with_the_key_that_the_region_vouches_for(followed: Followed) -> None:
    (sent,) = followed.of("--site journal send")
    assert "✓ Sealed to Apoteket Lärkan, Umeå (7350000000009)" in sent and "in custody at Relä A" in sent
    assert "✓ Can be sealed to." in followed.of("mail-key show")[0]


def test_the_examples_say_an_ordinary_mistake_in_words(followed: Followed) -> None:
    example = ("python3", "../examples/record_system.py")
    for words, said in (
        (("demo/klinik",), "usage: python record_system.py SITE rx.cbor PHARMACY"),
        (("demo/klinik", "none.cbor", "larkan"), "[file_missing]"),
        (("demo/klinik", "rx.cbor", "Falken"), "[address_book_no_entry]"),
        (("demo/nowhere", "rx.cbor", "larkan"), "] "),
    ):
        ran = subprocess.run((*example, *words), cwd=followed.top, env=followed.environment, capture_output=True, text=True)
        assert ran.returncode == 1 and said in ran.stderr and "Traceback" not in ran.stderr, ran


def test_the_relays_answer(followed: Followed) -> None:
    (status,) = followed.of("relay status")
    assert "✗ The service does not run" in status
    assert status.count("answers") == 2 and "To be sent: 0 without a receipt, 0 under way" in status


def serves(site: Path, pid: int) -> bool:
    """Does this process run the site's service? Waited for."""
    for _ in range(150):
        status = read_status(site)
        if status is not None and status.pid == pid:
            return True
        time.sleep(0.2)
    return False


def test_the_service_carries_and_the_pharmacys_example_is_told(followed: Followed, tmp_path: Path) -> None:
    """With two services beside each other, as a unit file starts them; no command here carries or fetches by itself."""
    top = followed.top
    started: list[subprocess.Popen[str]] = []

    log = tmp_path / "services.log"

    def start(*words: str) -> subprocess.Popen[str]:
        with (log if "serve" in words and "mail" in words else Path(os.devnull)).open("ab") as complains:
            options: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": complains, "text": True, "start_new_session": True}
            started.append(subprocess.Popen(words, cwd=top, env=followed.environment, **options))
        return started[-1]

    try:
        relays = [start(*command("relay", "serve", f"demo/rela-{name}/relay.toml")) for name in "ab"]
        assert all((one.stdout and one.stdout.readline().startswith("http")) for one in relays)
        services = [start(*command("--site", f"demo/{name}", "mail", "serve")) for name in ("klinik", "apotek")]
        assert all(serves(top / "demo" / name, one.pid) for name, one in zip(("klinik", "apotek"), services, strict=True))
        told = start("python3", "../examples/pharmacy_system.py", "demo/apotek")
        keys = ("--key", top / "demo/people/prescriber.pem", "--credential", top / "demo/people/prescriber.cbor")
        clinic, other = ("--site", top / "demo" / "klinik"), tmp_path / "other.cbor"
        draft = EXAMPLES / "prescriptions" / "first-pack.json"
        assert run(*clinic, "prescribe", draft, *keys, "--out", other).code == 0
        time.sleep(3)  # the pharmacy's example follows from when it is there
        sent = run("--lang", "en", *clinic, "send", other, "--to", "7350000000009", "--wait")
        assert sent.code == 0 and "✓ ACCEPTED by Apoteket Lärkan" in sent.out, sent
        assert told.stdout is not None
        assert re.fullmatch(
            r"new from Journalsystem Demo: dpr --site demo/apotek status [0-9a-f]{12}\n", told.stdout.readline()
        )
        status = run("--lang", "en", *clinic, "relay", "status")
        assert f"The service runs (process {services[0].pid})" in status.out
        again = run(*clinic, "mail", "serve")
        assert again.code == 2 and "[mail_already_running]" in again.err
        for one in services:
            one.send_signal(signal.SIGTERM)
            assert one.wait(20) == 0
        logged = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
        assert {"custody", "receipt", "ended", "accepted"} <= {line["what"] for line in logged}
        assert all(line.keys() <= {"at", "what", "message", "relay", "code"} for line in logged)
    finally:
        for one in started:
            if one.poll() is None:
                os.killpg(one.pid, signal.SIGTERM)
                one.wait(20)
            if one.stdout:
                one.stdout.close()
