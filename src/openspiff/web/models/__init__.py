"""Which records does the database keep? Only acts, look-ups and access ask."""

from .audit import AuditRow as AuditRow
from .books import PayoutBatch as PayoutBatch, Run as Run, Transfer as Transfer
from .feed import (
    EventBatch as EventBatch,
    PayeeName as PayeeName,
    ReferenceFile as ReferenceFile,
)
from .imports import (
    ImportDraft as ImportDraft,
    ImportState as ImportState,
    state_of_feed as state_of_feed,
)
from .measurements import (
    MeasurementRecord as MeasurementRecord,
    ReportFile as ReportFile,
    VerdictRecord as VerdictRecord,
)
from .people import Role as Role, SignInFailure as SignInFailure, User as User
from .programs import (
    EnrolledPayee as EnrolledPayee,
    ProgramState as ProgramState,
    ProgramVersion as ProgramVersion,
)
