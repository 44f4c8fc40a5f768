"""Text that breaks careless software: subjects, senders and recipients as mail really brings them.

No NUL character: Exchange replaces it, so no row can hold one.
"""

from typing import Final

from .draws import Deck
from .people import Sender

# fmt: off
SUBJECTS: Final = Deck(
    (
        "", " ", "\t", "-", "null", "None", "{}", "0", "true", "NaN", "=1+1", "@SUM(A1:A9)",
        'He said "pay now"', "It's Zora's", 'both "double" and \'single\'', 'ends with a quote"',
        "back\\slash", "ends with a backslash\\", "C:\\temp\\new\\u0041.txt", '\\" | take 1 //',
        "line\nfeed", "carriage\r\nreturn", "tab\tstop", "bell\x07 and escape\x1b[2J",
        "\x1b]0;title\x07\x1b[31mred\x1b[0m", "next\x85line \u2028 separator \u2029 end",
        "delete\x7f vertical\x0b form\x0c unit\x1f", "byte order \ufeffmark",
        "אבא invoice שלום", "\u202egpj.eciovni\u202c attached", "تحديث الحساب 2026",
        "\u2067isolated\u2069 text", "Раураl: ассоunt lосkеd", "temperature 5 \u212a",
        "D\u0131sk quota \u0130stanbul", "zero\u200bwidth\u200djoiner\u2060", "soft\u00adhyphen",
        "ﬁnal oﬀer", "Straße STRASSE ẞ", "Å A\u030a \u212b", "ΣΊΣΥΦΟΣ σίσυφος",
        "🔥 50% off 👩‍👩‍👧‍👦 🏴‍☠️", "請求書のご確認", "Fällig: Rechnung № 42",
        "%41%00%0a", "a%b_c[d]*e?f", "100% _real_ [offer]", "..\\..\\etc/passwd", "$(reboot) `id`",
        "'; DROP TABLE EmailEvents; --", '" or 1==1 | project Subject //', "') UNION SELECT 1 --",
        'x") | union AlertInfo | where ("" == "', "<script>alert(1)</script>",
        "<b onmouseover='x()'>& &amp; &#x3c;", "]]><!--", "{{7*7}} ${7*7} #{7*7}", "%s%n%x {0}",
        "a,b;c|d", '"quoted, cell","second"', "subject\u00a0with\u3000odd\u2009spaces",
        "Re: Re: AW: Antwort: FW: WG: RE:", "https://evil.example/?q=1&r=2#f", "x" * 2000,
        "long " + "päckchen " * 200, "_contains_ has startswith \\ kql",
        "datetime(2026-01-01)", "let x = 1;", "//comment", "/* comment */", "h'secret'",
        "@'verbatim'", "```code```", "\u0430\u0301\u0302\u0303 combining \u0341",
        "UPPER lower MiXeD", "upper lower mixed",
    ),
    per_day=10,
)
SENDERS: Final = Deck(
    (
        Sender("<>", "", "<>", "192.0.2.50"),
        Sender("MAILER-DAEMON", "Mail Delivery Subsystem", "", "192.0.2.51"),
        Sender("", "", "", ""),
        Sender("/o=Contoso/ou=Exchange Administrative Group/cn=Recipients/cn=user7", "Old Outlook",
               "/O=CONTOSO/OU=EXCHANGE/CN=RECIPIENTS/CN=USER7", "192.0.2.52"),
        Sender("root@localhost", "root", "root@localhost", "", "2001:db8::52"),
        Sender("jürgen@müller.example", "Jürgen Müller", "jürgen@müller.example", "192.0.2.53"),
        Sender("info@xn--mller-kva.example", "Müller", "info@xn--mller-kva.example", "192.0.2.54"),
        Sender("用户@例子.example", "用户", "用户@例子.example", "192.0.2.55"),
        Sender("billing@соntoso.example", "Contoso Billing", "billing@соntoso.example",
               "203.0.113.55"),
        Sender("Ops@FABRIKAM.Example", "OPS", "ops@fabrikam.example", "192.0.2.56"),
        Sender('"odd local"@fabrikam.example', 'Bob "the builder" O\'Odd', "o@fabrikam.example",
               "192.0.2.57"),
        Sender("o'neil+tag@fabrikam.example", "O'Neil, Shan (Fabrikam)",
               "o'neil+tag@fabrikam.example", "192.0.2.58"),
        Sender("a@[192.0.2.59]", "address literal", "a@[192.0.2.59]", "192.0.2.59"),
        Sender("one@evil.example, two@evil.example", "two senders", "one@evil.example",
               "203.0.113.60"),
        Sender("ceo@contoso.example <x@evil.example>", "ceo@contoso.example", "x@evil.example",
               "203.0.113.61"),
        Sender("dots..twice@fabrikam.example", "\u202emoc.osotnoc", "d@fabrikam.example",
               "192.0.2.62"),
        Sender("a@b@fabrikam.example", "<img src=x onerror=alert(1)>", "a@fabrikam.example",
               "192.0.2.63"),
        Sender("l" * 64 + "@" + "d" * 60 + ".example", "long " * 40, "l@fabrikam.example",
               "192.0.2.64"),
        Sender("kelvin\u212a@fabrikam.example", "\u212aelvin", "k@fabrikam.example", "192.0.2.65"),
        Sender("trailing.dot@fabrikam.example.", " padded ", "trailing.dot@fabrikam.example",
               "192.0.2.66"),
    ),
    per_day=6,
)
RECIPIENTS: Final = Deck(
    (
        "Alia.ABERNOTH@Contoso.Example", "BRAM.HOLLENBECK@CONTOSO.EXAMPLE",
        "zoë.norrby@contoso.example", "support+ticket42@contoso.example",
        "/o=Contoso/ou=External/cn=Recipients/cn=fax9", "postmaster@localhost",
        "o'brien@contoso.example", '"two words"@contoso.example', "undisclosed-recipients:;",
        "shared.mailbox@contoso.example", "ulla@münchen.contoso.example",
        "SMTP:fax@contoso.example",
    ),
    per_day=4,
)
INTERNET_IDS: Final = Deck(  # {id} is replaced
    (
        "<{id}@mail.fabrikam.example>", "\\u003c{id}@mail.fabrikam.example\\u003e",
        "<{id}$weird=chars+here@[192.0.2.7]>", "<{id} with blank@mail.fabrikam.example>",
        "<{id}\"quote'@mail.fabrikam.example>", "", "{id}@no-brackets.example",
        "<always.the.same@mass-mailer.example>",
    ),
    per_day=5,
)
# fmt: on
