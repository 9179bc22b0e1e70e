"""What deserves a second look before somebody signs."""

from __future__ import annotations

from dpr.core.codes.advice import Words

TABLE: dict[str, Words] = {
    "ceremony_first": Words(
        "Detta är det första.",
        "This is the first.",
        "Jämför varje nyckel med den som har den.",
        "Compare every key with whoever has it.",
    ),
    "ceremony_nothing_before": Words(
        "Det som gällde förut visas inte, så inte heller vad som ändras.",
        "What was in force before is not shown, and so neither is what changes.",
        "Ange det med --against.",
        "Give it with --against.",
    ),
    "ceremony_other_authority": Words(
        "Myndigheten eller miljön är en annan än förut.",
        "The authority or environment is another than before.",
        "Skriv inte under.",
        "Do not sign.",
    ),
    "ceremony_version_skips": Words(
        "Versionen är inte den som följer på den förra.",
        "The version is not the one that follows on the one before.",
        "Fråga samordnaren varför.",
        "Ask the coordinator why.",
    ),
    "ceremony_dated_before": Words(
        "Utgåvan är daterad före den förra.",
        "The edition is dated before the one before it.",
        "Fråga samordnaren varför; klockan kan ha gått fel.",
        "Ask the coordinator why; a clock may have been wrong.",
    ),
    "ceremony_threshold_one": Words(
        "En enda nyckel räcker: den som stjäl den bestämmer allt.",
        "A single key is enough: whoever steals it decides everything.",
        "Kräv minst två, utom vid övning.",
        "Ask for two at least, except in a rehearsal.",
    ),
    "ceremony_no_spare_key": Words(
        "Alla nycklar krävs: går en förlorad kan inget mer skrivas under.",
        "Every key is needed: if one is lost, nothing more can be signed.",
        "Lägg till en nyckel.",
        "Add a key.",
    ),
    "ceremony_threshold_lower": Words(
        "Färre måste skriva under än förut.",
        "Fewer must sign than before.",
        "Fråga varför.",
        "Ask why.",
    ),
    "ceremony_root_replaced": Words(
        "Ingen av de nycklar som förut skrev under rotdokument är kvar.",
        "None of the keys that signed roots before is left.",
        "Bekräfta varje ny nyckel med den som har den.",
        "Confirm every new key with whoever has it.",
    ),
    "ceremony_list_loses_quorum": Words(
        "För få av listans nycklar är kvar: en lista som bara de gamla nycklarna skrev under slutar gälla.",
        "Too few of the list's keys are left: a list that only the old keys signed ceases to be valid.",
        "Publicera en ny utfärdarlista samtidigt.",
        "Publish a new list of issuers at the same time.",
    ),
    "ceremony_snapshot_loses_quorum": Words(
        "Nyckeln för uppgiften om de senaste listorna byts: den uppgift som finns slutar gälla.",
        "The key for snapshots is exchanged: the one that is published ceases to be valid.",
        "Kör dpr authority snapshot med den nya nyckeln direkt efteråt.",
        "Run dpr authority snapshot with the new key right afterwards.",
    ),
    "ceremony_late_update": Words(
        "Nästa lista väntas först om mer än en månad.",
        "The next list is due only in more than a month.",
        "Kontrollera att det är meningen.",
        "Check that it is meant.",
    ),
    "ceremony_issuer_gone": Words(
        "En utfärdare tas bort: det den har intygat slutar gälla.",
        "An issuer is removed: what it vouched for ceases to count.",
        "Kontrollera att det är beslutat.",
        "Check that it was decided.",
    ),
    "ceremony_issuer_key": Words(
        "En utfärdares nycklar ändras.",
        "An issuer's keys change.",
        "Jämför varje nyckelavtryck med utfärdaren, över telefon.",
        "Compare every key's thumbprint with the issuer, over the telephone.",
    ),
    "ceremony_validity_later": Words(
        "En utfärdare gäller från en senare tid än förut: det som dess förskrivare skrev under dessförinnan slutar gälla.",
        "An issuer is in force from a later time than before: what its prescribers signed before that ceases to count.",
        "Skriv bara under om det är beslutat.",
        "Sign only if that was decided.",
    ),
    "ceremony_issuer_role": Words(
        "En utfärdare blir en annan sorts organisation.",
        "An issuer becomes another kind of organisation.",
        "Kontrollera att det är beslutat.",
        "Check that it was decided.",
    ),
    "ceremony_scope_wider": Words(
        "En utfärdare får intyga mer än förut.",
        "An issuer may vouch for more than before.",
        "Kontrollera att det är beslutat.",
        "Check that it was decided.",
    ),
    "ceremony_long_validity": Words(
        "En utfärdare gäller i mer än 400 dagar.",
        "An issuer is in force for more than 400 days.",
        "Kontrollera att det är meningen.",
        "Check that it is meant.",
    ),
    "ceremony_ends_before_update": Words(
        "En utfärdare slutar gälla före nästa lista.",
        "An issuer ceases to be in force before the next list.",
        "Ska den vara kvar: godkänn den på nytt.",
        "If it is to stay, admit it anew.",
    ),
    "ceremony_minimum_lower": Words(
        "En lista krävs i en äldre utgåva än förut, eller inte alls.",
        "A list is asked for in an older edition than before, or not at all.",
        "Kontrollera att dess utfärdare är borttagen.",
        "Check that its issuer was removed.",
    ),
}
