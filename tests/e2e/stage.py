"""Who plays in the end-to-end tests, set up with the commands that an operator has: an authority, a region, two pharmacy
chains, prescribers, pharmacists, a clinic's site, a pharmacy's site, and signed prescriptions.

Rules: built once and never changed; whoever changes a site takes a copy (`Stage.copy`).

Example: `run("--site", stage.pharmacy, "verify", stage.rx("one")).code == 0`
"""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

from tests.e2e.cli import Ran, run
from tests.world import EXAMPLES, GLN, ONE_ITEM

HOLDERS: dict[str, dict[str, Any]] = {
    "prescriber": {
        "role": "prescriber",
        "name": "Karin Sjöström",
        "prescriber_code": "9123456",
        "profession": "LK",
        "phone": "08-465 004 12",
        "workplace": {"name": "Hälsocentralen Norrfjärden", "place": "Piteå", "code": "4100300200100"},
    },
    "pharmacist": {"role": "pharmacist", "name": "Leila Haddad", "profession": "AP"},
    "pharmacy": {"role": "pharmacy", "name": "Apoteket Lärkan", "gln": GLN},
}
#: person → (whose description, issuer)
PEOPLE = {
    "prescriber": ("prescriber", "region"),
    "revoked-prescriber": ("prescriber", "region"),
    "pharmacist": ("pharmacist", "chain"),
    "revoked-pharmacist": ("pharmacist", "chain"),
    "other-pharmacist": ("pharmacist", "other-chain"),
    "pharmacy": ("pharmacy", "chain"),
}
ISSUERS = {
    "region": ("SE2321000016-T001", "Region Test", "care_provider", ()),
    "chain": ("SE5560000001-T002", "Kedjan Test", "pharmacy_company", (GLN,)),
    "other-chain": ("SE5560000001-T003", "Andra kedjan Test", "pharmacy_company", ()),
}
POLICY = f'environment = "test"\ngln = "{GLN}"\noffline_dispensing = true\n'
#: What must never be on standard error or in a log: everybody's names and numbers.
SECRETS = (
    *("Tolvan", "Tolvansson", "191212121212", "19121212-1212", "1212121212"),
    *("Karin", "Sjöström", "Leila", "Haddad", "Norrfjärden", "Piteå", "9123456", "08-465 004 12"),
)


def prescription(product: int, **changes: Any) -> dict[str, Any]:
    """A prescription of one item: the product on that row of examples/products.csv; None takes a member away.

    Different rows, since the register takes two prescriptions of one product on one day for a pair of twins."""
    with (EXAMPLES / "products.csv").open(encoding="utf-8", newline="") as file:
        row = list(csv.DictReader(file, delimiter=";"))[product]
    names = ("npl_pack_id", "npl_id", "atc", "name", "form", "strength", "pack")
    item = ONE_ITEM["items"][0] | {name: row[name] for name in names} | changes
    return ONE_ITEM | {"items": [{name: value for name, value in item.items() if value is not None}]}


#: What is prescribed: by name, as JSON.
DRAFTS: dict[str, dict[str, Any]] = {
    "one": prescription(0, dispensings=1, interval_days=None),
    "repeats": prescription(3),
    "many": prescription(6, dispensings=99, interval_days=None),
    "elsewhere": prescription(9) | {"audience": "7350000000016"},
    "three": json.loads((EXAMPLES / "prescriptions" / "three-items.json").read_text("utf-8")),
    "narcotic": json.loads((EXAMPLES / "prescriptions" / "narcotic.json").read_text("utf-8")),
}


