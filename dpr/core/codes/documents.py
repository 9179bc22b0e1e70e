"""Faults of any signed document: its signature, its chain, its COSE and CBOR, its key."""

from __future__ import annotations

from dpr.core.codes.advice import CALL, LOOK_UP, SCAN_AGAIN, SUPPORT, Words

TABLE: dict[str, Words] = {
    "signature_invalid": Words(
        "Underskriften stämmer inte: innehållet är ändrat, eller någon annan har skrivit under.",
        "The signature does not match: the content was altered, or somebody else signed it.",
        *LOOK_UP,
    ),
    "chain_issuer_unknown": Words(
        "Den som intygar förskrivaren finns inte på listan över godkända utfärdare.",
        "Whoever vouches for the prescriber is not on the list of approved issuers.",
        "Hämta en ny lista över utfärdare. Finns utfärdaren inte där heller: lämna inte ut.",
        "Fetch a new list of issuers. If the issuer is not there either, do not dispense.",
    ),
    "chain_credential_unknown": Words(
        "Förskrivarens behörighetsbevis följde inte med och finns inte här.",
        "The prescriber's credential did not come with the prescription and is not held here.",
        "Hämta nya listor och bevis, eller be om receptet i den form där beviset följer med.",
        "Fetch new lists and credentials, or ask for the prescription in the form that carries the credential.",
    ),
    "chain_credential_ambiguous": Words(
        "Underskriften passar till bevis från flera utfärdare, så det går inte att säga vem som har skrivit under.",
        "The signature fits credentials of several issuers, so who signed cannot be told.",
        "Lämna inte ut. Be om receptet i den form där beviset följer med, och anmäl felet till utfärdarna.",
        "Do not dispense. Ask for the prescription in the form that carries the credential, and tell the issuers.",
    ),
    "chain_issuer_differs": Words(
        "Behörighetsbeviset är underskrivet av en annan utfärdare än det säger.",
        "The credential was signed by another issuer than it says.",
        *LOOK_UP,
    ),
    "chain_role": Words(
        "Den som har skrivit under har inte den rollen: till exempel ett apotek som skriver recept.",
        "The signer does not have that role: for example a pharmacy that writes a prescription.",
        *LOOK_UP,
    ),
    "scope_role": Words(
        "Utfärdaren får inte intyga den här rollen.",
        "The issuer may not vouch for this role.",
        *LOOK_UP,
    ),
    "scope_profession": Words(
        "Utfärdaren får inte intyga det här yrket.",
        "The issuer may not vouch for this profession.",
        *LOOK_UP,
    ),
    "scope_gln": Words(
        "Utfärdaren får inte intyga det här apoteket.",
        "The issuer may not vouch for this pharmacy.",
        *LOOK_UP,
    ),
    "scope_organisation": Words(
        "Utfärdaren får inte intyga förskrivare på den här arbetsplatsen: HSA-id:t hör till en annan organisation.",
        "The issuer may not vouch for prescribers at this workplace: its HSA-id belongs to another organisation.",
        *LOOK_UP,
    ),
    "document_kind": Words(
        "Dokumentet är av ett annat slag än det som väntades.",
        "The document is of another kind than was expected.",
        "Läs in det som just nu efterfrågas, till exempel receptet.",
        "Read in what is asked for here, for example the prescription.",
    ),
    "document_kind_unknown": Words(
        "Dokumentet är av ett slag som programmet inte känner till.",
        "The document is of a kind that this program does not know.",
        "Uppdatera programmet. Hjälper det inte: be om ett nytt recept.",
        "Update the program. If that does not help, ask for a new prescription.",
    ),
    "document_header": Words(
        "Dokumentets inledning är fel: något saknas eller hör inte hemma där.",
        "The document's header is wrong: something is missing or has no place there.",
        *CALL,
    ),
    "document_unprotected": Words(
        "Dokumentet har uppgifter som underskriften inte skyddar.",
        "The document has content that the signature does not protect.",
        *CALL,
    ),
    "cose_tag": Words(
        "Det är inget underskrivet dokument av rätt slag.",
        "It is no signed document of the right kind.",
        *SCAN_AGAIN,
    ),
    "cose_malformed": Words(
        "Det är inget helt underskrivet dokument.",
        "It is no whole signed document.",
        *SCAN_AGAIN,
    ),
    "cose_header": Words(
        "Dokumentets inledning säger emot sig själv eller saknar skydd.",
        "The document's header contradicts itself or is not protected.",
        *CALL,
    ),
    "cose_crit": Words(
        "Dokumentet kräver något som programmet inte kan.",
        "The document requires something that this program cannot do.",
        "Uppdatera programmet. Hjälper det inte: be om ett nytt recept.",
        "Update the program. If that does not help, ask for a new prescription.",
    ),
    "cose_algorithm": Words(
        "Underskriften är gjord på ett sätt som inte är tillåtet.",
        "The signature was made in a way that is not allowed.",
        *CALL,
    ),
    "cose_detached": Words(
        "Dokumentets innehåll saknas: bara underskriften finns.",
        "The document's content is missing: there is only the signature.",
        *SCAN_AGAIN,
    ),
    "cbor_malformed": Words(
        "Innehållet är skadat eller är något annat än ett digitalt pappersrecept.",
        "The content is damaged or is something else than a digital paper prescription.",
        *SCAN_AGAIN,
    ),
    "cbor_not_deterministic": Words(
        "Innehållet är kodat på ett otillåtet sätt.",
        "The content is encoded in a way that is not allowed.",
        *CALL,
    ),
    "cbor_key_order": Words(
        "Uppgifterna står i fel ordning i det kodade innehållet.",
        "The entries of the encoded content are in the wrong order.",
        *CALL,
    ),
    "cbor_trailing_bytes": Words(
        "Det finns något mer efter dokumentets slut.",
        "There is something more after the end of the document.",
        *SCAN_AGAIN,
    ),
    "cbor_tag": Words(
        "Innehållet har en märkning som inte är tillåten.",
        "The content has a tag that is not allowed.",
        *CALL,
    ),
    "cbor_type": Words(
        "Innehållet har ett slag av värde som inte är tillåtet.",
        "The content has a type of value that is not allowed.",
        *CALL,
    ),
    "cbor_depth": Words(
        "Innehållet är nästlat djupare än vad som är tillåtet.",
        "The content is nested more deeply than is allowed.",
        *CALL,
    ),
    "cbor_too_large": Words(
        "Innehållet är för stort.",
        "The content is too large.",
        "Kontrollera att det är rätt fil.",
        "Check that it is the right file.",
    ),
    "key_malformed": Words(
        "Nyckeln är inte rätt skriven.",
        "The key is not well formed.",
        *SUPPORT,
    ),
    "key_unsupported": Words(
        "Nyckeln är av ett slag som inte används här.",
        "The key is of a kind that is not used here.",
        "Använd en nyckel av slaget P-256 (ES256) eller Ed25519.",
        "Use a P-256 (ES256) or Ed25519 key.",
    ),
    "key_weak": Words(
        "Nyckeln är svag och skyddar ingenting.",
        "The key is weak and protects nothing.",
        "Använd den inte. Skapa en ny nyckel.",
        "Do not use it. Make a new key.",
    ),
}
