"""SDK's own names and values: namespaces, identifiers and limits, each from Digg's public documents (docs/sdk.md says which).

Rules: nothing of SDK's vocabulary stands anywhere else, so that a later version of a specification is met here.

Example: `ORGANISATION.fullmatch("0203:region.example")`
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

from dpr.core.errors import DocumentError

# Kuverteringsprofil XHE 1.0
XHE = "http://docs.oasis-open.org/bdxr/ns/XHE/1/ExchangeHeaderEnvelope"
XHA = "http://docs.oasis-open.org/bdxr/ns/XHE/1/AggregateComponents"
XHB = "http://docs.oasis-open.org/bdxr/ns/XHE/1/BasicComponents"
SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"
XHE_PROFILE = "urn:fdc:digg.se:edelivery:xhe:1"
ACTOR_SCHEME = "iso6523-actorid-upis"
FEDERATION = "urn:fdc:digg.se:edelivery:federation:sdk"
PROCESS, PROCESS_SCHEME = "bdx:noprocess", "urn:fdc:digg.se:edelivery:process"
DOCUMENT_SCHEME = "busdox-docid-qns"
# Innehållsspecifikation meddelande 1.5.2
MESSAGE = "urn:riv:infrastructure:messaging:MessageWithAttachments:3"
MESSAGE_TYPE = f"{MESSAGE}::messagePayload##3.0::tm-base-ext-sigenc"
FUNCTION_ROOT = "urn:riv:infrastructure:messaging:functionalAddress"
MAX_BYTES = 30 * 1024 * 1024
MAX_LABEL = 256
PDF = "application/pdf"
# Meddelandekvittens 1.1
RESPONSE = "urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2"
CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
RESPONSE_PROFILE = "urn:fdc:digg.se:edelivery:messagetype:response:1"
#: In the metadata the profile stands without `urn:`, in the receipt itself with it.
RESPONSE_TYPE = f"{RESPONSE}::ApplicationResponse##{RESPONSE_PROFILE.removeprefix('urn:')}::2.1::tm-base-ext-sigenc"

#: `0203:` and a domain name.
ORGANISATION = re.compile(
    r"0203:(?=.{1,70}\Z)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+"
)
#: A functional address: what the SDK address book gives out.
FUNCTION = re.compile(r"[A-Za-z0-9ÅÄÖåäö:._@/+-]{1,120}")
UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TIME = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.\d{1,9})?(Z|[+-]\d{2}:\d{2})")
TIME = re.compile(_TIME.pattern, re.ASCII)


class Party(NamedTuple):
    """Somebody in SDK. `organisation`: `0203:` and a domain; `function`: its functional address; the names are for people."""

    organisation: str
    function: str
    name: str = ""
    function_name: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What two of them are compared by: a domain name has no case."""
        return self.organisation.lower(), self.function


def instant(text: str) -> int:
    """The instant in seconds of a time with its zone. DocumentError `sdk_value`."""
    found = TIME.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        moment = datetime.fromisoformat(found[1] + found[2].replace("Z", "+00:00"))
        if not 2000 <= moment.year < 2200:
            raise ValueError
        return int(moment.timestamp())
    except (ValueError, OverflowError):
        raise DocumentError("sdk_value", "a time") from None


def written(instant: int) -> str:
    """An instant in seconds as SDK writes it: in UTC, with a fraction."""
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
