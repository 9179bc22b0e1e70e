"""Texts that have made other programs do something: every family once or a few times, made by us.

Rules: a text is refused by the text rule (dpr.core.text) with a named error, or it is shown as it is: no escape reaches a
terminal, no markup a typesetter or a browser, no formula a program. `NAUGHTY` is by name, so that a failing test says which.

Example: `NAUGHTY["bidi override"] == "a\\u202ePRN\\u202c 5 mg"`
"""

from __future__ import annotations

NAUGHTY: dict[str, str] = {
    # what reorders
    "bidi override": "a\u202ePRN\u202c 5 mg",
    "bidi embedding": "\u202bmg 05\u202c",
    "isolates": "5\u2067 mg\u2069 \u2068x\u2069",
    "bidi marks": "5\u200f mg\u200e \u061c",
    "a name from right to left": "\u05de\u05e9\u05d4 \u05db\u05d4\u05df",
    "Arabic with digits": "\u0645\u062d\u0645\u062f \u0665 mg",
    # what hides
    "zero width": "Alve\u200bdon\u200c \u200d\u2060\ufeff",
    "soft hyphen": "Alve\u00addon",
    "variation selector": "Alvedon\ufe0f",
    "tag characters": "Alvedon\U000e0041\U000e007f",
    "Hangul filler": "\u3164",
    "Braille blank": "a\u2800b",
    "grapheme joiner": "a\u034fb",
    "spaces of other kinds": "a\u00a0b\u2003c\u3000d",
    "ends in a space": "Alvedon ",
    "only a space": " ",
    "empty": "",
    # what stacks
    "combining stack": "A" + "\u0335\u0336\u0321\u0489\u033f" * 8,
    "marks without a letter": "\u0323\u0307\u030a",
    "decomposed": "Sjo\u0308stro\u0308m",
    "compatibility sign": "5 \u212b",
    "Thai with two marks": "\u0e19\u0e49\u0e33\u0e17\u0e35\u0e48",
    # what looks like something else
    "Cyrillic in Latin": "\u0415nalapril",
    "Greek in Latin": "\u0391lvedon",
    "full width": "\uff21lvedon \uff15 mg",
    "mathematical letters": "\U0001d400lvedon",
    "another script's digits": "\u0665\u0660 mg",
    "small l for capital I": "lbuprofen",
    "dotless i": "\u0131buprofen",
    "circled": "\u24b6lvedon",
    # what a terminal acts on
    "ANSI colour": "\x1b[31mALVEDON\x1b[0m",
    "ANSI clear": "\x1b[2J\x1b[H",
    "OSC title": "\x1b]0;owned\x07",
    "OSC link": "\x1b]8;;http://evil.test\x1b\\click\x1b]8;;\x1b\\",
    "8-bit CSI": "\x9b31mALVEDON",
    "backspaces": "50 mg\b\b\b\b\b5 mg",
    "carriage return": "5 mg\r50 mg",
    "newline": "5 mg\n✓ GODTAS",
    "line separators": "a\u2028b\u2029c\x85d\x0be\x0cf",
    "tab": "a\tb",
    "NUL": "a\0b",
    "bell": "\a",
    "delete": "a\x7fb",
    "rich markup": "[red]ALVEDON[/red] [link=http://evil.test]x[/link] [/]",
    "emoji shortcode": ":warning: :boom:",
    # what a page, a typesetter or a program acts on
    "HTML": "<b>ALVEDON</b>",
    "script": "</pre><script>alert(1)</script>",
    "attribute": '" onmouseover="alert(1)" x="',
    "entity": "&lt;b&gt; &#x41; &amp;",
    "comment": "<!-- x --><![CDATA[x]]>",
    "JS": "${7*7} {{7*7}} `x` ';alert(1)//",
    "URL": "javascript:alert(1) data:text/html,x",
    "typst function": '#panic("x") #read("/etc/passwd")',
    "typst markup": "= Rubrik *fet* _kursiv_ $x^2$ <etikett> @ref // slut /* x",
    "typst escape": "\\u{202e} \\# \\ ~ -- --- ...",
    "CSV formula": '=HYPERLINK("http://evil.test";"x")',
    "CSV formula at": "@SUM(1+1)*cmd|' /C calc'!A0",
    "CSV separators": 'a;b,"c""d";',
    "format string": "%s%n%x {0} {phone} %(x)s",
    "shell": "$(reboot) `reboot` ; rm -rf ~ | x & > /dev/null",
    "SQL": "'; DROP TABLE dispensings; --",
    "path": "../../../../etc/passwd",
    "Windows path": "C:\\Windows\\..\\CON",
    "JSON": '{"a": 1}, "b": null \\" \\u0000',
    "option": "--json",
    "null words": "null undefined NaN None true",
    "exponent": "1E999 -0 0x1f 1_000",
    # what is no text
    "lone surrogate": "a\ud800b",
    "surrogates the wrong way round": "\udc00\ud800",
    "noncharacter": "a\ufdd0\ufffeb",
    "noncharacter at the end": "\U0010ffff",
    "private use": "a\ue000b\U000f0000",
    "unassigned": "a\u0378b",
    "replacement": "a\ufffdb",
    # what is large or joined
    "emoji family": "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "emoji flag": "\U0001f1f8\U0001f1ea",
    "emoji": "💊",
    "very long": "å" * 5000,
    "long word": "x" * 250,
    "ligature": "ﬀ ﷽",
    "wide": "日本語の薬",
    "ordinary": "Sänker blodtrycket, ½ tablett × 2",
}
