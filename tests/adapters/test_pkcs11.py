"""Keys in a PKCS #11 token, on SoftHSM: what is refused, by which name, and that a token is never locked."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpr.adapters.pkcs11_uri import Pkcs11Uri
from dpr.core.errors import DprError, SetupError
from dpr.core.keys import PublicKey
from tests.adapters import softhsm
from tests.adapters.softhsm import MODULE, PIN, SoftHsm, SoftToken, needs_softhsm

pkcs11 = pytest.importorskip("pkcs11") if os.environ.get("DPR_REQUIRE_ALL") != "1" else __import__("pkcs11")
from dpr.adapters import pkcs11_login, pkcs11_module  # noqa: E402
from dpr.adapters.pkcs11_errors import named  # noqa: E402
from dpr.adapters.pkcs11_points import ALGORITHMS, public_key  # noqa: E402
from dpr.adapters.pkcs11_token import Token  # noqa: E402
from dpr.apps import signers  # noqa: E402

pytestmark = needs_softhsm
ROOT = Path(__file__).resolve().parent.parent.parent


def code_of(action: Callable[..., Any], *arguments: Any, **options: Any) -> str:
    with pytest.raises(DprError) as caught:
        action(*arguments, **options)
    assert PIN not in repr(caught.value) and PIN not in str(caught.value)
    return caught.value.code


@pytest.fixture
def token(soft_hsm: SoftHsm) -> SoftToken:
    return soft_hsm.token()


def opened(token: SoftToken, key: str = "", pin: bytes | None = None) -> Token:
    return Token.open(Pkcs11Uri.parse(token.uri(key)), lambda: pin or token.pin)


def raw(token: SoftToken) -> Any:
    """A session of python-pkcs11 beside ours, in which the user is logged in already."""
    return pkcs11.lib(MODULE).get_token(token_label=token.label).open(rw=True)


def session_of(store: Token) -> Any:
    assert store._open is not None
    return store._open.session


# --- keys that stay -----------------------------------------------------------------------------------------------------


def test_a_key_cannot_leave_the_token(token: SoftToken) -> None:
    with opened(token) as store:
        store.create("rx-1")
        attribute = pkcs11.Attribute
        (key,) = raw(token).get_objects({attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY})
        said = {name: key[getattr(attribute, name)] for name in ("SENSITIVE", "EXTRACTABLE", "NEVER_EXTRACTABLE", "LOCAL")}
        assert said == {"SENSITIVE": True, "EXTRACTABLE": False, "NEVER_EXTRACTABLE": True, "LOCAL": True}
        assert not key[attribute.DECRYPT] and not key[attribute.DERIVE] and not key[attribute.UNWRAP]
        with pytest.raises(pkcs11.AttributeSensitive):
            key[attribute.VALUE]


def test_a_token_that_would_give_the_key_away_is_refused(token: SoftToken) -> None:
    with opened(token) as store:
        templates = pkcs11.attributes.AttributeMapper()
        real = templates.private_key_template
        wrong = {pkcs11.Attribute.EXTRACTABLE: True}
        mapper = mock.patch.object(
            pkcs11.attributes.AttributeMapper, "private_key_template", lambda self, **more: real(**more) | wrong
        )
        merge = mock.patch("pkcs11._pkcs11.merge_templates", lambda default, *more: {**(more[0] or {}), **default})
        with mapper, merge:
            assert code_of(store.create, "rx-1") == "token_key_extractable"
        assert list(raw(token).get_objects()) == [] and list(store.labels()) == []


def test_another_process_finds_the_key_and_a_new_key_is_found_without_opening_again(token: SoftToken) -> None:
    with opened(token) as store:
        assert list(store.labels()) == []
        script = (
            "import sys; from dpr.apps.signers import create_key\n"
            "print(create_key(sys.argv[1], algorithm='ES256', passphrase=None).key.thumbprint.hex())"
        )
        words = [sys.executable, "-c", script, token.uri("rx-other")]
        ran = subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT)
        assert store.signer("rx-other").key.thumbprint.hex() == ran.stdout.strip()
        assert code_of(store.create, "rx-other") == "token_key_exists"


def test_signing_does_not_search_the_token(token: SoftToken) -> None:
    with opened(token) as store:
        made = [store.create(f"rx-{number}") for number in range(3)]
        with mock.patch("dpr.adapters.pkcs11_session.Session.read", side_effect=AssertionError("searched")):
            for signer in made:
                assert signer.key.verify(store.signer(signer._label).sign(b"x"), b"x")


# --- a session that is lost ---------------------------------------------------------------------------------------------


def test_a_lost_session_is_opened_again(token: SoftToken) -> None:
    with opened(token) as store:
        signer = store.create("rx-1")
        softhsm.restart()
        assert signer.key.verify(signer.sign(b"x"), b"x")
        softhsm.restart()
        store.create("rx-2")
        session_of(store).close()
        assert signer.key.verify(signer.sign(b"x"), b"x")
        store.close()
        assert list(store.labels()) == ["rx-1", "rx-2"]


def test_two_openings_of_one_token_do_not_disturb_each_other(token: SoftToken) -> None:
    with opened(token) as first:
        signer = first.create("rx-1")
        with opened(token) as second:
            assert list(second.labels()) == ["rx-1"]
        assert signer.key.verify(signer.sign(b"x"), b"x")  # though closing logged out both


def test_a_forked_child_signs_and_so_does_its_parent(token: SoftToken) -> None:
    with opened(token) as store:
        signer = store.create("rx-1")
        child = os.fork()
        if child == 0:
            os._exit(0 if signer.key.verify(signer.sign(b"x"), b"x") else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert signer.key.verify(signer.sign(b"x"), b"x")


def test_a_key_that_was_deleted_is_missing(token: SoftToken) -> None:
    with opened(token) as store:
        signer = store.create("rx-1")
        for found in raw(token).get_objects():
            found.destroy()
        assert code_of(signer.sign, b"x") == "token_key_missing"
        assert list(store.labels()) == []


# --- PINs ---------------------------------------------------------------------------------------------------------------


def test_a_wrong_pin_is_tried_once_and_never_again(token: SoftToken) -> None:
    tried = []
    real = pkcs11_login._open

    def counted(*arguments: Any, **options: Any) -> Any:
        tried.append(1)
        return real(*arguments, **options)

    with mock.patch.object(pkcs11_login, "_open", counted):
        assert code_of(opened, token, pin=b"wrong") == "token_pin"
        for _ in range(5):
            assert code_of(opened, token, pin=b"wrong") == "token_pin_refused_before"
        assert len(tried) == 1
        opened(token).close()
        assert len(tried) == 2


def test_a_wrong_pin_is_refused_where_the_right_one_is_logged_in(token: SoftToken) -> None:
    with opened(token):
        assert code_of(opened, token, pin=b"wrong") == "token_pin"


@pytest.mark.parametrize(
    ("flag", "code"), [("USER_PIN_FINAL_TRY", "token_pin_last_try"), ("USER_PIN_LOCKED", "token_pin_locked")]
)
def test_the_last_try_is_left_to_a_person(token: SoftToken, flag: str, code: str) -> None:
    said = mock.Mock(flags=getattr(pkcs11.TokenFlag, flag), serial=b"1", label=token.label)
    assert code_of(pkcs11_login.login, said, token.pin, "pkcs11:token=x") == code
    said.open.assert_not_called()


def test_a_write_protected_token_signs_and_makes_no_keys(token: SoftToken) -> None:
    with opened(token) as store:
        made = store.create("rx-1")
    real = pkcs11_login._open

    def protected(found: Any, pin: bytes, **options: Any) -> Any:
        said = mock.Mock(flags=found.flags | pkcs11.TokenFlag.WRITE_PROTECTED, open=found.open)
        return real(said, pin, **options)

    with mock.patch.object(pkcs11_login, "_open", protected), opened(token) as store:
        assert made.key.verify(store.signer("rx-1").sign(b"x"), b"x")
        assert code_of(store.create, "rx-2") == "token_read_only"


def test_a_wrong_pin_is_not_tried_again_when_a_session_is_lost(token: SoftToken) -> None:
    pins = [token.pin, b"changed", b"changed"]
    store = Token.open(Pkcs11Uri.parse(token.uri()), lambda: pins.pop(0))
    softhsm.restart()
    assert code_of(store.labels) == "token_pin"
    assert code_of(store.labels) == "token_pin_refused_before"


# --- what is not there --------------------------------------------------------------------------------------------------


def test_what_is_missing_is_named(token: SoftToken, tmp_path: Path) -> None:
    def open_(uri: str, **options: Any) -> Token:
        return Token.open(Pkcs11Uri.parse(uri), lambda: b"1234", **options)

    (tmp_path / "no-module.so").write_bytes(b"x")
    assert code_of(open_, f"pkcs11:token={token.label}") == "token_module_missing"
    assert code_of(open_, f"pkcs11:token={token.label}?module-path={tmp_path / 'no-module.so'}") == "token_module"
    assert code_of(open_, f"pkcs11:token={token.label}?module-path={tmp_path / 'nothing.so'}") == "token_module"
    assert code_of(open_, "pkcs11:token=no-such", module=MODULE) == "token_missing"
    assert code_of(open_, f"pkcs11:token={token.label};serial=00", module=MODULE) == "token_missing"


def test_a_token_that_is_not_told_apart_is_ambiguous(soft_hsm: SoftHsm, token: SoftToken) -> None:
    soft_hsm.token()
    uri = Pkcs11Uri.parse(f"pkcs11:manufacturer=SoftHSM%20project?module-path={MODULE}")
    assert code_of(Token.open, uri, lambda: token.pin) == "token_ambiguous"
    serial = pkcs11.lib(MODULE).get_token(token_label=token.label).serial.decode()
    with Token.open(uri._replace(serial=serial), lambda: token.pin) as store:
        assert list(store.labels()) == []


def test_a_key_is_found_by_label_by_id_and_as_the_only_one(token: SoftToken) -> None:
    with opened(token) as store:
        assert code_of(store.signer_of, Pkcs11Uri.parse(token.uri())) == "token_key_missing"
        first = store.create("rx-1")
        assert store.signer_of(Pkcs11Uri.parse(token.uri())).key == first.key
        second = store.create("rx-2")
        assert code_of(store.signer_of, Pkcs11Uri.parse(token.uri())) == "token_key_ambiguous"
        assert store.signer_of(Pkcs11Uri.parse(token.uri("rx-2"))).key == second.key
        assert store.signer_of(Pkcs11Uri(id=first._id)).key == first.key
        assert code_of(store.signer_of, Pkcs11Uri(object="rx-2", id=first._id)) == "token_key_missing"


def test_two_keys_with_one_label_are_told_apart_by_id_only(token: SoftToken) -> None:
    with opened(token) as store:
        first = store.create("rx-1")
        _generate(raw(token), label="rx-1", id=b"other")
        store.close()
        assert code_of(store.signer, "rx-1") == "token_key_ambiguous"
        assert store.signer_of(Pkcs11Uri(object="rx-1", id=first._id)).key == first.key


def test_a_key_of_another_curve_or_without_a_public_half_is_named(token: SoftToken) -> None:
    with opened(token) as store:
        _generate(raw(token), label="p-384", id=b"1", parameters=bytes.fromhex("06052b81040022"))
        public = _generate(raw(token), label="alone", id=b"2")
        public.destroy()
        assert code_of(store.signer, "p-384") == "token_key_unsupported"
        assert code_of(store.signer, "alone") == "token_key_unsupported"
        assert set(store.labels()) == {"p-384", "alone"}


def _generate(session: Any, *, parameters: bytes = ALGORITHMS["ES256"].parameters, **options: Any) -> Any:
    made = session.create_domain_parameters(pkcs11.KeyType.EC, {pkcs11.Attribute.EC_PARAMS: parameters}, local=True)
    public, _ = made.generate_keypair(store=True, **options)
    return public


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
def test_a_point_is_read_with_and_without_its_wrapping_and_nothing_else_is(algorithm: str) -> None:
    from tests.world import signer

    key, kind = signer("x", algorithm).key, ALGORITHMS[algorithm]
    cose = key.to_cose(compressed=False)
    point = cose[-2] if algorithm == "EdDSA" else b"\4" + cose[-2] + cose[-3]
    for accepted in kind.accepted:
        assert public_key((accepted, point), kind) == key
        assert public_key((accepted, bytes([4, kind.size]) + point), kind) == key
    for wrong in (b"", point[:-1], point + b"\0", bytes(kind.size), b"\4" + point):
        assert public_key((kind.parameters, wrong), kind) is None
    assert public_key((b"\5\0", point), kind) is None and public_key(None, kind) is None


def test_every_error_of_the_library_becomes_one_of_ours() -> None:
    from pkcs11 import exceptions

    from dpr.core.codes import CODES

    found = [getattr(exceptions, name) for name in dir(exceptions) if name[0].isupper()]
    errors = [one for one in found if isinstance(one, type) and issubclass(one, exceptions.PKCS11Error)]
    assert len(errors) > 50
    for one in errors:
        error = named(one("secret detail"), "pkcs11:token=x")
        assert error.code in CODES and "secret" not in str(error) and "pkcs11:token=x" in error.detail


# --- the URI, and signers by reference ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("pkcs11:", Pkcs11Uri()),
        ("pkcs11:token=a;object=b", Pkcs11Uri(token="a", object="b")),
        ("pkcs11:object=r%C3%B6d%3B%20l%C3%A5da;type=private", Pkcs11Uri(object="röd; låda")),
        ("pkcs11:id=%01%ff;serial=12", Pkcs11Uri(id=b"\x01\xff", serial="12")),
        (
            "pkcs11:token=a?module-path=/a.so&pin-source=file:///run/p%20n",
            Pkcs11Uri(token="a", module_path="/a.so", pin_source=Path("/run/p n")),
        ),
        ("pkcs11:?pin-source=/run/pin", Pkcs11Uri(pin_source=Path("/run/pin"))),
    ],
)
def test_a_uri_is_read_as_rfc_7512_says(uri: str, expected: Pkcs11Uri) -> None:
    assert Pkcs11Uri.parse(uri) == expected


@pytest.mark.parametrize(
    "uri",
    [
        *("pkcs12:token=a", "token=a", "pkcs11:token", "pkcs11:token=a;token=a", "pkcs11:tokn=a", "pkcs11:token=", "pkcs11:;"),
        *("pkcs11:token=%ff", "pkcs11:token=a%0a", "pkcs11:token=a b", "pkcs11:type=public", "pkcs11:slot-id=1"),
        *("pkcs11:?pin-source=pin", "pkcs11:?pin-source=|cat%20pin", "pkcs11:?pin-source=https://x/pin"),
        *("pkcs11:?module-name=x", "pkcs11:token=" + "a" * 2000),
        "pkcs11:token=a?module-path=/a.so&module-path=/b.so",
    ],
)
def test_a_uri_that_could_mean_another_key_is_refused(uri: str) -> None:
    assert code_of(Pkcs11Uri.parse, uri) == "pkcs11_uri_invalid"


@given(st.text(max_size=60) | st.from_regex(r"pkcs11:(?:[a-z]{2,6}=[^\n]{0,9}[;?&]?){0,4}", fullmatch=True))
def test_any_text_is_a_uri_that_is_shown_as_it_is_read_or_a_named_error(text: str) -> None:
    try:
        uri = Pkcs11Uri.parse(text)
    except SetupError as error:
        assert error.code in ("pkcs11_uri_invalid", "pkcs11_pin_in_uri")
        return
    shown = Pkcs11Uri.parse(str(uri))
    assert (shown.token, shown.serial, shown.object, shown.id) == (uri.token, uri.serial, uri.object, uri.id)


@pytest.mark.parametrize("name", ["pin-value", "PIN-VALUE", "pin%2dvalue"])
def test_a_pin_in_the_uri_is_refused_without_repeating_it(name: str) -> None:
    for uri in (f"pkcs11:token=a?{name}={PIN}", f"pkcs11:token=a;{name}={PIN}"):
        assert code_of(Pkcs11Uri.parse, uri) == "pkcs11_pin_in_uri"


def test_a_signer_by_reference(token: SoftToken, monkeypatch: pytest.MonkeyPatch) -> None:
    made = signers.create_key(token.uri("apotek"), algorithm="ES256", passphrase=None)
    signer = signers.open_signer(token.uri("apotek"))
    assert signer.key == made.key and made.key.verify(signer.sign(b"x"), b"x")
    assert isinstance(signer.key, PublicKey)
    assert code_of(signers.create_key, token.uri(), algorithm="ES256", passphrase=None) == "pkcs11_uri_invalid"
    monkeypatch.setenv("DPR_PKCS11_MODULE", MODULE)
    monkeypatch.setenv("DPR_PIN_FILE", str(token.pin_file))
    assert signers.open_signer(f"pkcs11:token={token.label};object=apotek").key == made.key


def test_without_the_library_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("dpr.adapters.pkcs11_token")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    for name in ("module", "session", "errors", "points", "login"):
        monkeypatch.delitem(sys.modules, f"dpr.adapters.pkcs11_{name}", raising=False)
    assert code_of(signers.open_signer, "pkcs11:token=not-installed") == "pkcs11_not_installed"


def test_no_pin_is_in_any_representation(token: SoftToken) -> None:
    with opened(token) as store:
        signer = store.create("rx-1")
        shown = [repr(one) for one in (store, signer, store._open, vars(signer), Pkcs11Uri.parse(token.uri()))]
        assert not [text for text in shown if PIN in text]


def test_an_error_names_the_key_and_not_the_query(token: SoftToken) -> None:
    with pytest.raises(SetupError) as caught:
        signers.open_signer(token.uri("none"))
    assert caught.value.detail.startswith(f"pkcs11:token={token.label}") and str(token.pin_file) not in caught.value.detail


# --- a token that goes and comes back -----------------------------------------------------------------------------------


@pytest.fixture
def taken_away(soft_hsm: SoftHsm) -> Iterator[Callable[[bool], None]]:
    """Takes the tokens' files away (True) and puts them back."""
    here, away = soft_hsm.folder / "tokens", soft_hsm.folder / "away"

    def move(gone: bool) -> None:
        if gone != away.exists():
            (here if gone else away).rename(away if gone else here)

    yield move
    move(False)
    softhsm.restart()


