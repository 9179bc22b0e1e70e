"""The site's policy: what this pharmacy or clinic allows. Every key has a safe default; docs/policy.md is made from here.

Rules: defaults refuse or warn; dispensing offline is off; production is on, so demo keys and test lists are refused until
somebody says otherwise. Ages are in hours. A value that makes no sense is refused when the policy is read.

Example: `Policy(gln="7350000000009", environment=Environment.TEST)`
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from dpr.core import identifiers
from dpr.core import text as texts
from dpr.core.errors import InputError, Problem
from dpr.core.mail import queue as queues
from dpr.core.mail.token import origin_fault
from dpr.core.products import ControlClass
from dpr.core.trust_list import Environment

Hours = Annotated[int, Meta(ge=0, le=24 * 366)]


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is allowed here."""

    environment: Annotated[
        Environment, Meta(description="`production` or `test`. Trust lists and keys of the other one are refused.")
    ] = Environment.PRODUCTION
    gln: Annotated[str, Meta(description="This pharmacy's GLN, 13 digits. Prescriptions for another one are refused.")] = ""
    pharmacy_key: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=300,
            description="The pharmacy's private key: a file, from the site's folder, or a `pkcs11:` URI (docs/keys.md).",
        ),
    ] = "keys/pharmacy.pem"
    offline_dispensing: Annotated[
        bool, Meta(description="May be dispensed before it is registered, under a recorded ground, when the register is down.")
    ] = False
    accept_bearer: Annotated[
        bool, Meta(description="Accept prescriptions that are not addressed to one pharmacy (on paper or in a wallet).")
    ] = True
    clock_skew_seconds: Annotated[int, Meta(ge=0, le=3600, description="How far a signer's clock may be ahead of ours.")] = 300
    clock_behind_stop_hours: Annotated[
        Hours,
        Meta(description="Where our clock is behind what the authority signed: up to this a reason is needed, beyond it stop."),
    ] = 24
    clock_jump_hours: Annotated[
        Hours, Meta(description="Where our clock is so much later than at the last use of the ledger, a reason is needed.")
    ] = 24 * 14
    trust_list_red_hours: Annotated[
        Hours, Meta(description="A trust list past its next update is stale (a warning); older than this it is red.")
    ] = 24 * 30
    snapshot_red_hours: Annotated[
        Hours, Meta(description="A snapshot past its next update is stale (a warning); older than this it is red.")
    ] = 24 * 14
    status_fresh_hours: Annotated[
        Hours, Meta(description="Revocation data up to this age is fresh; beyond it a warning is shown.")
    ] = 24
    status_red_hours: Annotated[
        Hours, Meta(description="Revocation data older than this is red: an override with a reason is needed.")
    ] = 24 * 7
    special_status_hours: Annotated[
        Hours, Meta(description="Special medicines (narcotics and others) need revocation data no older than this, else stop.")
    ] = 24
    class_status_hours: Annotated[
        dict[str, Hours],
        Meta(description="The same for single control classes, such as `{ narcotic_ii = 12, other_special = 72 }`."),
    ] = msgspec.field(default_factory=dict)
    special_trust_list_hours: Annotated[
        Hours, Meta(description="Special medicines need a trust list before its next update, or no older than this, else stop.")
    ] = 24 * 14
    credential_grace_hours: Annotated[
        Hours,
        Meta(
            description="Signed so long after the credential (or the issuer) ran out, while no fresh lists come: a warning; "
            "beyond it a reason is needed, and special medicines stop."
        ),
    ] = 24 * 7
    credential_grace_red_hours: Annotated[
        Hours, Meta(description="Signed so long after the credential (or the issuer) ran out: beyond this, stop.")
    ] = 24 * 60
    trust_mirrors: Annotated[
        tuple[Annotated[str, Meta(max_length=300)], ...],
        Meta(max_length=8, description="Base addresses of published lists, for `dpr trust fetch`; any web server will do."),
    ] = ()
    trust_fetch_seconds: Annotated[int, Meta(ge=1, le=3600, description="How long one `dpr trust fetch` may take in all.")] = 60
    register_url: Annotated[
        str, Meta(max_length=300, description="Base address of the register (NLL, or `dpr register serve`); empty: none.")
    ] = ""
    register_timeout_seconds: Annotated[
        int, Meta(ge=1, le=120, description="How long the register may take to answer before it counts as silent.")
    ] = 10
    register_settle_seconds: Annotated[
        int,
        Meta(ge=0, le=86_400, description="After silence, wait this long before reading back: a late request may commit."),
    ] = 60
    node_key: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=300,
            description="The private key of a node that is no pharmacy (`gln` is empty): a file, from the site's folder, or a "
            "`pkcs11:` URI (docs/keys.md). Its credential is keys/node.cbor.",
        ),
    ] = "keys/node.pem"
    mail_key: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=300,
            description="The file with the keys that messages to us are sealed to, from the site's folder (`dpr mail-key`).",
        ),
    ] = "keys/mail.pem"
    mail_relays: Annotated[
        tuple[Annotated[str, Meta(max_length=130)], ...],
        Meta(
            max_length=8,
            description="Relays (https://name or https://name:port) to ask for messages besides those that our entry in the "
            "address book names.",
        ),
    ] = ()
    mail_gateways: Annotated[
        tuple[Annotated[str, Meta(max_length=40)], ...],
        Meta(
            max_length=64,
            description="Queues (`key:…`) of gateways that may stand in the address book for recipients in SDK, under these "
            "recipients' names. Any other entry must have the name of whoever signed its key.",
        ),
    ] = ()
    mail_ca: Annotated[
        str,
        Meta(
            max_length=300,
            description="A file of certificates (PEM), from the site's folder, that relays' TLS must chain to; empty: the "
            "system's.",
        ),
    ] = ""
    mail_certificate: Annotated[
        str,
        Meta(
            max_length=300,
            description="The node's TLS client certificate (PEM), from the site's folder, shown to relays in place of a token; "
            "its key is the node's own key. Empty: tokens.",
        ),
    ] = ""
    mail_certificate_key: Annotated[
        str, Meta(max_length=300, description="The file of its private key (PEM); empty: it stands in the certificate's file.")
    ] = ""
    mail_hedge_seconds: Annotated[
        int, Meta(ge=0, le=300, description="Without a relay's receipt so long, the message is handed to the next relay too.")
    ] = 2
    mail_second_copy_seconds: Annotated[
        int,
        Meta(
            ge=1,
            le=86_400,
            description="Where a relay has a message that is not fetched for so long, the next relay gets it too.",
        ),
    ] = 60
    mail_life_hours: Annotated[
        int, Meta(ge=1, le=24 * 14, description="How long a message waits to be fetched before relays delete it.")
    ] = 72


