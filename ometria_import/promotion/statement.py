"""The statement about a promotion: an in-toto Statement v1, the same bytes whenever it is written.

It holds hashes, counts, codes and times; no record, no file's name, and no key.
Source: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from ometria_import.promotion.passed_gate import PassedGate, RunFacts

_STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "urn:ometria-import:promotion:v1"


def statement_of(gate: PassedGate, live: RunFacts, exit_code: int) -> bytes:
    """Write the statement about a live run that has ended.

    Args:
        gate: What the run passed before its first request.
        live: The run.
        exit_code: What the run told the shell: 0, or 3 where live refused something.
    """
    subject = [{"name": "package", "digest": {"sha256": gate.package}}]
    subject += [
        {"name": f"{name}.ndjson", "digest": {"sha256": digest}}
        for name, digest in sorted(gate.sha256.items())
    ]
    predicate: dict[str, Any] = {
        "tool": {"name": "ometria-import", "version": live.tool_version},
        "prepared": {"counts": gate.prepared, "problems": gate.problems, "sources": gate.sources},
        "staging": gate.staging,
        "gate": {"passed_at": gate.passed_at, "lines": gate.lines, "allowed": gate.allowed},
        "verification": gate.verification,
        "live": live,
        "account_fingerprint": gate.account_fingerprint,
        "exit_code": exit_code,
    }
    told = {
        "_type": _STATEMENT,
        "subject": subject,
        "predicateType": PREDICATE,
        "predicate": msgspec.to_builtins(predicate),
    }
    return json.dumps(told, indent=2, sort_keys=True).encode() + b"\n"
