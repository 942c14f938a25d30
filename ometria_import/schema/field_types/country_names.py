"""Names of countries that ISO 3166-1 does not list: other English ones, and other languages."""

from __future__ import annotations

from collections import defaultdict

LANGUAGES = ("de", "fr", "es", "it", "nl", "pl", "pt", "sv", "da", "nb", "fi", "cs")
"""Languages of CLDR, besides English, in which the names of countries and months are known."""

OTHER_COUNTRY_NAMES = {
    "UK": "GB",
    "Britain": "GB",
    "Great Britain": "GB",
    "England": "GB",
    "Scotland": "GB",
    "Wales": "GB",
    "Northern Ireland": "GB",
    "United Kingdom of Great Britain": "GB",
    "US of A": "US",
    "America": "US",
    "United States America": "US",
    "EL": "GR",  # the European Union's own code for Greece
    "Republic of Ireland": "IE",
    "Eire": "IE",
    "Holland": "NL",
    "Czech": "CZ",
    "Slovak": "SK",
    "Bosnia": "BA",
    "Bosnia Herzegovina": "BA",
    "Macedonia": "MK",
    "Republic of Macedonia": "MK",
    "Aland": "AX",
    "Micronesia": "FM",
    "Bahamas, The": "BS",
    "Gambia, The": "GM",
    "Netherlands, The": "NL",
    "FYR Macedonia": "MK",
    "Russia": "RU",
    "Byelorussia": "BY",
    "Republic of Moldova": "MD",
    "Turkey": "TR",
    "Vatican": "VA",
    "Vatican City": "VA",
    "Vatican City State": "VA",
    "Holy See": "VA",
    "Korea South": "KR",
    "Korea North": "KP",
    "Korea, Rep.": "KR",
    "Vietnam": "VN",
    "Macau": "MO",
    "Hong Kong SAR": "HK",
    "Hong Kong SAR China": "HK",
    "Macao SAR China": "MO",
    "Macau SAR China": "MO",
    "Mainland China": "CN",
    "PRC": "CN",
    "Burma": "MM",
    "Brunei": "BN",
    "East Timor": "TL",
    "Palestine": "PS",
    "Palestinian Territory": "PS",
    "Palestinian Territories": "PS",
    "Syria": "SY",
    "UAE": "AE",
    "Emirates": "AE",
    "KSA": "SA",
    "Ivory Coast": "CI",
    "Cape Verde": "CV",
    "Swaziland": "SZ",
    "DR Congo": "CD",
    "DRC": "CD",
    "Democratic Republic of Congo": "CD",
    "Democratic Republic of the Congo": "CD",
    "Congo Kinshasa": "CD",
    "Congo (Kinshasa)": "CD",
    "Congo Brazzaville": "CG",
    "Congo (Brazzaville)": "CG",
    "Republic of Congo": "CG",
    "Sao Tome": "ST",
    "Saint Helena": "SH",
    "St Helena": "SH",
    "Reunion Island": "RE",
    "Antigua": "AG",
    "Trinidad": "TT",
    "St Kitts and Nevis": "KN",
    "St Lucia": "LC",
    "St Vincent and the Grenadines": "VC",
    "St Vincent and Grenadines": "VC",
    "Saint Vincent and Grenadines": "VC",
    "St Barthelemy": "BL",
    "St Martin": "MF",
    "Saint Martin": "MF",
    "Sint Maarten": "SX",
    "St Maarten": "SX",
    "St Pierre and Miquelon": "PM",
    "Falkland Islands": "FK",
    "Cocos Islands": "CC",
    "Pitcairn Islands": "PN",
    "US Virgin Islands": "VI",
    "U.S. Virgin Islands": "VI",
    "Virgin Islands (US)": "VI",
    "Virgin Islands (U.S.)": "VI",
    "Virgin Islands (British)": "VG",
    "UK Virgin Islands": "VG",
    "Caribbean Netherlands": "BQ",
    "Bonaire": "BQ",
    "Faeroe Islands": "FO",
    "Svalbard": "SJ",
    "Wallis and Futuna Islands": "WF",
    "South Georgia": "GS",
}


def names_in_languages() -> dict[str, str]:
    """Names of countries in `LANGUAGES`, with their two letters; without names that mean several.

    Source: the territories of CLDR (https://cldr.unicode.org), through Babel.
    """
    from babel import Locale  # each language is a file, which few need

    found: defaultdict[str, set[str]] = defaultdict(set)
    for language in LANGUAGES:
        for code, name in dict(Locale(language).territories).items():
            if len(code) == len("GB"):  # parts of the world have digits
                found[name].add(code)
    return {name: codes.pop() for name, codes in found.items() if len(codes) == 1}
