"""docs/relay-operations.md is followed: its `console` blocks are run, in order, on the relay that docs/howto-relay.md sets up.

Rules: the passphrase comes from a file instead of being typed.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from dpr.adapters.mail_store_sql import SqlMailStore
from dpr.core.codes import CODES
from dpr.core.errors import StorageError
from tests.e2e.cli import ENVIRONMENT, ROOT
from tests.relay import test_howto
from tests.relay.test_howto import PROGRAM, commands, pytestmark  # noqa: F401 (skips where there is no shell)

PAGE = (ROOT / "docs" / "relay-operations.md").read_text("utf-8")


def test_who_follows_the_page_has_a_copy_a_moved_relay_and_one_that_goes_on_under_a_new_name(tmp_path: Path) -> None:
    secret, folder = tmp_path / "passphrase", tmp_path / "new"
    secret.write_text("nio blå dromedarer\n", "utf-8")
    secret.chmod(0o600)
    folder.mkdir()
    first = commands(test_howto.PAGE.partition("## 3.")[0])
    assert "relay new" in first and "relay move" in commands(PAGE)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f'dpr() {{ {PROGRAM} "$@"; }}\n{first}{commands(PAGE)}'],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        env=ENVIRONMENT | {"DPR_PASSPHRASE_FILE": str(secret), "PATH": os.environ["PATH"]},
    )
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert "✓ identity  Relä Nord 2: every queue" in done.stdout and "✓ store" in done.stdout and "✗" not in done.stdout
    assert (folder / "relay" / "relay.db").stat().st_mode & 0o777 == 0o600
    for name, code in (("relay-friday.db", "mail_store_copy"), ("moved.db", "mail_store_moved")):
        try:
            SqlMailStore.open(folder / name, now=0).close()
        except StorageError as error:
            assert error.code == code
        else:
            raise AssertionError(name)


def test_the_page_names_only_codes_that_there_are() -> None:
    named = set(re.findall(r"`((?:mail_store|relay)_[a-z_]+)`", PAGE))
    assert len(named) > 5 and named <= CODES.keys()
