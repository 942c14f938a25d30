"""Countries' numbering plans: which numbers of a column may be read without parsing each.

Everything is looked up in the phonenumbers library, but once for all numbers that begin alike.
"""

from __future__ import annotations

import re
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from ometria_import.schema.field_types.model import Ending, Rewrite

if TYPE_CHECKING:
    from phonenumbers import PhoneMetadata

PREFIX_DIGITS = 3
"""How many digits of a national number tell its kind."""
_MAX_CODE_DIGITS = 3
_MIN_CHARS, _MAX_CHARS = 8, 16
"""The length of a number in E.164, with its plus."""
_TRIED = "123456789"
_SEPARATORS = " ()./-"
# A text that ends in `.0` was a number in a spreadsheet, so two digits have to stand at the end.
_REST = r"[0-9 ()./-]{1,36}[0-9]{2}"
_ABROAD = rf"(?:\(\+[0-9]|\+[0-9 (]|00){_REST}"
_AT_HOME = rf"(?:\(\+[0-9]|\+[0-9 (]|[0-9(]){_REST}"
_PLAIN_PREFIXES = re.compile(r"(?:\(?[0-9]+(?:\[[0-9]+\])?\)?(?:\||$))*")
"""What a country strips from its numbers, if that is digits only."""


def phone_rewrites(country: str | None, clear: str) -> tuple[Rewrite, ...]:
    """The rewritings of a column of phone numbers.

    Args:
        country: The country of the numbers without a country code, if it is known.
        clear: Pattern of numbers in E.164 that have no 0 behind the country code.
    """
    head = 1 + _MAX_CODE_DIGITS + PREFIX_DIGITS
    digits = clear.removeprefix(r"\+")
    plan = _plan_of(country) if country else None
    plus = r"(?:\+|00)" if country is None or (plan and _dials_00(plan)) else r"\+"
    rewrites = [Rewrite(f"{plus}({digits})", r"+\1", Ending(head, _ending), _ABROAD, _SEPARATORS)]
    if plan is not None and plan.general_desc is not None:
        import phonenumbers  # the fast path and --help do without it

        code, trunk = str(plan.country_code), plan.national_prefix or ""
        national = str(plan.general_desc.national_number_pattern).replace(r"\d", "[0-9]")
        is_main = phonenumbers.region_code_for_country_code(plan.country_code or 0) == country
        own_code = f"(?:{plus}{code})?" if is_main else ""
        pattern = f"{own_code}(?:{trunk})?({national})"
        after = Ending(head, partial(_ending, trunk=trunk, abroad=_dialled_abroad(plan)))
        rewrites.insert(0, Rewrite(pattern, rf"+{code}\1", after, _AT_HOME, _SEPARATORS))
    return tuple(rewrites)


@lru_cache(maxsize=16_384)
def is_given_out(code: int, prefix: str, length: int) -> bool:
    """Whether any number of a country with this beginning and length is in use."""
    import phonenumbers

    others = (f"+{code}{prefix}{digit * (length - len(prefix))}" for digit in _TRIED)
    return prefix[0] != "0" and any(
        phonenumbers.is_valid_number(phonenumbers.parse(other)) for other in others
    )


@lru_cache(maxsize=16_384)
def _ending(head: str, length: int, trunk: str = "", abroad: tuple[str, ...] = ()) -> str | None:
    """What follows a number in E.164: nothing; None if its country may read it differently.

    Args:
        head: The plus, the code of the country, and the first digits.
        length: The number of characters in all.
        trunk: What may have stood before the number in its country.
        abroad: How numbers begin that are dialled to other countries.
    """
    import phonenumbers

    if not _MIN_CHARS <= length <= _MAX_CHARS:
        return None
    for size in range(1, _MAX_CODE_DIGITS + 1):
        code, prefix = head[1 : 1 + size], head[1 + size :][:PREFIX_DIGITS]
        plan = phonenumbers.PhoneMetadata.metadata_for_region(
            phonenumbers.region_code_for_country_code(int(code)), None
        )
        if plan is None:
            continue
        is_clear = not prefix.startswith(code) and _keeps(plan, prefix)
        is_clear &= not any(_may_begin_alike(prefix, each) for each in abroad)
        is_clear &= not any(_may_begin_alike(trunk + prefix, each) for each in abroad)
        is_good = is_clear and is_given_out(int(code), prefix, length - 1 - size)
        return "" if is_good else None
    return None


def _may_begin_alike(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _plan_of(country: str) -> PhoneMetadata | None:
    """The plan of a country, if it strips nothing but one prefix from what is dialled there.

    Some countries share their code, and numbers from abroad are read by the plan of one of them.
    """
    import phonenumbers

    plan = phonenumbers.PhoneMetadata.metadata_for_region(country, None)
    if plan is None or plan.country_code is None:
        return None
    main = phonenumbers.PhoneMetadata.metadata_for_region(
        phonenumbers.region_code_for_country_code(plan.country_code), None
    )
    trunk, stripped = plan.national_prefix, _stripped_by(plan)
    if main is None or stripped is None or stripped != _stripped_by(main):
        return None
    if trunk is None:
        return None if stripped else plan
    others = [each for each in stripped if each != trunk]
    is_simple = trunk in stripped and not any(each.startswith(trunk[0]) for each in others)
    return plan if is_simple else None


def _keeps(plan: PhoneMetadata, prefix: str) -> bool:
    """Whether nothing is stripped from a number that begins like this."""
    stripped = _stripped_by(plan)
    return stripped is not None and not any(
        prefix.startswith(each[:PREFIX_DIGITS]) for each in stripped
    )


def _stripped_by(plan: PhoneMetadata) -> list[str] | None:
    """How the prefixes that are stripped begin; None if the plan is not as simple as that."""
    pattern = plan.national_prefix_for_parsing or ""
    if plan.national_prefix_transform_rule or not _PLAIN_PREFIXES.fullmatch(pattern):
        return None
    return re.findall(r"(?:^|\|)\(?([0-9]+)", pattern)


def _dialled_abroad(plan: PhoneMetadata) -> tuple[str, ...]:
    """The digits that numbers to other countries begin with, up to where these differ."""
    pattern, groups = plan.international_prefix or "", 1
    while groups:
        pattern, groups = re.subn(r"\([^()]*\)", "<", pattern)
    return tuple(re.match("[0-9]*", each)[0] for each in pattern.split("|"))  # type: ignore[index]


def _dials_00(plan: PhoneMetadata) -> bool:
    """Whether 00 alone is dialled before a number abroad."""
    return f"{plan.international_prefix}|".startswith("00|")
