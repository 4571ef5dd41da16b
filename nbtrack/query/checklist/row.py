"""One row of a checklist: what is asked, the answer, the evidence for it, and what to do about a fail."""

from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

Status = Literal["pass", "fail", "unknown"]
Priority = Literal["Critical", "High", "Medium", ""]
PASS: Final = "pass"  # noqa: S105 - of a check, no password
FAIL: Final = "fail"
UNKNOWN: Final = "unknown"


class Finding(NamedTuple):
    """What a rule found: "unknown" is for what the records cannot tell, never a polite word for "fail"."""

    status: Status
    evidence: tuple[str, ...] = ()
    todo: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what is asked (``category``, ``check``), how much it weighs, and what was found."""

    category: str
    check: str
    priority: Priority
    status: Status
    evidence: tuple[str, ...] = ()
    todo: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "category": self.category,
            "check": self.check,
            "priority": self.priority or None,
            "status": self.status,
            "evidence": list(self.evidence),
            "todo": self.todo or None,
        }
