"""What both programs compare values with."""

EMAIL = r"[a-z0-9._%+'-]+@[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}"
CURRENCIES = ("EUR", "GBP", "USD", "CHF")
COUNTRIES = ("DE", "Deutschland", "AT", "Österreich", "CH", "Schweiz", "GB", "FR", "NL")
YES_OR_NO = ("ja", "nein")
WORDS_OF_GENDER = ("weiblich", "männlich")
