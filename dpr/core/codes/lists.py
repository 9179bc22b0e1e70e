"""Faults in what an authority or an issuer publishes: root, snapshot, list of issuers, revocations."""

from __future__ import annotations

from dpr.core.codes.advice import AUTHORITY_CORRECTS, CORRECT, ISSUER_CORRECTS, Words

TABLE: dict[str, Words] = {
    "later_version": Words(
        "Listan innehåller något som en senare version av programmet förstår, men inte den här.",
        "The list holds something that a later version of this program understands, but not this one.",
        "Uppdatera programmet. Under tiden gäller det som finns.",
        "Update the program. What is held stays in force meanwhile.",
    ),
    "organisation_form": Words(
        "En organisation skrivs som i början av dess HSA-id: SE och tio siffror.",
        "An organisation is written as at the beginning of its HSA-id: SE and ten digits.",
        *CORRECT,
    ),
    "root_threshold_not_met": Words(
        "Myndighetens rotdokument är underskrivet av för få nycklar, gamla eller nya.",
        "Too few keys, old or new, have signed the authority's root.",
        *AUTHORITY_CORRECTS,
    ),
    "root_version": Words(
        "Myndighetens rotdokument följer inte på det som finns: versionen är en annan än nästa.",
        "The authority's root does not follow on the one held: its version is not the next.",
        "Läs in alla rotdokument i ordning (mappen roots). Är det äldre än det som finns: gör inget.",
        "Import every root in order (the folder roots). If it is older than the one held, do nothing.",
    ),
    "root_environment": Words(
        "Myndighetens rotdokument är för en annan miljö (test eller drift).",
        "The authority's root is for another environment (test or production).",
        "Läs in rotdokumentet för rätt miljö; det förra gäller.",
        "Import the root for the right environment; the one before is in force.",
    ),
    "root_authority": Words(
        "Rotdokumentet är en annan myndighets än den som apoteket litar på.",
        "The root is another authority's than the one this site trusts.",
        *AUTHORITY_CORRECTS,
    ),
    "root_key_twice": Words(
        "Samma nyckel står två gånger i rotdokumentet.",
        "One key stands twice in the root.",
        *AUTHORITY_CORRECTS,
    ),
    "root_threshold": Words(
        "Rotdokumentet kräver fler underskrifter än det finns nycklar.",
        "The root asks for more signatures than there are keys.",
        *AUTHORITY_CORRECTS,
    ),
    "root_online_key": Words(
        "En nyckel som ligger på en ansluten dator får inte också skriva under rotdokument eller utfärdarlistor.",
        "A key that lies on a machine that is online must not also sign roots or lists of issuers.",
        *AUTHORITY_CORRECTS,
    ),
    "snapshot_threshold": Words(
        "Uppgiften om vilka listor som är de senaste är underskriven av för få nycklar.",
        "Too few keys have signed what says which lists are the latest.",
        *AUTHORITY_CORRECTS,
    ),
    "snapshot_environment": Words(
        "Uppgiften om vilka listor som är de senaste är för en annan miljö (test eller drift).",
        "What says which lists are the latest is for another environment (test or production).",
        *AUTHORITY_CORRECTS,
    ),
    "snapshot_authority": Words(
        "Uppgiften om vilka listor som är de senaste är en annan myndighets.",
        "What says which lists are the latest is another authority's.",
        *AUTHORITY_CORRECTS,
    ),
    "snapshot_times": Words(
        "Uppgiften om vilka listor som är de senaste gick ut innan den gjordes.",
        "What says which lists are the latest had run out before it was made.",
        *AUTHORITY_CORRECTS,
    ),
    "snapshot_name": Words(
        "Ett namn på en lista är inte så skrivet som listor heter.",
        "A list's name is not written as lists are called.",
        *AUTHORITY_CORRECTS,
    ),
    "revocation_order": Words(
        "Spärrarna står inte i ordning, eller en står två gånger.",
        "The revocations are not in order, or one stands twice.",
        *ISSUER_CORRECTS,
    ),
    "trust_list_threshold": Words(
        "Listan över godkända utfärdare är underskriven av för få av myndighetens nycklar.",
        "Too few of the authority's keys have signed the list of approved issuers.",
        *AUTHORITY_CORRECTS,
    ),
    "trust_list_environment": Words(
        "Listan över godkända utfärdare är för en annan miljö (test eller drift).",
        "The list of approved issuers is for another environment (test or production).",
        "Läs in listan för rätt miljö; den förra gäller.",
        "Import the list for the right environment; the one before is in force.",
    ),
    "trust_list_authority": Words(
        "Listan över godkända utfärdare kommer från en annan myndighet än den som apoteket litar på.",
        "The list of approved issuers is from another authority than the one trusted here.",
        *AUTHORITY_CORRECTS,
    ),
    "trust_list_times": Words(
        "Listan över godkända utfärdare har orimliga tider: nästa uppdatering är före utgivningen.",
        "The times of the list of approved issuers make no sense: its next update is before its issue.",
        *AUTHORITY_CORRECTS,
    ),
    "trust_list_issuer_twice": Words(
        "Samma utfärdare står två gånger på listan.",
        "The same issuer is on the list twice.",
        *AUTHORITY_CORRECTS,
    ),
    "trust_list_key_twice": Words(
        "Samma nyckel står två gånger på listan.",
        "The same key is on the list twice.",
        *AUTHORITY_CORRECTS,
    ),
    "trust_list_scope": Words(
        "En utfärdare på listan har yrken som inte hör till dess roll, eller en sluttid före starttiden.",
        "An issuer on the list has professions that its role does not allow, or ends before it begins.",
        *AUTHORITY_CORRECTS,
    ),
    "status_list_malformed": Words(
        "Spärrlistan är skadad.",
        "The revocation list is damaged.",
        "Hämta spärrlistan på nytt; den förra gäller.",
        "Fetch the revocation list again; the one before is in force.",
    ),
    "status_list_entry": Words(
        "Platsen i spärrlistan finns inte, eller så får värdet inte plats där.",
        "The entry is not in the revocation list, or its value does not fit there.",
        "Gör en längre lista, eller välj två bitar per plats.",
        "Make a longer list, or choose two bits for each entry.",
    ),
}
