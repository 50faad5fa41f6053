"""What is missing, and why somebody would not be rung."""

from signaling.domain.readiness import Finding
from signaling.domain.routing.one_by_one import Verdict
from signaling.services.directory import Directory
from signaling.web.messages.rest import FindingView, VerdictView
from signaling.web.present.people import name_of, title_of


def finding_view(finding: Finding) -> FindingView:
    """Show the answer to one question."""
    return FindingView(
        check=finding.check, grade=finding.grade, lacking=list(finding.lacking), total=finding.total
    )


def verdict_view(verdict: Verdict, directory: Directory) -> VerdictView:
    """Show why somebody would be rung, or not."""
    return VerdictView(
        staff_id=verdict.staff_id,
        name=name_of(verdict.staff_id, directory),
        title=title_of(verdict.staff_id, directory) or "",
        reason=verdict.reason,
    )
