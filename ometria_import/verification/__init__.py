"""Reading back what an account holds, and comparing it with the package of a run."""

from ometria_import.verification.folders import (
    VerificationFolder,
    newest_verification,
    verifications_of,
)
from ometria_import.verification.summary import (
    Asked,
    AtRiskSummary,
    Example,
    How,
    LoadMonth,
    LoadStep,
    LoadSummary,
    PatternSummary,
    RuleSummary,
    Sum,
    Summary,
    TypeSummary,
    Verdict,
    read_summary,
    write_summary,
)

__all__ = [
    "Asked",
    "AtRiskSummary",
    "Example",
    "How",
    "LoadMonth",
    "LoadStep",
    "LoadSummary",
    "PatternSummary",
    "RuleSummary",
    "Sum",
    "Summary",
    "TypeSummary",
    "Verdict",
    "VerificationFolder",
    "newest_verification",
    "read_summary",
    "verifications_of",
    "write_summary",
]
