"""From staging to live: the gate that a staging run must pass, and the statement about it."""

from ometria_import.promotion.attestation import Attestation
from ometria_import.promotion.candidate import Candidate, candidate_of
from ometria_import.promotion.facts import facts_of, passed_gate
from ometria_import.promotion.gate import Conditions, GateLine, Mark, Ways, gate_lines
from ometria_import.promotion.passed_gate import (
    PassedGate,
    RunFacts,
    SourceFacts,
    VerificationFacts,
    load_gate,
    save_gate,
)
from ometria_import.promotion.requirement import parse_requirement
from ometria_import.promotion.signing import NAMESPACE, Signer
from ometria_import.promotion.statement import PREDICATE, statement_of

__all__ = [
    "NAMESPACE",
    "PREDICATE",
    "Attestation",
    "Candidate",
    "Conditions",
    "GateLine",
    "Mark",
    "PassedGate",
    "RunFacts",
    "Signer",
    "SourceFacts",
    "VerificationFacts",
    "Ways",
    "candidate_of",
    "facts_of",
    "gate_lines",
    "load_gate",
    "parse_requirement",
    "passed_gate",
    "save_gate",
    "statement_of",
]
