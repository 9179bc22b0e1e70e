"""What the pharmacy's ledger refuses, and the faults of its file."""

from __future__ import annotations

from dpr.core.codes.advice import Words

TABLE: dict[str, Words] = {
    "dispensing_taken": Words(
        "Någon annan på apoteket hann före: uttaget är redan expedierat. Inget nytt uttag har sparats.",
        "Somebody else at the pharmacy was first: this dispensing has been made. Nothing new was kept.",
        "Läs in receptet igen och se vad som finns kvar innan du lämnar ut något.",
        "Read the prescription again and see what is left before you hand anything over.",
    ),
    "queue_row_changed": Words(
        "Raden i kön till registret har ändrats av någon annan under tiden. Inget har sparats.",
        "The row of the queue to the register was changed by somebody else meanwhile. Nothing was kept.",
        "Läs kön på nytt och försök igen om det fortfarande behövs.",
        "Read the queue again and try once more if that is still needed.",
    ),
    "ledger_unknown_prescription": Words(
        "Apotekets liggare känner inte till receptet.",
        "The pharmacy's ledger does not know the prescription.",
        "Ta emot receptet (skanna eller läs in det) innan det expedieras.",
        "Receive the prescription (scan or read it in) before it is dispensed.",
    ),
    "ledger_row_refused": Words(
        "Uppgifterna går inte att spara i liggaren: något värde är omöjligt, eller samma uttag finns redan på annan plats.",
        "The ledger cannot keep these values: one is impossible, or the same dispensing already stands elsewhere.",
        "Inget har sparats. Anmäl felet till den som sköter programmet.",
        "Nothing was kept. Report it to whoever looks after the program.",
    ),
    "ledger_newer_version": Words(
        "Liggaren är skriven av en nyare version av programmet än den här.",
        "The ledger was written by a newer version of the program than this one.",
        "Uppdatera programmet. Liggaren är orörd.",
        "Update the program. The ledger is untouched.",
    ),
    "ledger_damaged": Words(
        "Filen med apotekets liggare är skadad, eller är ingen liggare.",
        "The file of the pharmacy's ledger is damaged, or is no ledger.",
        "Expediera inget mot den. Flytta undan filen (kasta den inte) med dess -wal och -shm, och återställ säkerhetskopian.",
        "Dispense nothing against it. Move the file aside (keep it) with its -wal and -shm, and restore the backup.",
    ),
    "ledger_locked": Words(
        "Liggaren är upptagen av ett annat program. Inget har sparats.",
        "The ledger is held by another program. Nothing was kept.",
        "Försök igen. Händer det flera gånger: se om en säkerhetskopiering eller ett annat fönster har liggaren öppen.",
        "Try again. If it happens again: see whether a backup or another window holds the ledger.",
    ),
    "ledger_full": Words(
        "Disken är full: liggaren kan inte ta emot mer. Det som redan är sparat finns kvar, det senaste är inte sparat.",
        "The disk is full: the ledger can take no more. What was kept before is still there, the latest was not kept.",
        "Frigör plats på disken och gör om det senaste steget.",
        "Free some space on the disk and do the last step again.",
    ),
    "ledger_not_writable": Words(
        "Liggaren går inte att öppna för skrivning: katalogen saknas eller behörighet saknas.",
        "The ledger cannot be opened for writing: the directory is missing, or the permission.",
        "Kontrollera sökvägen i inställningarna och att programmets användare får skriva i katalogen.",
        "Check the path in the settings and that the program's user may write in the directory.",
    ),
    "ledger_upgrade_failed": Words(
        "Liggaren gick inte att uppgradera till programmets version. Den är kvar som den var.",
        "The ledger could not be upgraded to the program's version. It stands as it was.",
        "Använd den förra versionen av programmet så länge och anmäl felet. En kopia ligger bredvid filen (before-…).",
        "Use the earlier version of the program meanwhile and report it. A copy lies beside the file (before-…).",
    ),
    "ledger_sqlite_too_old": Words(
        "Datorns SQLite är för gammalt för liggaren.",
        "This computer's SQLite is too old for the ledger.",
        "Installera Python med SQLite 3.37 eller senare.",
        "Install a Python with SQLite 3.37 or later.",
    ),
    "ledger_unusable": Words(
        "Liggaren svarar inte som den ska. Det senaste är inte säkert sparat.",
        "The ledger does not answer as it should. The latest may not have been kept.",
        "Kontrollera disken eller databasservern, och läs receptet igen innan du lämnar ut något.",
        "Check the disk or the database server, and read the prescription again before you hand anything over.",
    ),
}
