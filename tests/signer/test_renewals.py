"""Certificates that are renewed, revoked or past their end while the service runs; what a system's certificate is good for."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from dpr.apps.signer import config
from dpr.apps.signer.running import certificates_of
from dpr.core.errors import InputError, SetupError
from tests.signer.certificates import Authority
from tests.signer.rig import CLIENT, CONFIG, KARIN, Rig, token
from tests.signer.test_tls import SYSTEM, USER_ALONE, authority, client
from tests.world import DAY, NOW

__all__ = ["authority"]
WITH_CRL = USER_ALONE + 'crl = "crl.pem"\n'
_AN_HOUR = dt.timedelta(hours=1)


def reload(rig: Rig) -> None:
    assert rig.callers.certificates is not None
    rig.callers.certificates.reload()


def ended_list(authority: Authority, at: dt.datetime, *revoked: x509.Certificate) -> bytes:
    """A list of revoked certificates that ended at an instant."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(authority.name)
    builder = builder.last_update(at - _AN_HOUR).next_update(at)
    for one in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(one.serial_number).revocation_date(at - _AN_HOUR).build()
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(authority._key, hashes.SHA256()).public_bytes(Encoding.PEM)


async def test_a_card_that_is_revoked_while_its_connection_is_open_signs_no_more(tmp_path: Path, authority: Authority) -> None:
    karin = client(authority, authority.issue("karin", cn="Karin", serial=KARIN))
    certificate = authority.last
    authority.revoke()
    async with Rig(tmp_path, config=WITH_CRL) as rig:
        assert (await rig.sign(rig.structure(), tls=karin, auth=None)).status == 200
        authority.revoke(certificate)
        reload(rig)
        assert (await rig.sign(rig.structure(), tls=karin, auth=None)).code == "certificate_revoked"


async def test_a_list_past_its_end_is_used_and_said(tmp_path: Path, authority: Authority) -> None:
    anna = client(authority, authority.issue("anna", cn="Anna", serial=KARIN))
    left = client(authority, authority.issue("left", cn="Left", serial=KARIN))
    crl = ended_list(authority, dt.datetime.fromtimestamp(NOW - DAY, dt.UTC), authority.last)
    (tmp_path / "crl.pem").write_bytes(crl)
    async with Rig(tmp_path, config=WITH_CRL) as rig:
        assert (await rig.sign(rig.structure(), tls=anna, auth=None)).status == 200
        assert (await rig.sign(rig.structure(), tls=left, auth=None)).code == "certificate_revoked"
        state = (await rig.call("GET", "/readyz", tls=anna)).json["tls"]
        assert state == {"faults": ["crl_expired"], "crl_until": NOW - DAY}


async def test_a_list_that_is_torn_or_of_somebody_else_changes_nothing(tmp_path: Path, authority: Authority) -> None:
    karin = client(authority, authority.issue("karin", cn="Karin", serial=KARIN))
    whole = authority.revoke(authority.last).read_bytes()
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other").revoke().read_bytes()  # of the same name, with another key
    async with Rig(tmp_path, config=WITH_CRL) as rig:
        for wrong in (whole[:-40], b"", other, whole + other, whole + whole[:60]):
            (tmp_path / "crl.pem").write_bytes(wrong)
            reload(rig)
            assert rig.callers.certificates is not None and rig.callers.certificates.fault is not None
            assert rig.callers.certificates.fault.code == "crl_invalid"
            assert (await rig.sign(rig.structure(), tls=karin, auth=None)).code == "certificate_revoked"
        (tmp_path / "crl.pem").write_bytes(whole)
        reload(rig)
        assert rig.callers.certificates is not None and rig.callers.certificates.fault is None
    for wrong in (b"", other):
        (tmp_path / "crl.pem").write_bytes(wrong)
        with pytest.raises(SetupError) as caught:
            certificates_of(rig.settings)
        assert caught.value.code == "crl_invalid"


async def test_a_certificate_whose_issuer_has_no_list_is_refused(tmp_path: Path, authority: Authority) -> None:
    second = Authority(tmp_path, "second")
    karin = client(authority, second.issue("karin", cn="Karin", serial=KARIN))
    (tmp_path / "ca.pem").write_bytes((tmp_path / "ca.pem").read_bytes() + second.path.read_bytes())
    authority.revoke()
    async with Rig(tmp_path, config=WITH_CRL) as rig:
        assert (await rig.sign(rig.structure(), tls=karin, auth=None)).code == "certificate_not_listed"


