"""`dpr signer serve` as a process of its own, over SoftHSM, with a site folder written by the world.

Rules: the system's clock is used, so the world's time is now. Everything an operator does is done by the commands.

Example: `with Serving(tmp_path, soft_hsm) as serving: serving.url`
"""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from dpr.core import documents
from tests.adapters.softhsm import SoftHsm
from tests.e2e.cli import ENVIRONMENT, Ran, command
from tests.signer.rig import CONFIG, jwks, token
from tests.world import CARE, PHARMACIES, PHYSICIAN, VETS, World, status_uri

TABLE = (
    "user;role;name;prescriber_code;profession;phone;workplace_name;workplace_place;workplace_code\n"
    "{user};prescriber;Karin Sjöström;9123456;LK;08-465 004 12;Hälsocentralen Norrfjärden;Piteå;4100300200100\n"
)


def write_site(folder: Path, world: World) -> None:
    """A clinic's folder that trusts the world."""
    (folder / "status").mkdir(parents=True)
    (folder / "policy.toml").write_text('environment = "test"\n')
    (folder / "root.cbor").write_bytes(world.root_document())
    (folder / "trust-list.cbor").write_bytes(world.trust_list())
    for issuer in (CARE, PHARMACIES, VETS):
        name = documents.name_of(issuer, status_uri(issuer))
        (folder / "status" / f"{name}.cbor").write_bytes(world.status_list(issuer=issuer))


class Serving:
    """The service with one prescriber, KARIN, enrolled and with a credential."""

    def __init__(self, folder: Path, soft_hsm: SoftHsm, user: str) -> None:
        self.folder, self.user = folder, user
        self.world = World(now=int(time.time()))
        made = soft_hsm.token()
        self.environment = ENVIRONMENT | soft_hsm.environment
        self.pin = made.pin
        write_site(folder / "site", self.world)
        (folder / "jwks.json").write_bytes(jwks())
        self.config = folder / "signer.toml"
        self.config.write_text(CONFIG.replace("pkcs11:token=test", made.uri()))
        (folder / "people.csv").write_text(TABLE.format(user=user), "utf-8")

    def dpr(self, *arguments: object, **environment: str) -> Ran:
        """A command, as a process."""
        done = subprocess.run(
            command("--lang", "en", *arguments),
            capture_output=True,
            timeout=60,
            check=False,
            env=self.environment | environment,
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    def done(self, *arguments: object, **environment: str) -> Ran:
        """A command that must succeed."""
        ran = self.dpr(*arguments, **environment)
        assert ran.code == 0, ran
        return ran

    def enrol(self) -> None:
        """Enrols the prescriber, and imports the credential that the world's issuer gives for the request."""
        from dpr.core import key_request

        requests = self.folder / "requests"
        self.done("signer", "enrol", self.config, self.folder / "people.csv", "--requests", requests)
        [request] = requests.glob("*.request")
        value = self.world.credential_value(PHYSICIAN)
        import msgspec

        value = msgspec.structs.replace(value, key=key_request.read(request.read_bytes()))
        (self.folder / "credentials").mkdir()
        self.credential = self.folder / "credentials" / "karin.cbor"
        self.credential.write_bytes(documents.sign(documents.CREDENTIAL_KIND, value, self.world.care))
        self.done("signer", "import", self.config, self.folder / "credentials")

    def access(self) -> dict[str, str]:
        """What the environment of the record system says: a token in a file."""
        path = self.folder / "token"
        path.write_text(token(self.user, now=int(time.time())) + "\n")
        return {"DPR_TOKEN_FILE": str(path)}

    def __enter__(self) -> Self:
        self.enrol()
        self.start()
        return self

    def start(self) -> None:
        with (self.folder / "serve.log").open("ab") as log:
            words = command("--lang", "en", "signer", "serve", self.config)
            self._process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=log, text=True, env=self.environment)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        assert self.url.startswith("http://127.0.0.1:"), (self.folder / "serve.log").read_text()

    def stop(self) -> int:
        """Terminates it; the exit code."""
        self._process.terminate()
        code = self._process.wait(30)
        assert self._process.stdout is not None
        self._process.stdout.close()
        return code

    def kill(self) -> None:
        """As when the power fails."""
        os.kill(self._process.pid, 9)
        self._process.wait(30)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._process.poll() is None:
            self.stop()
