"""Answers of the verdict's steps about the signature, the lists, the clock, revocation and what the signer may prescribe."""

from __future__ import annotations

from dpr.core.codes.advice import ASK, CALL, FETCH, FETCH_OR_REASON, LOOK_UP, NOTHING, Words

TABLE: dict[str, Words] = {
    "signature_ok": Words(
        "Underskriften är äkta och utfärdaren är godkänd.",
        "The signature is genuine and the issuer is approved.",
        *NOTHING,
    ),
    "trust_list_stale": Words(
        "Listan över godkända utfärdare är äldre än den borde vara.",
        "The list of approved issuers is older than it should be.",
        *FETCH,
    ),
    "trust_list_red": Words(
        "Listan över godkända utfärdare är mycket gammal.",
        "The list of approved issuers is very old.",
        *FETCH_OR_REASON,
    ),
    "trust_list_missing": Words(
        "Apoteket har ingen lista över godkända utfärdare, så inget recept kan bedömas.",
        "The pharmacy has no list of approved issuers, so no prescription can be judged.",
        "Läs in listan från nätet eller USB. Lämna inte ut innan det är gjort.",
        "Import the list from the network or USB. Do not dispense before that.",
    ),
    "environment_differs": Words(
        "Receptet hör till en annan miljö: test på ett apotek i drift, eller tvärtom.",
        "The prescription belongs to another environment: a test at a live pharmacy, or the reverse.",
        "Lämna inte ut: ett testrecept gäller inte. Stämmer inte det, kontrollera inställningen environment.",
        "Do not dispense: a test prescription is not valid. If that is wrong, check the setting environment.",
    ),
    "clock_behind": Words(
        "Datorns klocka går efter: myndighetens listor är gjorda senare. Receptet är bedömt vid listornas tid.",
        "This computer's clock is behind: the authority's lists are later. The prescription was judged at their time.",
        "Ställ datorns klocka rätt. Går det inte, kan du lämna ut ändå med ett skäl som sparas.",
        "Set the computer's clock right. If you cannot, you may dispense with a reason that is recorded.",
    ),
    "clock_far_behind": Words(
        "Datorns klocka går mycket efter: myndighetens listor är gjorda långt senare än datorns tid.",
        "This computer's clock is far behind: the authority's lists were made long after the computer's time.",
        "Lämna inte ut. Ställ datorns klocka rätt. Är det listorna som är fel: dpr trust reset-clock.",
        "Do not dispense. Set the computer's clock right. If the lists are wrong: dpr trust reset-clock.",
    ),
    "clock_set_back": Words(
        "Datorns klocka visar en tid före det senaste som apoteket gjorde.",
        "This computer's clock shows a time before what this pharmacy did last.",
        "Jämför datum och tid med en annan klocka. Stämmer de, ange det som skäl; annars ställ klockan rätt.",
        "Compare date and time with another clock. If they are right, say so as the reason; otherwise set the clock right.",
    ),
    "clock_jumped": Words(
        "Datorns klocka har hoppat sedan programmet senast användes.",
        "This computer's clock has jumped since the program was last used.",
        "Jämför datum och tid med en annan klocka. Stämmer de, ange det som skäl; annars ställ klockan rätt.",
        "Compare date and time with another clock. If they are right, say so as the reason; otherwise set the clock right.",
    ),
    "trust_list_behind_snapshot": Words(
        "Det finns en nyare lista över utfärdare än den som apoteket har.",
        "There is a newer list of issuers than the one this pharmacy holds.",
        *FETCH_OR_REASON,
    ),
    "root_behind_snapshot": Words(
        "Det finns ett nyare rotdokument från myndigheten än det som apoteket har.",
        "There is a newer root of the authority than the one this pharmacy holds.",
        *FETCH_OR_REASON,
    ),
    "snapshot_missing": Words(
        "Det saknas uppgift om vilka listor som är de senaste.",
        "Nothing says which lists are the latest.",
        *FETCH,
    ),
    "snapshot_ok": Words(
        "Uppgiften om vilka listor som är de senaste är färsk.",
        "What says which lists are the latest is fresh.",
        *NOTHING,
    ),
    "snapshot_stale": Words(
        "Uppgiften om vilka listor som är de senaste är gammal: det kan finnas nyare listor.",
        "What says which lists are the latest is old: there may be newer lists.",
        *FETCH,
    ),
    "snapshot_red": Words(
        "Uppgiften om vilka listor som är de senaste är mycket gammal.",
        "What says which lists are the latest is very old.",
        *FETCH_OR_REASON,
    ),
    "issuer_grace": Words(
        "Den som intygar förskrivaren var godkänd till nyligen; ingen ny lista har kommit sedan dess.",
        "Whoever vouches for the prescriber was approved until recently; no new list has come since.",
        *FETCH,
    ),
    "issuer_grace_red": Words(
        "Godkännandet av den som intygar förskrivaren gick ut för länge sedan; ingen ny lista har kommit sedan dess.",
        "The approval of whoever vouches for the prescriber ended long ago; no new list has come since.",
        *FETCH_OR_REASON,
    ),
    "credential_grace": Words(
        "Förskrivarens bevis hade nyss gått ut när receptet skrevs; det har inte kunnat förnyas.",
        "The prescriber's credential had just run out when the prescription was written; it could not be renewed.",
        *FETCH,
    ),
    "credential_grace_red": Words(
        "Förskrivarens bevis hade gått ut för länge sedan när receptet skrevs; det har inte kunnat förnyas.",
        "The prescriber's credential had run out long before the prescription was written; it could not be renewed.",
        "Ring förskrivarens arbetsplats. Är allt i sin ordning kan du lämna ut med ett skäl som sparas.",
        "Call the prescriber's workplace. If all is well, you may dispense with a reason that is recorded.",
    ),
    "issuer_not_in_force": Words(
        "Den som intygar förskrivaren var inte godkänd när receptet skrevs.",
        "Whoever vouches for the prescriber was not approved when the prescription was written.",
        *LOOK_UP,
    ),
    "credential_not_in_force": Words(
        "Förskrivarens behörighetsbevis gällde inte när receptet skrevs.",
        "The prescriber's credential was not in force when the prescription was written.",
        *LOOK_UP,
    ),
    "internal_error": Words(
        "Programmet har ett fel och kunde inte bedöma receptet.",
        "The program has a fault and could not judge the prescription.",
        "Lämna inte ut på det här receptet. Anmäl felet till den som sköter programmet.",
        "Do not dispense on this prescription. Report it to whoever looks after the program.",
    ),
    "status_ok": Words(
        "Förskrivarens bevis är inte spärrat, enligt färska uppgifter.",
        "The prescriber's credential is not revoked, by fresh data.",
        *NOTHING,
    ),
    "status_stale": Words(
        "Uppgiften om att förskrivarens bevis inte är spärrat är några dagar gammal.",
        "The data that the prescriber's credential is not revoked is some days old.",
        *FETCH,
    ),
    "status_red": Words(
        "Uppgiften om att förskrivarens bevis inte är spärrat är mycket gammal.",
        "The data that the prescriber's credential is not revoked is very old.",
        *FETCH_OR_REASON,
    ),
    "status_missing": Words(
        "Det finns ingen spärrlista för den här vårdgivaren: det går inte att se om förskrivarens bevis är spärrat.",
        "No revocation list of this care provider is held: whether the prescriber's credential is revoked is not known.",
        *FETCH_OR_REASON,
    ),
    "status_unknown": Words(
        "Spärrlistan säger inget om förskrivarens bevis.",
        "The revocation list says nothing about the prescriber's credential.",
        "Hämta en ny spärrlista. Säger den inget heller: ring vårdgivaren på ett nummer som du slår upp själv.",
        "Fetch a new revocation list. If that says nothing either, call the care provider on a number that you look up.",
    ),
    "status_behind_snapshot": Words(
        "Det finns en nyare spärrlista för den här vårdgivaren än den som apoteket har.",
        "There is a newer revocation list of this care provider than the one this pharmacy holds.",
        *FETCH_OR_REASON,
    ),
    "credential_revoked_later": Words(
        "Förskrivarens bevis är spärrat, men först efter att receptet kom hit.",
        "The prescriber's credential is revoked, but only after the prescription came here.",
        "Ring vårdgivaren. Är receptet i sin ordning kan du lämna ut med ett skäl som sparas.",
        "Call the care provider. If the prescription is in order, you may dispense with a reason that is recorded.",
    ),
    "credential_revoked": Words(
        "Förskrivarens bevis är spärrat.",
        "The prescriber's credential is revoked.",
        *LOOK_UP,
    ),
    "credential_suspended": Words(
        "Förskrivarens bevis är spärrat tills vidare.",
        "The prescriber's credential is suspended.",
        *LOOK_UP,
    ),
    "authority_ok": Words(
        "Yrket får förskriva det här.",
        "The profession may prescribe this.",
        *NOTHING,
    ),
    "scope_kind": Words(
        "Vårdgivaren är inte godkänd för det här slaget av recept.",
        "The care provider is not approved for this kind of prescription.",
        *CALL,
    ),
    "authority_profession": Words(
        "Yrket får inte förskriva.",
        "The profession may not prescribe.",
        *LOOK_UP,
    ),
    "authority_animals": Words(
        "Bara veterinärer får förskriva till djur, och de får inte förskriva till människor.",
        "Only veterinarians may prescribe for animals, and they may not prescribe for people.",
        *CALL,
    ),
    "authority_narcotics": Words(
        "Yrket får inte förskriva narkotika.",
        "The profession may not prescribe narcotics.",
        *LOOK_UP,
    ),
    "authority_limited": Words(
        "Läkemedlet ligger utanför det som yrket brukar få förskriva.",
        "The medicine is outside what the profession may usually prescribe.",
        *ASK,
    ),
    "authority_unknown_product": Words(
        "Det går inte att se om yrket får förskriva varan: ATC-kod saknas.",
        "Whether the profession may prescribe the product cannot be seen: it has no ATC code.",
        *ASK,
    ),
}
