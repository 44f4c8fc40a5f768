"""Microsoft Defender for Office 365 as an email-security provider."""
