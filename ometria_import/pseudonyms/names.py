"""Names for fakes.

No name is longer than five letters, so no fake is ever the whole of a longer real name.
"""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = _words("""
    Abel Adele Aidan Alba Alec Alice Amos Anya Ava Basil Bella Boris Bruno Carla Cleo Colin
    Cora Dario Della Derek Diego Dora Edgar Elias Ella Emil Enzo Erin Esme Fay Felix Finn
    Flora Gavin Gemma Gina Greta Hazel Heidi Hugo Ida Igor Ines Ivan Ivy Jade Jonas Joy
    Jules Karl Kira Kurt Lara Leon Lily Lola Lucas Luna Mabel Marco Maya Milo Mina Nadia
    Nico Nina Noah Nora Olga Opal Oscar Otto Pearl Petra Piers Ralph Ravi Rhea Rosa Ruby
    Rufus Sarah Sasha Selma Silas Sven Tara Tessa Theo Tilda Toby Uma Vera Wanda Wim Yara
    Zoe
""")
LAST_NAMES = _words("""
    Abbot Adler Allen Amis Ash Baker Banks Beck Berg Birch Black Blake Bloom Bond Boyd Brook
    Brown Burns Byrne Carr Chen Clark Cole Cook Cox Crane Cruz Dale Day Dean Diaz Dixon
    Doyle Drew Duke Dunn Ellis Evans Field Finch Fisk Ford Fox Frost Gale Gill Glenn Gold
    Grant Gray Green Hale Hall Hart Hayes Heath Hill Holt Hope Horn Hunt Irwin James Jones
    Kane Keen Kent King Klein Knox Lamb Lane Lark Leigh Lloyd Lopez Lund Marsh Mason May
    Mills Moore Moss Nash North Olsen Owen Page Park Peel Penn Perez Pike Poole Pope Price
    Quinn Reed Reyes Rice Rose Ross Rowe Shaw Silva Snow Stone Swan Tate Todd Vance Wade
    Wall Ward Watts Webb Wells West White Wolf Wood Wyatt York Young
""")
PREFIXES = frozenset(
    _words("mr mrs ms miss mx dr prof sir herr frau m mme mlle sr sra srta sig dhr mevr")
)
"""Forms of address, which name nobody."""