async def test_a_card_that_ends_while_its_connection_is_open_signs_no_more(tmp_path: Path, authority: Authority) -> None:
    paths = authority.issue("karin", cn="Karin", serial=KARIN)
    made = authority.last
    ends = dt.datetime.now(dt.UTC) + _AN_HOUR  # TLS judges by the system's clock
    builder = x509.CertificateBuilder().subject_name(made.subject).issuer_name(authority.name).public_key(made.public_key())
    builder = builder.serial_number(77).not_valid_before(ends - 2 * _AN_HOUR).not_valid_after(ends)
    paths[0].write_bytes(builder.sign(authority._key, hashes.SHA256()).public_bytes(Encoding.PEM))
    karin = client(authority, paths)
    async with Rig(tmp_path, config=USER_ALONE) as rig:
        rig.clock_seconds = ends.timestamp() + 1
        answer = await rig.sign(b"", tls=karin, auth=None)
        assert (answer.status, answer.code) == (403, "certificate_expired")


async def test_half_a_renewal_leaves_the_old_certificate_in_force(tmp_path: Path, authority: Authority) -> None:
    karin = client(authority, authority.issue("karin", cn="Karin", serial=KARIN))
    old = (tmp_path / "server.pem").read_bytes()
    certificate, key = authority.issue("renewed")
    serial = authority.last.serial_number
    async with Rig(tmp_path, config=USER_ALONE) as rig:

        async def served() -> int:
            """The serial number of the certificate that a new connection sees."""
            host, port = rig.url.removeprefix("https://").split(":")
            _, writer = await asyncio.open_connection(host, int(port), ssl=karin)
            der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
            writer.close()
            return x509.load_der_x509_certificate(der).serial_number

        before = await served()
        (tmp_path / "server.pem").write_bytes(certificate.read_bytes())  # the key has not come yet
        reload(rig)
        assert await served() == before != serial
        assert (await rig.call("GET", "/readyz", tls=karin)).json["tls"]["faults"] == ["signer_tls"]
        (tmp_path / "server.key").write_bytes(key.read_bytes())
        reload(rig)
        assert await served() == serial
        assert rig.callers.certificates is not None and rig.callers.certificates.fault is None
        (tmp_path / "server.pem").write_bytes(old)
        os.utime(tmp_path / "ca.pem")
        reload(rig)
        assert await served() == serial


async def test_an_authority_that_is_taken_out_vouches_for_no_new_connection(tmp_path: Path, authority: Authority) -> None:
    karin = client(authority, authority.issue("karin", cn="Karin", serial=KARIN))
    async with Rig(tmp_path, config=USER_ALONE) as rig:
        assert (await rig.sign(rig.structure(), tls=karin, auth=None)).status == 200
        (tmp_path / "ca.pem").write_bytes(Authority(tmp_path, "next").path.read_bytes())
        reload(rig)
        with pytest.raises(aiohttp.ClientError):
            async with aiohttp.ClientSession() as session, session.get(f"{rig.url}/healthz", ssl=karin):
                pass


async def test_a_system_shows_its_own_clients_tokens_and_no_others(tmp_path: Path, authority: Authority) -> None:
    journal, lab = authority.issue("journal", cn="journal"), authority.issue("lab", cn="lab")
    system = SYSTEM.replace(f'{{journal = ["{CLIENT}"]}}', f'{{journal = ["{CLIENT}"], lab = ["lab-client"]}}')
    written = CONFIG.replace(f'clients = ["{CLIENT}"]', f'clients = ["{CLIENT}", "lab-client"]') + system
    async with Rig(tmp_path, config=written) as rig:
        assert (await rig.sign(rig.structure(), tls=client(authority, journal))).status == 200
        assert (rig.lines()[-1]["system"], rig.lines()[-1]["client"]) == ("journal", CLIENT)
        stolen = await rig.sign(rig.structure(), tls=client(authority, lab))
        assert (stolen.status, stolen.code) == (401, "login_client")
        own = f"Bearer {token(azp='lab-client')}"
        assert (await rig.sign(rig.structure(), tls=client(authority, lab), auth=own)).status == 200


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ('systems = {journal = ["journal-1"]}', "$.tls.client_ca"),
        ('crl = "crl.pem"', "$.tls.client_ca"),
        ('names = "user"', "$.tls.client_ca"),
        ('client_ca = "ca.pem"', "$.tls.systems"),
        ('client_ca = "ca.pem"\nsystems = {journal = ["unknown"]}', "$.tls.systems"),
        ('client_ca = "ca.pem"\nnames = "user"\nsystems = {journal = ["journal-1"]}', "$.tls.systems"),
        ('client_ca = "ca.pem"\nsystems = ["journal"]', "$"),
    ],
)
def test_settings_that_say_less_than_they_seem_to_are_refused(tmp_path: Path, more: str, path: str) -> None:
    (tmp_path / "signer.toml").write_text(f'{CONFIG}[tls]\ncertificate = "server.pem"\nkey = "server.key"\n{more}\n')
    with pytest.raises(InputError) as caught:
        config.load(tmp_path / "signer.toml")
    assert caught.value.problems[0].path == path
