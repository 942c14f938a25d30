"""Comparing what was sent with what an account shows, in a canonical form of named rules."""

from ometria_import.verification.comparing.causes import ABSENT
from ometria_import.verification.comparing.compare import Comparison, compare
from ometria_import.verification.comparing.difference import Difference, as_text
from ometria_import.verification.comparing.found_orders import FoundOrders
from ometria_import.verification.comparing.load import proof_of_load
from ometria_import.verification.comparing.patterns import Patterns
from ometria_import.verification.comparing.rules import LOOSE_RULES, RULES, WORDS, Rule

__all__ = [
    "ABSENT",
    "LOOSE_RULES",
    "RULES",
    "WORDS",
    "Comparison",
    "Difference",
    "FoundOrders",
    "Patterns",
    "Rule",
    "as_text",
    "compare",
    "proof_of_load",
]
