"""relay.toml: what `dpr relay new` writes, what is refused, and what `dpr relay check` finds."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path

import msgspec
import pytest

from dpr.apps.relay import template
from dpr.apps.relay.config import Settings, load
from dpr.core.errors import InputError, StorageError
from tests.e2e.cli import run
from tests.mail_world import MailWorld
from tests.relay.rig import CONFIG, write_relay


def test_the_settings_that_are_written_are_the_defaults_and_every_one_of_them(tmp_path: Path) -> None:
    path = template.write(tmp_path / "relay", origin="https://relay.example", environment="test")
    found = load(path)
    plain = Settings(
        origins=("https://relay.example",), key="relay.pem", credential="relay.cbor", folder=str(tmp_path / "relay")
    )
    assert found == plain
    written = tomllib.loads(without_prose(template.TEXT).format(origin="https://relay.example", port=1))

    def fields(kind: type[msgspec.Struct]) -> set[str]:
        return {field.name for field in msgspec.structs.fields(kind)}

    from dpr.apps.relay.config import Held, Limits, Log, Metrics, Tls

    assert fields(Settings) - {"folder"} == written.keys()
    for name, kind in (("tls", Tls), ("metrics", Metrics), ("quota", Held), ("limits", Limits), ("log", Log)):
        assert fields(kind) == written[name].keys(), name
    with pytest.raises(StorageError) as caught:
        template.write(tmp_path / "relay", origin="https://relay.example", environment="test")
    assert caught.value.code == "relay_config_exists"


def without_prose(text: str) -> str:
    """The settings with those that are commented out, without what is said of them."""
    import re

    lines = [line.removeprefix("# ") if re.match(r"# (\[|[a-z_]+ = )", line) else line for line in text.splitlines()]
    return "\n".join(line for line in lines if not line.startswith("# "))


@pytest.mark.parametrize(
    ("written", "where"),
    [
        ("origins = []", "origins"),
        ('origins = ["https://relay.example/v1"]', "origins"),
        ('origins = ["relay.example"]', "origins"),
        ('store = "mysql://x"', "store"),
        ('store = "sqlite:"', "store"),
        ('host = "0.0.0.0"', "host"),
        ("port = 70000", "port"),
        ("unknown = 1", "unknown"),
        ("[limits]\nburst = 0", "burst"),
        ("[limits]\nkeep_days = 1", "keep_days"),
        ('[tls]\ncertificate = "a"\nkey = "b"\nclients = "required"', "client_ca"),
        ('folder = "x"', "folder"),
        ("[log]\nrequests = 1", "requests"),
        ("=", "$"),
    ],
)
def test_settings_that_make_no_sense_are_named(tmp_path: Path, written: str, where: str) -> None:
    name = written.partition(" =")[0]
    kept = "\n".join(line for line in CONFIG.splitlines() if not line.startswith(f"{name} ="))
    path = tmp_path / "relay.toml"
    path.write_text(f"{written}\n{kept}" if not written.startswith("[") else f"{kept}\n{written}\n")
    with pytest.raises(InputError) as caught:
        load(path)
    assert caught.value.code == "relay_config_invalid" and where in str(caught.value)


def test_a_relay_that_is_whole_passes_the_check_and_each_fault_is_named(tmp_path: Path) -> None:
    world = MailWorld(now=int(time.time()))
    path = write_relay(tmp_path, world)

    def faults() -> dict[str, str]:
        return {row["part"]: row["code"] for row in run("relay", "check", path, "--json").json if row["grade"] != "good"}

    assert faults() == {} and run("relay", "check", path).code == 0
    (tmp_path / "relay.db").unlink()
    assert faults() == {"store": "mail_store_missing"} and not (tmp_path / "relay.db").exists()
    said = run("--lang", "en", "relay", "check", path)
    assert said.code == 1 and "[mail_store_missing]" in said.out and "dpr relay store relay.toml" in said.out
    refused = run("--lang", "en", "relay", "serve", path)
    assert refused.code == 2 and f"{tmp_path}/relay.db" in refused.err and "[mail_store_missing]" in refused.err
    assert run("relay", "store", path).code == 0 and faults() == {}
    assert "mail_store_exists" in run("relay", "store", path).err
    (tmp_path / "site" / "address-book.cbor").unlink()
    assert faults() == {"directory": "address_book_missing"} and run("relay", "check", path).code == 0
    (tmp_path / "relay.cbor").write_bytes(world.other_relay_credential())
    assert faults()["identity"] == "relay_key_differs"
    (tmp_path / "relay.cbor").write_bytes(world.credential())
    assert faults()["identity"] in ("relay_role", "relay_key_differs")
    (tmp_path / "relay.db").write_bytes(b"no database")
    assert faults()["store"].startswith("mail_store_")
    (tmp_path / "site" / "root.cbor").unlink()
    found = faults()
    assert found["site"] == "trust_not_set_up" and found["store"]
    assert run("relay", "check", path).code == 1
    path.write_text(CONFIG + '[tls]\ncertificate = "none.pem"\nkey = "none.key"\n')
    assert faults()["tls"] == "relay_tls"


def test_what_is_missing_is_named_before_anything_listens(tmp_path: Path) -> None:
    path = write_relay(tmp_path, MailWorld(now=int(time.time())))
    (tmp_path / "relay.pem").unlink()
    ran = run("--lang", "en", "relay", "serve", path)
    assert ran.code == 2 and "key_file_missing" in ran.err and "Traceback" not in ran.err
    ran = run("--lang", "en", "relay", "serve", tmp_path / "none.toml")
    assert ran.code == 2 and "file_missing" in ran.err
