"""Faults of key files, of passphrases and PINs, and of the settings."""

from __future__ import annotations

from dpr.core.codes.advice import Words

TABLE: dict[str, Words] = {
    "key_file_missing": Words(
        "Nyckelfilen finns inte eller går inte att läsa.",
        "The key file does not exist or cannot be read.",
        "Kontrollera sökvägen och att du har rätt att läsa filen.",
        "Check the path and that you may read the file.",
    ),
    "key_file_invalid": Words(
        "Filen är ingen nyckel som går att använda (P-256 eller Ed25519, PKCS #8 i PEM).",
        "The file is no usable key (P-256 or Ed25519, PKCS #8 in PEM).",
        "Välj rätt fil, gör om den (openssl pkcs8 -topk8), eller skapa en ny nyckel.",
        "Choose the right file, convert it (openssl pkcs8 -topk8), or make a new key.",
    ),
    "key_file_locked": Words(
        "Nyckelfilen är låst med ett lösenord, som inte kan anges här.",
        "The key file is locked with a passphrase, which cannot be given here.",
        "Lägg lösenordet i en fil som bara du får läsa, och ange filen med DPR_PASSPHRASE_FILE.",
        "Put the passphrase in a file that only you may read, and name the file with DPR_PASSPHRASE_FILE.",
    ),
    "key_file_passphrase": Words(
        "Lösenordet till nyckelfilen är fel, eller så är filen skadad.",
        "The passphrase of the key file is wrong, or the file is damaged.",
        "Försök igen med rätt lösenord. Hjälper det inte: hämta filen från en säkerhetskopia.",
        "Try again with the right passphrase. If that fails, get the file back from a backup copy.",
    ),
    "key_file_open_to_others": Words(
        "Andra användare på datorn kan läsa eller ändra nyckelfilen.",
        "Other users of the computer can read or change the key file.",
        "Kör chmod 600 på filen. Har den legat öppen i drift: byt nyckel och spärra den gamla.",
        "Run chmod 600 on the file. If it has been open in production, make a new key and revoke the old one.",
    ),
    "key_show_nothing": Words(
        "Filen är varken en nyckel, en begäran eller ett behörighetsbevis.",
        "The file is no key, no request and no credential.",
        "Välj en fil som slutar på .pem, .request eller .cbor.",
        "Choose a file that ends in .pem, .request or .cbor.",
    ),
    "secret_missing": Words(
        "Ett lösenord eller en PIN behövs, och det finns ingen att fråga.",
        "A passphrase or PIN is needed, and there is nobody to ask.",
        "Lägg den i en fil som bara du får läsa och ange filen med variabeln ovan, eller kör i en terminal.",
        "Put it in a file that only you may read and name the file with the variable above, or run in a terminal.",
    ),
    "secret_empty": Words(
        "Inget lösenord och ingen PIN skrevs in.",
        "No passphrase and no PIN was typed.",
        "Försök igen. En nyckel utan lösenord kräver att du anger --unencrypted.",
        "Try again. A key without a passphrase needs --unencrypted.",
    ),
    "secret_differs": Words(
        "Det som skrevs in var inte lika båda gångerna.",
        "What was typed was not the same both times.",
        "Inget har ändrats. Försök igen.",
        "Nothing was changed. Try again.",
    ),
    "secret_file_missing": Words(
        "Filen med lösenordet eller PIN-koden finns inte eller går inte att läsa.",
        "The file with the passphrase or PIN does not exist or cannot be read.",
        "Kontrollera sökvägen, och att programmets användare får läsa filen.",
        "Check the path, and that the program's user may read the file.",
    ),
    "secret_file_open_to_others": Words(
        "Andra användare på datorn kan läsa filen med lösenordet eller PIN-koden.",
        "Other users of the computer can read the file with the passphrase or PIN.",
        "Kör chmod 600 på filen. Har den legat öppen: byt lösenord eller PIN.",
        "Run chmod 600 on the file. If it has been open, change the passphrase or PIN.",
    ),
    "secret_file_invalid": Words(
        "Filen innehåller inget lösenord och ingen PIN: en enda rad text väntades.",
        "The file holds no passphrase and no PIN: one single line of text was expected.",
        "Skriv lösenordet eller PIN-koden som enda rad i filen, i UTF-8, högst 1 024 byte.",
        "Write the passphrase or PIN as the only line of the file, in UTF-8, 1,024 bytes at most.",
    ),
    "key_file_exists": Words(
        "Det finns redan en fil där; den skrivs inte över.",
        "There is a file there already; it is not overwritten.",
        "Välj ett annat namn, eller flytta undan filen.",
        "Choose another name, or move the file aside.",
    ),
    "key_file_write": Words(
        "Nyckelfilen gick inte att skriva.",
        "The key file could not be written.",
        "Kontrollera att katalogen finns, är skrivbar och har plats.",
        "Check that the directory exists, may be written and has room.",
    ),
    "mail_key_file_missing": Words(
        "Filen med nyckeln för meddelanden finns inte eller går inte att läsa.",
        "The file with the key for messages does not exist or cannot be read.",
        "Skapa den med dpr mail-key new, eller kontrollera sökvägen (mail_key i policy.toml) och rättigheterna.",
        "Make it with dpr mail-key new, or check the path (mail_key in policy.toml) and who may read it.",
    ),
    "mail_key_file_invalid": Words(
        "Filen är ingen nyckel för meddelanden (ML-KEM-768 och X25519, PKCS #8 i PEM, högst fyra par).",
        "The file is no key for messages (ML-KEM-768 and X25519, PKCS #8 in PEM, four pairs at most).",
        "Välj rätt fil, eller hämta den från en säkerhetskopia.",
        "Choose the right file, or get it back from a backup copy.",
    ),
    "node_credential_role": Words(
        "Behörighetsbeviset i keys/ är varken ett apoteks eller en nods.",
        "The credential in keys/ is neither a pharmacy's nor a node's.",
        "Ett apotek har gln i policy.toml och keys/pharmacy.cbor; en annan organisation har inget gln, och keys/node.cbor.",
        "A pharmacy has gln in policy.toml and keys/pharmacy.cbor; another organisation has no gln, and keys/node.cbor.",
    ),
    "mail_key_credential_ended": Words(
        "Behörighetsbeviset gäller inte längre, så ingen nyckel går att publicera med det.",
        "The credential is no longer in force, so no key can be published with it.",
        "Skaffa ett nytt behörighetsbevis från den som utfärdar det.",
        "Get a new credential from whoever issues it.",
    ),
    "node_key_differs": Words(
        "Behörighetsbeviset för den här noden gäller en annan nyckel.",
        "The credential of this node is for another key.",
        "Kontrollera keys/ och nyckeln i policy.toml (pharmacy_key eller node_key): de två hör ihop.",
        "Check keys/ and the key in policy.toml (pharmacy_key or node_key): the two belong together.",
    ),
    "mail_key_too_many": Words(
        "Nyckeln är bytt så ofta att meddelanden till de äldre ännu kan vara på väg.",
        "The key was exchanged so often that messages to the older ones may still be on their way.",
        "Vänta tills den äldsta nyckeln har varit utbytt i 60 dagar.",
        "Wait until the oldest key has been replaced for 60 days.",
    ),
    "policy_invalid": Words(
        "Inställningarna (policy.toml) har fel.",
        "The settings (policy.toml) have faults.",
        "Rätta det som anges; docs/policy.md beskriver varje inställning.",
        "Correct what is named; docs/policy.md describes every setting.",
    ),
    "gln_not_set": Words(
        "Apotekets GLN saknas i inställningarna.",
        "The pharmacy's GLN is missing from the settings.",
        "Fyll i gln i policy.toml.",
        "Fill in gln in policy.toml.",
    ),
    "demo_folder_in_use": Words(
        "Katalogen för övningen har andra filer i sig.",
        "The folder for the demo has other files in it.",
        "Välj en tom katalog.",
        "Choose an empty folder.",
    ),
}
