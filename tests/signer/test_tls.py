"""Client certificates: of the record system, or of the prescriber; nobody else gets as far as HTTP."""

from __future__ import annotations

import ssl
from pathlib import Path

import aiohttp
import pytest

from dpr.apps.signer import config
from dpr.apps.signer.running import certificates_of
from dpr.core.errors import SetupError
from tests.signer.certificates import Authority
from tests.signer.rig import ANNA, CONFIG, KARIN, Rig, token

SYSTEM = '[tls]\ncertificate = "server.pem"\nkey = "server.key"\nclient_ca = "ca.pem"\nsystems = {journal = ["journal-1"]}\n'
USER = '[tls]\ncertificate = "server.pem"\nkey = "server.key"\nclient_ca = "ca.pem"\nnames = "user"\n'
USER_ALONE = f'keys = "pkcs11:token=test"\nsite = "site"\nport = 0\n{USER}'


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    made = Authority(tmp_path)
    made.issue("server")
    return made


def client(authority: Authority, certificate: tuple[Path, Path] | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(authority.path))
    if certificate:
        context.load_cert_chain(*certificate)
    return context


async def test_a_record_system_has_a_certificate_and_its_users_have_tokens(tmp_path: Path, authority: Authority) -> None:
    journal, other = authority.issue("journal", cn="journal"), authority.issue("other", cn="other")
    async with Rig(tmp_path, config=CONFIG + SYSTEM) as rig:
        assert rig.url.startswith("https://")
        right = client(authority, journal)
        assert (await rig.sign(rig.structure(), tls=right)).status == 200
        assert (await rig.sign(rig.structure(), tls=right, auth=None)).code == "login_needed"
        assert (await rig.sign(rig.structure(), tls=client(authority, other))).code == "certificate_unknown"
        for wrong in (client(authority), client(authority, Authority(tmp_path, "evil").issue("evil", cn="journal"))):
            with pytest.raises(aiohttp.ClientError):
                await rig.sign(rig.structure(), tls=wrong)


async def test_a_prescribers_card_names_the_prescriber(tmp_path: Path, authority: Authority) -> None:
    karin = client(authority, authority.issue("karin", cn="Karin", serial=KARIN))
    async with Rig(tmp_path, config=USER_ALONE) as rig:
        assert (await rig.sign(rig.structure(), tls=karin, auth=None)).status == 200
        assert rig.lines()[-1]["how"] == "mtls"
        assert (await rig.sign(rig.structure(ANNA), tls=karin, auth=None)).code == "sign_credential_other"
        # The card decides, whatever a token says.
        assert (await rig.sign(rig.structure(ANNA), tls=karin, auth=f"Bearer {token(ANNA)}")).code == "sign_credential_other"
        nameless = client(authority, authority.issue("nameless", cn=KARIN))
        assert (await rig.sign(rig.structure(), tls=nameless, auth=None)).code == "certificate_unknown"


async def test_a_card_that_is_revoked_opens_nothing(tmp_path: Path, authority: Authority) -> None:
    karin = client(authority, authority.issue("karin", cn="Karin", serial=KARIN))
    authority.revoke(authority.last)
    anna = client(authority, authority.issue("anna", cn="Anna", serial=ANNA))
    async with Rig(tmp_path, config=USER_ALONE + 'crl = "crl.pem"\n') as rig:
        assert (await rig.sign(rig.structure(ANNA), tls=anna, auth=None)).status == 200
        answer = await rig.sign(rig.structure(), tls=karin, auth=None)
        assert (answer.status, answer.code) == (403, "certificate_revoked")


@pytest.mark.parametrize("broken", ["server.pem", "server.key", "ca.pem"])
def test_certificates_that_cannot_be_used_are_named(tmp_path: Path, authority: Authority, broken: str) -> None:
    (tmp_path / "signer.toml").write_text(CONFIG + SYSTEM)
    settings = config.load(tmp_path / "signer.toml")
    assert settings.tls is not None
    for content in (b"", b"x", None):
        (tmp_path / broken).unlink() if content is None else (tmp_path / broken).write_bytes(content)
        with pytest.raises(SetupError) as caught:
            certificates_of(settings)
        assert caught.value.code == "signer_tls" and broken in caught.value.detail
