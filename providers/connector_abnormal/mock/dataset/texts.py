"""Subjects, links and file names: ordinary ones, and those that break careless software."""

from typing import Final

# fmt: off
THREAT_SUBJECTS: Final = (
    "Invoice 4711 overdue", "Your mailbox is almost full", "Payroll update needed today",
    "Re: wire transfer", "Shared document: Q4 plan", "You missed a call (0:42)",
    "Your parcel is on hold", "I have recorded you", "Cryptocurrency bonus for staff",
    "Billing Account Update", "Calendar: benefits meeting", "Password expires in 24 hours",
    "Scan the code to keep your account", "Gift cards for the team", "Invoice inquiry",
)
CLEAN_SUBJECTS: Final = (
    "Minutes of Monday", "Lunch?", "Re: offer 2026-118", "Order confirmation", "Alpine News weekly",
    "Your trip to the coast", "Invoice for October", "Draft of the contract", "Welcome aboard",
    "Spring sale: 50% off", "Course starts next week", "Fwd: holiday pictures",
)
HOSTILE_SUBJECTS: Final = (
    "", " ", "\t", "null", "None", "{}", "0", "true", "NaN", "=1+1", "@SUM(A1:A9)",
    'He said "pay now"', "It's Zora's", 'both "double" and \'single\'', "back\\slash",
    "ends with a backslash\\", "line\nfeed", "carriage\r\nreturn", "tab\tstop",
    "bell\x07 and escape\x1b[2J", "next\x85line \u2028 separator \u2029 end", "unit\x1fdelete\x7f",
    "byte order \ufeffmark", "\u202egpj.eciovni\u202c attached", "Раураl: ассоunt lосkеd",
    "D\u0131sk quota \u0130stanbul", "zero\u200bwidth\u200djoiner", "ﬁnal oﬀer",
    "Straße STRASSE ẞ", "Å A\u030a \u212b", "ΣΊΣΥΦΟΣ σίσυφος",
    "🔥 50% off 👩‍👩‍👧‍👦", "請求書のご確認",
    "%41%00%0a", "a%b_c[d]*e?f", "$(reboot) `id`", "'; DROP TABLE mail; --",
    "<script>alert(1)</script>", "]]><!--", "{{7*7}} ${7*7}", "a,b;c|d", "x" * 2000,
    "receivedTime gte 2026-01-01T00:00:00Z", "a&pageSize=1#f", "UPPER lower MiXeD",
)
LINKS: Final = (
    "https://login.evil.example/contoso/session?id={n}", "http://evil.test/{n}",
    "https://docs.secure-mail.test/d/{n}#view", "https://203.0.113.9:8443/{n}",
    "https://münchen.evil.example/straße/{n}", "HTTPS://WWW.EVIL.EXAMPLE/{n}?q=a%20b&r=%2F",
    "https://[2001:db8:bad::9]/{n}", "https://user@evil.example/{n}", "evil.example/no-scheme/{n}",
    "mailto:desk@evil.example?subject={n}",
)
FILES: Final = (
    "invoice-{n}.pdf", "report.zip", "Scan {n}.html", "gehälter.xlsx", "\u202egnp.exe", "a.tar.gz",
    'quote".docx', "..\\..\\etc\\passwd", "no-extension", "comma, semicolon; .txt",
)
MESSAGE_IDS: Final = (
    "<{n}.mail@fabrikam.example>", "<{n}.bulk@evil.example>", "<{n}@no-closing.example",
    "{n}@no-brackets.example", "<{n} with blank@fabrikam.example>",
    "<{n}$weird=chars+x@[192.0.2.7]>",
)
# fmt: on
