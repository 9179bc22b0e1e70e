"""What can go wrong when a site takes in lists, keeps them and minds its clock."""

from __future__ import annotations

from dpr.core.codes.advice import AUTHORITY_CORRECTS, CORRECT, ISSUER_CORRECTS, NOTHING, Words

TABLE: dict[str, Words] = {
    "root_without_list": Words(
        "Med det nya rotdokumentet skulle ingen lista över utfärdare gälla; det förra gäller tills listan också kommer.",
        "Under the new root no list of issuers would be in force; the one before stays until the list comes too.",
        "Läs in rotdokumentet och den nya listan tillsammans: hela mappen eller USB-minnet.",
        "Import the root and the new list together: the whole folder or stick.",
    ),
    "root_exists": Words(
        "Här finns redan ett annat rotdokument.",
        "Another root is held here already.",
        "Inget har ändrats. Nästa rotdokument tas in av sig självt; en annan myndighets tas inte in alls.",
        "Nothing was changed. The next root is taken by itself; another authority's is not taken at all.",
    ),
    "root_fingerprint_differs": Words(
        "Rotdokumentets fingeravtryck är ett annat än det som angavs.",
        "The root's fingerprint is not the one given.",
        "Inget har ändrats. Jämför fingeravtrycket med myndigheten över en annan väg, till exempel telefon.",
        "Nothing was changed. Compare the fingerprint with the authority over another way, such as the telephone.",
    ),
    "root_fingerprint_missing": Words(
        "Det första rotdokumentet tas inte in utan fingeravtryck.",
        "The first root is not taken without its fingerprint.",
        "Be myndigheten om rotdokumentets fingeravtryck över en annan väg (brev, telefon) och ange det med --fingerprint.",
        "Ask the authority for the root's fingerprint over another way (letter, telephone) and give it with --fingerprint.",
    ),
    "root_not_for_this_site": Words(
        "Rotdokumentet är för en annan miljö än inställningarnas: test eller drift.",
        "The root is for another environment than the settings: test or production.",
        'Övning: skriv environment = "test" i policy.toml. Drift: hämta myndighetens skarpa rotdokument.',
        'Rehearsal: write environment = "test" in policy.toml. Production: get the authority\'s real root.',
    ),
    "lists_too_many": Words(
        "Utfärdaren har fler listor än någon kan behöva.",
        "The issuer has more lists than anybody can need.",
        *ISSUER_CORRECTS,
    ),
    "snapshot_older": Words(
        "Uppgiften om vilka listor som är de senaste är äldre än den som finns, eller säger annat under samma nummer.",
        "What says which lists are the latest is older than what is held, or says otherwise under the same number.",
        *NOTHING,
    ),
    "snapshot_lowers_minimum": Words(
        "Uppgiften om vilka listor som är de senaste godtar äldre listor än den förra.",
        "What says which lists are the latest accepts older lists than the one before.",
        *AUTHORITY_CORRECTS,
    ),
    "revocations_older": Words(
        "Listan med spärrars tidpunkter är äldre än den som finns, eller en annan från samma sekund.",
        "The list of when credentials were revoked is older than the one held, or another one of the same second.",
        *NOTHING,
    ),
    "time_floor_torn": Words(
        "Filen som minns vad klockan minst är (time-floor.json) är skadad; listornas egna tider gäller.",
        "The file that remembers what the time is at least (time-floor.json) is damaged; the lists' own times count.",
        "Hämta eller läs in listor på nytt; då skrivs den om.",
        "Fetch or import lists again; that writes it anew.",
    ),
    "clock_reset_words": Words(
        "Ange vem och varför med några ord, utan personnummer.",
        "Say who and why in a few words, without personal numbers.",
        *CORRECT,
    ),
    "clock_reset_not_needed": Words(
        "Listorna säger ingen senare tid än den som angavs: det finns inget att ställa tillbaka.",
        "The lists say no later time than the one given: there is nothing to set back.",
        *NOTHING,
    ),
    "clock_reset_below_root": Words(
        "Så långt tillbaka kan tiden inte ställas: myndighetens rotdokument är gjort senare.",
        "The time cannot be set back so far: the authority's root was made later.",
        "Ställ datorns klocka rätt först, och försök sedan igen.",
        "Set the computer's clock right first, then try again.",
    ),
    "trust_not_set_up": Words(
        "Här finns ännu ingen lista över godkända utfärdare, eller inte myndighetens nycklar.",
        "There is no list of approved issuers here yet, or not the authority's keys.",
        "Gör installationen klar: läs in myndighetens rotdokument (root.cbor) och listan.",
        "Finish the set-up: import the authority's root (root.cbor) and the list.",
    ),
    "trust_file_torn": Words(
        "En fil med myndighetens listor är skadad och kan inte användas.",
        "A file with the authority's lists is damaged and cannot be used.",
        "Hämta på nytt: dpr trust fetch, eller dpr trust add från USB-minne. Är det root.cbor: dpr trust add … --fingerprint.",
        "Get it again: dpr trust fetch, or dpr trust add from a USB stick. If it is root.cbor: dpr trust add … --fingerprint.",
    ),
    "file_torn": Words(
        "Filen är skadad eller ändrad, eller är inget som läses in här.",
        "The file is damaged or altered, or is nothing that is imported here.",
        "Hämta den på nytt, eller ta den från ett annat USB-minne.",
        "Get it again, or take it from another USB stick.",
    ),
    "other_authority": Words(
        "Filerna kommer från en annan myndighet, eller är för en annan miljö.",
        "The files come from another authority, or are for another environment.",
        "Inget har ändrats. Kontrollera att det är rätt USB-minne eller mapp.",
        "Nothing was changed. Check that it is the right USB stick or folder.",
    ),
    "list_of_unknown_issuer": Words(
        "Filen är av en utfärdare som inte finns på listan över godkända utfärdare.",
        "The file is from an issuer who is not on the list of approved issuers.",
        "Läs in den senaste listan över utfärdare också. Finns utfärdaren inte där behövs inte filen.",
        "Import the latest list of issuers too. If the issuer is not there, the file is not needed.",
    ),
    "own_issuer_unknown": Words(
        "Den som utfärdade det här behörighetsbeviset finns inte på listan över godkända utfärdare.",
        "Whoever issued this credential is not on the list of approved issuers.",
        "Hämta nya listor. Finns utfärdaren inte där heller: skaffa ett nytt behörighetsbevis.",
        "Fetch new lists. If the issuer is not there either, get a new credential.",
    ),
    "trust_list_older": Words(
        "Listan över godkända utfärdare är inte nyare än den som redan finns här.",
        "The list of approved issuers is no newer than the one that is held.",
        "Inget har ändrats. Hämta den senaste listan.",
        "Nothing was changed. Fetch the latest list.",
    ),
    "status_list_older": Words(
        "Spärrlistan är inte nyare än den som redan finns här.",
        "The revocation list is no newer than the one that is held.",
        "Inget har ändrats. Hämta den senaste listan.",
        "Nothing was changed. Fetch the latest list.",
    ),
    "list_from_the_future": Words(
        "Listan är daterad i framtiden.",
        "The list is dated in the future.",
        "Inget har ändrats. Se efter att datorns klocka går rätt, och hämta listan på nytt om den gör det.",
        "Nothing was changed. See that the computer's clock is right, and fetch the list again if it is.",
    ),
    "demo_key_in_production": Words(
        "Nyckeln är en övningsnyckel som alla känner till; den får inte användas i drift.",
        "The key is a demo key that everybody knows; it must not be used in production.",
        "Skapa en egen nyckel, eller sätt environment till test.",
        "Make a key of your own, or set environment to test.",
    ),
    "site_missing": Words(
        "Katalogen för apoteket eller kliniken finns inte.",
        "The directory of the pharmacy or clinic does not exist.",
        "Ange rätt katalog med --site eller DPR_SITE.",
        "Give the right directory with --site or DPR_SITE.",
    ),
    "setup_invalid": Words(
        "Uppgifterna för installationen har fel.",
        "The data for the set-up has faults.",
        "Rätta felen som räknas upp.",
        "Correct the faults listed.",
    ),
    "no_issuers": Words(
        "Det finns inga utfärdare att sätta på listan.",
        "There are no issuers to put on the list.",
        "Lägg till minst en utfärdare först.",
        "Add at least one issuer first.",
    ),
}