class Stage:
    """The folders of everybody."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clinic = folder / "klinik"
        self.pharmacy = folder / "apotek"

    @classmethod
    def build(cls, folder: Path) -> Stage:
        """Everything, by the commands."""
        stage = cls(folder)
        done("authority", "init", folder / "authority", "--name", "se-test")
        for name, (id, words, role, glns) in ISSUERS.items():
            options = [word for gln in glns for word in ("--gln", gln)]
            done("issuer", "init", folder / name, "--id", id, "--name", words, "--role", role, "--unencrypted", *options)
            done("authority", "add-issuer", folder / "authority", folder / name / "issuer.json")
        done("authority", "publish", folder / "authority")
        for person, (holder, issuer) in PEOPLE.items():
            description = stage.person(person, "json")
            description.parent.mkdir(exist_ok=True)
            description.write_text(json.dumps(HOLDERS[holder]), "utf-8")
            done("key", "new", stage.person(person, "pem"), "--unencrypted")
            request = stage.person(person, "pem.request")
            out = stage.person(person, "cbor")
            done("issuer", "credential", folder / issuer, request, "--holder", description, "--out", out)
        stage._sites()
        for name, draft in DRAFTS.items():
            stage.prescribe(draft, stage.rx(name))
        done("issuer", "revoke", folder / "region", stage.person("revoked-prescriber", "cbor"))
        done("issuer", "revoke", folder / "chain", stage.person("revoked-pharmacist", "cbor"))
        stage.prescribe(DRAFTS["one"], stage.rx("revoked"), who="revoked-prescriber")
        for issuer in ISSUERS:
            done("issuer", "publish", folder / issuer)
            done("--site", stage.pharmacy, "trust", "add", *stage.lists(issuer))
        return stage

    def _sites(self) -> None:
        for site, policy in ((self.clinic, 'environment = "test"\n'), (self.pharmacy, POLICY)):
            (site / "keys").mkdir(parents=True)
            (site / "policy.toml").write_text(policy)
            lists = [self.published]
            for issuer in ISSUERS:
                done("issuer", "publish", self.folder / issuer)
                lists.extend(self.lists(issuer))
            done("--site", site, "trust", "add", *lists)
            done("--site", site, "products", "import", EXAMPLES / "products.csv")
        for suffix in ("pem", "cbor"):
            shutil.copy(self.person("pharmacy", suffix), self.pharmacy / "keys" / f"pharmacy.{suffix}")

    @property
    def published(self) -> Path:
        """What the authority publishes: root.cbor, trust-list.cbor, …"""
        return self.folder / "authority" / "published"

    def lists(self, issuer: str) -> list[Path]:
        """What an issuer has published: its status list, and its revocations where there are any."""
        return sorted((self.folder / issuer / "published").rglob("*.cbor"))

    def person(self, name: str, suffix: str) -> Path:
        """A person's key (`pem`), credential (`cbor`) or description (`json`)."""
        return self.folder / "people" / f"{name}.{suffix}"

    @property
    def pharmacist(self) -> Path:
        """The pharmacist's credential."""
        return self.person("pharmacist", "cbor")

    def rx(self, name: str) -> Path:
        """A signed prescription."""
        return self.folder / f"{name}.cbor"

    def prescribe(self, draft: dict[str, Any], out: Path, *, who: str = "prescriber") -> Ran:
        """Signs a draft at the clinic."""
        key, credential = self.person(who, "pem"), self.person(who, "cbor")
        words = ("prescribe", "-", "--key", key, "--credential", credential, "--out", out, "--json")
        return done("--site", self.clinic, *words, stdin=json.dumps(draft).encode())

    def copy(self, folder: Path) -> Stage:
        """The same people and sites in another folder, to be changed."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Stage(folder)

    def policy(self, **changes: Any) -> None:
        """Adds lines to the pharmacy's policy."""
        lines = [f"{name} = {json.dumps(value)}\n" for name, value in changes.items()]
        (self.pharmacy / "policy.toml").write_text(POLICY + "".join(lines))

    def receive(self, name: str) -> str:
        """Receives a prescription at the pharmacy; returns its id."""
        return str(done("--site", self.pharmacy, "receive", self.rx(name), "--json").json["id"])


def done(*arguments: object, stdin: bytes = b"") -> Ran:
    """A command that must succeed."""
    ran = run(*arguments, stdin=stdin)
    assert ran.code == 0, (arguments, ran)
    return ran


def clean(ran: Ran) -> Ran:
    """A run that ended as a command may: in 0, 1 or 2, and with nobody's name or number on standard error."""
    assert ran.code in (0, 1, 2), ran
    assert "Traceback" not in ran.err
    assert not [secret for secret in SECRETS if secret in ran.err], ran.err
    return ran
