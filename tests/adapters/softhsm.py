"""SoftHSM for tests: a folder of its own, tokens made with its tool, and the URI of each.

Example: `token = soft_hsm.token(); Token.open(Pkcs11Uri.parse(token.uri), lambda: token.pin)`
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.js.both import needs

#: Where Debian and its kin, Fedora and Homebrew put the module.
_PLACES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)
MODULE = next((place for place in _PLACES if Path(place).exists()), "")
needs_softhsm = needs(
    bool(MODULE and shutil.which("softhsm2-util") and find_spec("pkcs11")), "there is no SoftHSM (apt.txt) or no python-pkcs11"
)
#: One that no output may show.
PIN = "91827364-kanariefagel"


class SoftToken(NamedTuple):
    """A token with its user's PIN, also in a file."""

    label: str
    pin: bytes
    pin_file: Path

    def uri(self, key: str = "") -> str:
        """The URI of the token, or of a key in it, with the PIN's file."""
        return (
            f"pkcs11:token={self.label}{';object=' + key if key else ''}?module-path={MODULE}&pin-source=file:{self.pin_file}"
        )


class SoftHsm:
    """A folder with tokens. `environment`: what a process needs to find it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "tokens").mkdir(parents=True)
        (folder / "conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
        self.environment = {"SOFTHSM2_CONF": str(folder / "conf")}
        self._numbers = count(1)

    def token(self, pin: str = PIN) -> SoftToken:
        """A new, empty token. A library that this process has loaded is started again, so that it sees it."""
        label = f"t{os.getpid()}-{next(self._numbers)}"
        words = ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", "5678-so"]
        subprocess.run(words, check=True, capture_output=True, env=os.environ | self.environment)
        pin_file = self.folder / f"{label}.pin"
        pin_file.touch(0o600)
        pin_file.write_text(pin + "\n")
        restart()
        return SoftToken(label, pin.encode(), pin_file)


def restart() -> None:
    """As when the machine with the token was restarted: every session is lost."""
    import pkcs11

    pkcs11.lib(MODULE).reinitialize()


@pytest.fixture(scope="session")
def soft_hsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoftHsm]:
    """SoftHSM for this process's tests."""
    made = SoftHsm(tmp_path_factory.mktemp("softhsm"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SOFTHSM2_CONF", made.environment["SOFTHSM2_CONF"])
        yield made
