"""What the filters said of a message, and what was done about it."""

import json
import re
from typing import Final

from . import vocabulary as words
from .draws import Draw
from .mail import Row
from .people import stable_guid
from .today import Today

_SPELLINGS: Final = {"phish": "Phish", "malware": "Malware", "spam": "Spam"}


def verdict(today: Today) -> Row:
    """Columns of a message that has threat types: names, methods, confidence, classification."""
    types = today.deal(words.THREAT_TYPES)
    kinds = [kind.strip() for kind in re.split(r"[,;|]", types)]
    methods = {}
    for kind in kinds:
        deck = words.TECHNOLOGIES.get(kind.lower(), words.TECHNOLOGIES["spam"])
        count = 1 + today.draw.below(3)
        names = dict.fromkeys(today.deal(deck) for _ in range(count))
        methods[_SPELLINGS.get(kind.lower(), kind)] = list(names)
    match [kind.lower() for kind in kinds]:
        case ["phish"]:
            confidence = today.deal(words.PHISH_CONFIDENCE)
        case ["spam"] | ["bulk"]:
            confidence = today.deal(words.SPAM_CONFIDENCE)
        case _:
            confidence = today.deal(words.OTHER_CONFIDENCE)
    columns: Row = {
        "ThreatTypes": types,
        "DetectionMethods": json.dumps(methods, separators=(",", ":")),
        "ConfidenceLevel": confidence,
        "OriginalThreatTypes": types,
        "OriginalDetectionMethods": json.dumps(methods, separators=(",", ":")),
        "OriginalConfidenceLevel": confidence,
    }
    if "malware" in types.lower():
        columns["ThreatNames"] = today.deal(words.MALWARE_NAMES)
    if "phish" in types.lower():
        columns["ThreatClassification"] = today.deal(words.CLASSIFICATIONS)
    if today.draw.chance(20):  # the verdict came, or grew, after delivery
        columns |= {
            "OriginalThreatTypes": "" if today.draw.chance(60) else "Spam",
            "OriginalDetectionMethods": "",
            "OriginalConfidenceLevel": "" if today.draw.chance(60) else '{"Spam":"5"}',
        }
    return columns


def delivered(today: Today) -> Row:
    """Outcome of an ordinary copy."""
    location = today.draw.pick(("Inbox/folder", "Inbox/folder", "Inbox/Folder"))
    return outcome(("Delivered", location))


def outcome(pair: tuple[str, str]) -> Row:
    """The outcome at delivery, still the same now."""
    action, location = pair
    return {
        "DeliveryAction": action,
        "DeliveryLocation": location,
        "LatestDeliveryAction": action,
        "LatestDeliveryLocation": location,
    }


def handled(today: Today) -> Row:
    """Outcome, action and policy of a copy whose message has a verdict."""
    columns = outcome(today.deal(words.OUTCOMES))
    policy = today.deal(words.POLICIES)
    if today.draw.chance(70):
        columns |= {
            "EmailAction": today.deal(words.EMAIL_ACTIONS),
            "EmailActionPolicy": policy,
            "EmailActionPolicyGuid": stable_guid(policy) if policy else "",
        }
    return columns


def relay(shape: str, ipv4: str, ipv6: str) -> Row:
    """The relay's addresses in one of the shapes of `vocabulary.RELAYS`."""
    four, six = ipv4 or "192.0.2.250", ipv6 or "2001:db8::250"
    pairs = {"v4": (four, ""), "v6": ("", six), "both": (four, six), "zero": ("0.0.0.0", "")}  # noqa: S104
    left, right = pairs.get(shape, ("", ""))
    return {"SenderIPv4": left, "SenderIPv6": right}


def authentication(today: Today, number: int) -> str:
    """AuthenticationDetails: mostly a pass, often odd, at times not JSON."""
    if number % 15 == 7:
        return today.deal(words.ODD_AUTHENTICATION)
    if number % 3:
        return '{"SPF":"pass","DKIM":"pass","DMARC":"pass","CompAuth":"pass"}'
    results = {
        "SPF": today.deal(words.SPF),
        "DKIM": today.deal(words.DKIM),
        "DMARC": today.deal(words.DMARC),
        "CompAuth": today.deal(words.COMPAUTH),
    }
    kept = {key: value for key, value in results.items() if value}  # an empty result: no key
    return json.dumps(kept, separators=(",", ":"))


def cluster_id(draw: Draw) -> int:
    """Mostly above 2**31, at times far above 2**32, never above 2**53."""
    return draw.bits(50) if draw.chance(10) else 2_000_000_000 + draw.bits(31)


def address_list(today: Today, addresses: list[str], number: int) -> str:
    """To or Cc as text: JSON in most rows, escaped in some, not JSON in a few."""
    match number % 9:
        case 0:
            return ""
        case 1:
            return json.dumps(addresses)
        case 2:
            return json.dumps([*addresses, "müller@xn--mller-kva.example", "鈴木@例子.example"])
        case 3:
            return json.dumps([*addresses, "hidden@adatum.example"], ensure_ascii=False)
        case 4 if number % 5 == 0:
            return "; ".join(addresses)
        case 5 if number % 5 == 0:
            return json.dumps([f'"{today.colleague().name}" <{addresses[0]}>', "<>"])
        case _:
            return json.dumps(addresses, ensure_ascii=False, separators=(",", ":"))
