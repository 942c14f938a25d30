"""The way from the first push to a shop that runs on Ometria, step by step."""

from ometria_import.checklist.facts import AccountFacts, ConsentFacts, Facts, RunFacts
from ometria_import.checklist.steps import Mark, Step, steps_of

__all__ = ["AccountFacts", "ConsentFacts", "Facts", "Mark", "RunFacts", "Step", "steps_of"]