DEFAULT = Policy()
#: What a verdict rests on (docs/format.md §13); the other keys are the business of those who dispense and report.
VERDICT_KEYS = (
    *("environment", "gln", "accept_bearer", "clock_skew_seconds", "clock_behind_stop_hours"),
    *("trust_list_red_hours", "snapshot_red_hours", "status_fresh_hours", "status_red_hours"),
    *("special_status_hours", "class_status_hours", "special_trust_list_hours"),
    *("credential_grace_hours", "credential_grace_red_hours"),
)
#: The control classes that `class_status_hours` may name.
SPECIAL_CLASSES = tuple(control.name.lower() for control in ControlClass if control.special)
_ADDRESS = re.compile(r"https?://[\x21-\x7e]+")


def read(written: Mapping[str, Any], where: str) -> Policy:
    """The policy with the keys of docs/policy.md, `environment` by its name; what is not written has its default.

    `where`: what an error names, such as a file. InputError `policy_invalid`: an unknown key, or a value outside its limits.
    """
    given = dict(written)
    environment = given.get("environment")
    if isinstance(environment, str) and environment.upper() in Environment.__members__:
        given["environment"] = int(Environment[environment.upper()])
    elif environment is not None:
        raise invalid(where, "environment is not known", "production or test")
    try:
        policy = msgspec.convert(given, Policy)
    except msgspec.ValidationError as error:
        raise invalid(where, str(error), "a key and value of docs/policy.md") from None
    _refuse_nonsense(policy, where)
    return policy


def _refuse_nonsense(policy: Policy, where: str) -> None:
    """What no type says."""
    if unknown := policy.class_status_hours.keys() - SPECIAL_CLASSES:
        raise invalid(where, f"class_status_hours: {', '.join(sorted(unknown))[:60]}", "one of " + ", ".join(SPECIAL_CLASSES))
    for name in ("pharmacy_key", "node_key", "mail_key", "mail_ca", "mail_certificate", "mail_certificate_key"):
        if getattr(policy, name) and texts.fault(getattr(policy, name)):
            raise invalid(where, f"{name} has hidden characters", "a path or a pkcs11: URI")
    if policy.mail_certificate_key and not policy.mail_certificate:
        raise invalid(where, "mail_certificate_key without mail_certificate", "both, or mail_certificate alone")
    if policy.gln and identifiers.gln_fault(policy.gln):
        raise invalid(where, "gln is not a GLN", "13 digits with the GS1 check digit")
    _refuse_addresses(policy, where)


def _refuse_addresses(policy: Policy, where: str) -> None:
    """Of others."""
    if policy.register_url and not _ADDRESS.fullmatch(policy.register_url):
        raise invalid(where, "register_url is no address", "http:// or https:// and what follows, in ASCII without spaces")
    for mirror in policy.trust_mirrors:
        if not _ADDRESS.fullmatch(mirror):
            raise invalid(where, "trust_mirrors: no address", "http:// or https:// and what follows, in ASCII without spaces")
    for relay in policy.mail_relays:
        if origin_fault(relay):
            raise invalid(where, "mail_relays: no relay's address", "https://name or https://name:port, with nothing after it")
    for queue in policy.mail_gateways:
        if not queue.startswith("key:") or queues.fault(queue):
            raise invalid(where, "mail_gateways: no gateway's queue", "key: and 32 digits 0-9, a-f")


def invalid(where: str, wrong: str, expected: str) -> InputError:
    """The error for a policy that is refused."""
    return InputError("policy_invalid", (Problem(where, "policy_invalid", wrong, expected),))
