"""Facts about currencies: their signs, their decimals, which are history, what is none."""

from __future__ import annotations

from types import MappingProxyType

_METALS_AND_TESTS = {"XAG", "XAU", "XPD", "XPT", "XTS", "XXX"}
_UNITS_OF_ACCOUNT = {"XAD", "XBA", "XBB", "XBC", "XBD", "XDR", "XSU", "XUA"}
_FUNDS = {"BOV", "CHE", "CHW", "CLF", "COU", "MXV", "USN", "UYI", "UYW"}
NO_MONEY = frozenset(_METALS_AND_TESTS | _UNITS_OF_ACCOUNT | _FUNDS)
"""Codes of ISO 4217 in which no order is paid."""

WITHDRAWN_CURRENCIES = {
    "AFA": "2003-01",
    "ANG": "2025-03",
    "ATS": "2002-03",
    "AZM": "2005-12",
    "BEF": "2002-03",
    "BGL": "2003-11",
    "BGN": "2026-01",
    "BYB": "2001-01",
    "BYR": "2017-01",
    "CSD": "2006-10",
    "CUC": "2021-06",
    "CYP": "2008-01",
    "DEM": "2002-03",
    "ECS": "2000-09",
    "EEK": "2011-01",
    "ESP": "2002-03",
    "FIM": "2002-03",
    "FRF": "2002-03",
    "GHC": "2008-01",
    "GRD": "2002-03",
    "HRK": "2023-01",
    "IEP": "2002-03",
    "ITL": "2002-03",
    "LTL": "2014-12",
    "LUF": "2002-03",
    "LVL": "2014-01",
    "MGF": "2004-12",
    "MRO": "2017-12",
    "MTL": "2008-01",
    "MZM": "2006-06",
    "NLG": "2002-03",
    "PTE": "2002-03",
    "ROL": "2005-06",
    "RUR": "2004-01",
    "SDD": "2007-07",
    "SIT": "2007-01",
    "SKK": "2009-01",
    "SLL": "2023-12",
    "SRG": "2003-12",
    "STD": "2017-12",
    "TMM": "2009-01",
    "TRL": "2005-12",
    "VEB": "2008-01",
    "VEF": "2018-08",
    "XEU": "1999-01",
    "YUM": "2003-07",
    "ZMK": "2012-12",
    "ZWD": "2008-08",
    "ZWL": "2024-08",
    "ZWR": "2009-06",
}
"""Currencies that are history, with the last month in which each was valid: `2014-12` is December
2014. Old shops have orders in them; only those are listed that were in use when there were online
shops.

Source: ISO 4217, list three, "historic denominations".
"""

_ONE_DOLLAR = {
    "A$": "AUD",
    "AR$": "ARS",
    "AU$": "AUD",
    "B$": "BND",
    "BR$": "BRL",
    "BZ$": "BZD",
    "CA$": "CAD",
    "CL$": "CLP",
    "FJ$": "FJD",
    "HK$": "HKD",
    "J$": "JMD",
    "MX$": "MXN",
    "N$": "NAD",
    "NT$": "TWD",
    "NZ$": "NZD",
    "R$": "BRL",
    "RD$": "DOP",
    "S$": "SGD",
    "SG$": "SGD",
    "TT$": "TTD",
    "U$": "USD",
    "US$": "USD",
}
_SEVERAL = {
    "$": "USD CAD AUD NZD HKD SGD TWD MXN ARS CLP COP UYU DOP BBD BMD BSD BZD BND CUC CUP CVE FJD "
    "GYD JMD KYD LRD MOP NAD NIO SBD SRD SRG TTD TOP WST XCD ZWD ZWG ZWL ZWR BRL PHP",
    "C$": "CAD NIO",
    "\u00a3": "GBP EGP FKP GIP LBP SDG SHP SSP SYP CYP IEP MTL TRL ITL",
    "\u00a5": "JPY CNY",
    "\uffe5": "JPY CNY",
    "\u20a9": "KRW KPW",
    "\u20a4": "ITL GBP TRL",
    "\u20a3": "FRF CHF",
    "\u20a1": "CRC",
    "\u20b5": "GHS GHC",
    "\u20a8": "INR PKR LKR NPR MUR SCR",
    "RS": "INR PKR LKR NPR MUR SCR",
    "KR": "SEK NOK DKK ISK EEK",
    "LEI": "RON ROL MDL",
    "FR": "CHF FRF BEF LUF XAF XOF XPF BIF CDF DJF GNF KMF MGF RWF",
}
_ONE = {
    "\u20ac": "EUR",
    "\u20b9": "INR",
    "\u20ba": "TRY",
    "\u20bd": "RUB",
    "\u20b4": "UAH",
    "\u20aa": "ILS",
    "\u20ab": "VND",
    "\u0e3f": "THB",
    "\u20a6": "NGN",
    "\u20ad": "LAK",
    "\u20ae": "MNT",
    "\u20b1": "PHP",
    "\u20b2": "PYG",
    "\u20b8": "KZT",
    "\u20bc": "AZN",
    "\u20be": "GEL",
    "\u20af": "GRD",
    "\u20a7": "ESP",
    "Z\u0141": "PLN",
    "K\u010c": "CZK",
    "FT": "HUF",
}
SIGNS = MappingProxyType(
    {
        **{sign: frozenset({code}) for sign, code in (_ONE | _ONE_DOLLAR).items()},
        **{sign: frozenset(codes.split()) for sign, codes in _SEVERAL.items()},
    }
)
"""By sign, in capitals and without a full stop: the currencies that are written with it."""

_ANY = "\u00a4"
"""The sign that stands for whatever currency it is."""

_USUAL_DIGITS = 2
_WITHOUT_FRACTION = (
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF "
    "BEF BYR ESP GRD ITL LUF MGF PTE ROL TRL"
)
_IN_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
_DIGITS = {
    **dict.fromkeys(_WITHOUT_FRACTION.split(), 0),
    **dict.fromkeys(_IN_THOUSANDTHS.split(), 3),
}


def may_mean(mark: str, currency: str) -> bool:
    """Whether a sign or code beside an amount can stand for a currency.

    Args:
        mark: As it is written: `kr.`, `US$`, `eur`.
        currency: The ISO 4217 code of the currency.
    """
    key = mark.upper().removesuffix(".")
    if key in {currency, _ANY}:
        return True
    known = SIGNS.get(key)
    if known is None and key.endswith("$"):
        # Some other country's dollar, or its code with a dollar sign behind: USD$.
        letters = key.removesuffix("$")
        known = frozenset({letters}) if len(letters) == len(currency) else SIGNS["$"]
    return known is not None and currency in known


def digits_of(currency: str | None) -> int:
    """How many decimals amounts in a currency have; those of most where it is not known.

    Source: ISO 4217, minor units.
    """
    return _DIGITS.get(currency or "", _USUAL_DIGITS)
