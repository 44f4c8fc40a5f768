"""Mutants that hostile mail or hostile filters can deceive, and test material that is not fit."""

from typing import Final

from .workshop import Mutant

KNOWN: Final = "                known[name] = value\n"
SUITE: Final = '    subject = Subject.named("emailsecurity_acme")\n'

MUTANTS: Final = (
    Mutant(
        "does_not_escape",
        "A filter's value can add parameters to the vendor's query.",
        "test_every_hostile_value_alone_is_data",
        "wire.py",
        'f"{path}?{urlencode(parameters, doseq=True)}"',
        """f"{path}?" + "&".join(
        f"{name}={value}"
        for name, values in parameters.items()
        for value in (values if isinstance(values, tuple) else [values])
    )""",
    ),
    Mutant(
        "strips_a_text",
        "Blanks at the ends of a text are lost.",
        "test_hostile_mail_comes_back_verbatim",
        "normalize.py",
        KNOWN,
        "                known[name] = value.strip() if name == 'subject' else value\n",
    ),
    Mutant(
        "composes_a_text",
        "Texts are brought to one form of Unicode.",
        "test_hostile_mail_comes_back_verbatim",
        "normalize.py",
        KNOWN,
        "                import unicodedata\n"
        "                composed = unicodedata.normalize('NFKC', str(value))\n"
        "                known[name] = composed if name == 'subject' else value\n",
    ),
    Mutant(
        "stumbles_over_a_text",
        "A subject beyond Latin 1 ends in an error of Python's own.",
        "test_hostile_mail_comes_back_verbatim",
        "normalize.py",
        KNOWN,
        "                str(value).encode('latin-1' if name == 'subject' else 'utf-8')\n" + KNOWN,
        by="UnicodeEncodeError",
    ),
    Mutant(
        "names_somebody_real",
        "The material of the tests names a domain that is somebody's.",
        "test_the_cases_hold_invented_data_alone",
        "cases/bench.toml",
        "a part of the index does not answer",
        "a part of the index of mail.contoso" + ".com does not answer",
    ),
    Mutant(
        "replaces_a_law",
        "A standard test is replaced by one that always passes.",
        "test_no_standard_test_is_overridden",
        "../test_conformance.py",
        SUITE,
        SUITE + "\n    def test_every_finding_has_evidences(self) -> None:\n        pass\n",
    ),
    Mutant(
        "excuses_a_law",
        "A standard test is expected to fail, and it does not.",
        "test_every_finding_has_evidences",
        "cases/bench.toml",
        "",
        '[[expected_failures]]\ntest = "test_every_finding_has_evidences"\nreason = "later"',
        by="",
    ),
    Mutant(
        "cuts_a_long_text",
        "Of a long subject the beginning is kept.",
        "test_hostile_mail_comes_back_verbatim",
        "normalize.py",
        KNOWN,
        "                known[name] = value[:255] if value and name == 'subject' else value\n",
    ),
    Mutant(
        "cuts_a_long_link",
        "Of a long link the beginning is kept.",
        "test_hostile_mail_comes_back_verbatim",
        "convert.py",
        "texts = [item for item in links if",
        "texts = [item[:255] for item in links if",
    ),
)
