"""Faults in a credential, in the request for one and in what it is issued from."""

from __future__ import annotations

from dpr.core.codes.advice import ISSUER_CORRECTS, SUPPORT, Words

TABLE: dict[str, Words] = {
    "credential_times": Words(
        "Behörighetsbeviset slutar gälla innan det börjar.",
        "The credential ends before it begins.",
        *ISSUER_CORRECTS,
    ),
    "holder_profession": Words(
        "Yrket i behörighetsbeviset hör inte till rollen.",
        "The profession in the credential does not belong to its role.",
        *ISSUER_CORRECTS,
    ),
    "holder_workplace": Words(
        "Arbetsplatsen saknas i förskrivarens bevis, eller står i ett bevis där den inte hör hemma.",
        "The workplace is missing from the prescriber's credential, or stands in one where it has no place.",
        *ISSUER_CORRECTS,
    ),
    "holder_prescriber_code": Words(
        "Giltig förskrivarkod saknas (F.001 i E-hälsomyndighetens kodlista).",
        "A valid prescriber code is missing (F.001 in E-hälsomyndigheten's list of codes).",
        *ISSUER_CORRECTS,
    ),
    "holder_gln": Words(
        "Apotekets GLN saknas i dess bevis, eller står i en persons bevis.",
        "The pharmacy's GLN is missing from its credential, or stands in a person's.",
        *ISSUER_CORRECTS,
    ),
    "holder_phone": Words(
        "Telefonnummer saknas i förskrivarens bevis.",
        "The telephone number is missing from the prescriber's credential.",
        *ISSUER_CORRECTS,
    ),
    "credentials_too_many": Words(
        "Det finns redan för många behörighetsbevis med samma nyckelmärke.",
        "Too many credentials with the same key mark are held already.",
        *SUPPORT,
    ),
    "credential_older": Words(
        "Behörighetsbeviset är äldre än det som redan finns här.",
        "The credential is older than the one that is held.",
        "Inget har ändrats. Hämta det senaste beviset.",
        "Nothing was changed. Fetch the latest credential.",
    ),
    "credential_file_invalid": Words(
        "Filen är inget behörighetsbevis.",
        "The file is no credential.",
        "Välj beviset som utfärdaren gav ut (.cbor), inte nyckeln, begäran eller receptet.",
        "Choose the credential that the issuer gave out (.cbor), not the key, the request or the prescription.",
    ),
    "key_request_invalid": Words(
        "Filen är ingen begäran om behörighetsbevis, eller är skadad.",
        "The file is no request for a credential, or is damaged.",
        "Välj filen som slutar på .request, som dpr key new gjorde.",
        "Choose the file that ends in .request, which dpr key new made.",
    ),
    "issuer_records_invalid": Words(
        "Utfärdarens förteckning över bevis (credentials.db) är skadad eller saknas.",
        "The issuer's record of credentials (credentials.db) is damaged or missing.",
        "Hämta den senaste säkerhetskopian av filen. Utfärda och spärra inget innan dess.",
        "Get the latest backup copy of the file. Issue and revoke nothing before that.",
    ),
    "issuer_invalid": Words(
        "Uppgifterna om utfärdaren har fel.",
        "The issuer's description has faults.",
        "Rätta felen som räknas upp.",
        "Correct the faults listed.",
    ),
    "holder_invalid": Words(
        "Uppgifterna om den som ska få beviset har fel.",
        "The description of the credential's holder has faults.",
        "Rätta felen som räknas upp.",
        "Correct the faults listed.",
    ),
    "credential_not_ours": Words(
        "Behörighetsbeviset är inte utfärdat här.",
        "The credential was not issued here.",
        "Låt den som utfärdade det spärra det.",
        "Let whoever issued it revoke it.",
    ),
    "credential_is_revoked": Words(
        "Beviset är redan spärrat för gott.",
        "The credential is revoked for good already.",
        "Utfärda ett nytt bevis om det behövs.",
        "Issue a new credential if one is needed.",
    ),
    "key_revoked": Words(
        "Nyckeln har haft ett bevis som är spärrat.",
        "The key has had a credential that is revoked.",
        "Skapa en ny nyckel. Är det beslutat att samma nyckel får gälla igen: dpr issuer credential --again ÄRENDE.",
        "Make another key. If it was decided that the same key may count again: dpr issuer credential --again CASE.",
    ),
}
