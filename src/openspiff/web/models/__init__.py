"""Which records does the database keep? Only acts, look-ups and access ask."""

from .audit import AuditRow as AuditRow
from .books import PayoutBatch as PayoutBatch, Run as Run, Transfer as Transfer
from .feed import (
    EventBatch as EventBatch,
    PayeeName as PayeeName,
    ReferenceFile as ReferenceFile,
)
from .firms import (
    CONSENT_TEXTS as CONSENT_TEXTS,
    CONSENT_VERSION as CONSENT_VERSION,
    FirmConsent as FirmConsent,
)
from .invitations import Invitation as Invitation, InvitationState as InvitationState
from .measurements import (
    MeasurementRecord as MeasurementRecord,
    ReportFile as ReportFile,
    VerdictRecord as VerdictRecord,
)
from .people import (
    Door as Door,
    Role as Role,
    SignInFailure as SignInFailure,
    User as User,
)
from .programs import (
    EnrolledPayee as EnrolledPayee,
    ProgramState as ProgramState,
    ProgramVersion as ProgramVersion,
)
from .sessions import WebSession as WebSession