def test_a_token_that_was_gone_for_a_moment_signs_again_by_itself(
    token: SoftToken, taken_away: Callable[[bool], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[bool] = []
    real = pkcs11_module.start_again
    monkeypatch.setattr(pkcs11_module, "start_again", lambda path: started.append(real(path)) or started[-1])
    with opened(token) as store:
        signer, other = store.create("rx-1"), opened(token)
        taken_away(True)
        for _ in range(5):
            assert code_of(signer.sign, b"x") in ("token_failed", "token_missing")
        assert started.count(True) <= 1, "the library is not started again for every call"
        taken_away(False)
        monkeypatch.setattr(pkcs11_module, "LEAST_BETWEEN_SECONDS", 0.0)
        assert signer.key.verify(signer.sign(b"x"), b"x")
        assert list(other.labels()) == ["rx-1"]  # its session was of the library before
        del started[:]
        signer.sign(b"x")
        assert not started


@pytest.mark.parametrize("error", ["GeneralError", "FunctionFailed", "TokenNotPresent", "DeviceError"])
def test_a_failure_of_the_module_drops_the_session_and_does_not_make_a_key_twice(token: SoftToken, error: str) -> None:
    with opened(token) as store:
        signer, made = store.create("rx-1"), []
        real, fault = Token._create, getattr(pkcs11.exceptions, error)

        def fails(self: Token, session: Any, label: str, algorithm: Any) -> Any:
            made.append(session)
            if len(made) == 1:
                raise fault
            return real(self, session, label, algorithm)

        with mock.patch.object(Token, "_create", fails):
            if error == "TokenNotPresent":  # nothing was begun
                store.create("rx-2")
                assert len(made) == 2
            else:
                assert code_of(store.create, "rx-2") == "token_failed" and len(made) == 1
        assert signer.key.verify(signer.sign(b"x"), b"x")


def test_a_pin_that_was_changed_is_read_again_from_its_file(token: SoftToken, soft_hsm: SoftHsm) -> None:
    store = signers.open_key_store(token.uri())
    signer = store.create("rx-1")
    code = (
        f"import pkcs11\nwith pkcs11.lib({MODULE!r}).get_token(token_label={token.label!r})"
        f".open(rw=True, user_pin={PIN!r}) as session: session.set_pin({PIN!r}, '99999999')"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    softhsm.restart()
    token.pin_file.unlink()
    assert code_of(signer.sign, b"x") == "token_pin"
    token.pin_file.touch(0o600)
    token.pin_file.write_text("99999999\n")
    assert signer.key.verify(signer.sign(b"x"), b"x")
