"""Which records does the database keep? Only acts, look-ups and access ask."""

from ._seal import (
    NONCE_BYTES as NONCE_BYTES,
    PayoutKey as PayoutKey,
    PayoutKeyError as PayoutKeyError,
    payout_key as payout_key,
    row_of as row_of,
)
from .audit import AuditRow as AuditRow
from .books import PayoutBatch as PayoutBatch, Run as Run, Transfer as Transfer
from .carry import carry_transfers as carry_transfers
from .claims import (
    CLAIM_SOURCE as CLAIM_SOURCE,
    Claim as Claim,
    ClaimState as ClaimState,
    ClaimStep as ClaimStep,
    Dispute as Dispute,
    DisputeState as DisputeState,
    DisputeStep as DisputeStep,
    Evidence as Evidence,
)
from .decisions import (
    ReportEdition as ReportEdition,
    ShareLink as ShareLink,
    ShareOpening as ShareOpening,
    ShareRevocation as ShareRevocation,
)
from .feed import (
    EventBatch as EventBatch,
    PayeeName as PayeeName,
    ReferenceFile as ReferenceFile,
)
from .finance import (
    ApprovalBatch as ApprovalBatch,
    ApprovalLine as ApprovalLine,
    ApprovalStep as ApprovalStep,
    BatchState as BatchState,
    Hold as Hold,
    HoldKind as HoldKind,
    HoldRelease as HoldRelease,
    held_by as held_by,
    utc_day as utc_day,
)
from .firms import (
    CONSENT_TEXTS as CONSENT_TEXTS,
    CONSENT_VERSION as CONSENT_VERSION,
    FirmConsent as FirmConsent,
)
from .imports import (
    ImportDraft as ImportDraft,
    ImportState as ImportState,
    state_of_feed as state_of_feed,
)
from .invitations import Invitation as Invitation, InvitationState as InvitationState
from .jobs import (
    DUE_STATES as DUE_STATES,
    JOB_KINDS as JOB_KINDS,
    OPEN_STATES as OPEN_STATES,
    AttemptEnd as AttemptEnd,
    Job as Job,
    JobAttempt as JobAttempt,
    JobKind as JobKind,
    JobState as JobState,
    WorkerBeat as WorkerBeat,
)
from .kept import (
    KEPT_MODELS as KEPT_MODELS,
    KeptBooking as KeptBooking,
    KeptOwed as KeptOwed,
    KeptPayee as KeptPayee,
    KeptTwice as KeptTwice,
    sums_reach as sums_reach,
)
from .measurements import (
    MeasurementRecord as MeasurementRecord,
    ReportFile as ReportFile,
    VerdictRecord as VerdictRecord,
)
from .notices import (
    CHANNEL_KINDS as CHANNEL_KINDS,
    NOTICE_KINDS as NOTICE_KINDS,
    Notice as Notice,
    NoticeChannel as NoticeChannel,
    NoticeKind as NoticeKind,
    NoticePreference as NoticePreference,
    NoticeState as NoticeState,
    Pace as Pace,
)
from .payee import (
    LeaderboardPlace as LeaderboardPlace,
    LeaderboardSnapshot as LeaderboardSnapshot,
    PayoutMethod as PayoutMethod,
    TaxFormStep as TaxFormStep,
    TaxRuleConfirmation as TaxRuleConfirmation,
)
from .people import (
    Door as Door,
    Role as Role,
    SignInFailure as SignInFailure,
    User as User,
    user_columns as user_columns,
    user_of_row as user_of_row,
)
from .programs import (
    EnrolledPayee as EnrolledPayee,
    ProgramPause as ProgramPause,
    ProgramState as ProgramState,
    ProgramVersion as ProgramVersion,
)
from .sessions import WebSession as WebSession
from .tokens import (
    ApiToken as ApiToken,
    KeptAnswer as KeptAnswer,
    digest_of_secret as digest_of_secret,
)
from .webhooks import (
    HOOK_KINDS as HOOK_KINDS,
    TEST_KIND as TEST_KIND,
    Delivery as Delivery,
    DeliveryState as DeliveryState,
    DeliveryTry as DeliveryTry,
    Endpoint as Endpoint,
    EndpointState as EndpointState,
    HookMessage as HookMessage,
    HookRevision as HookRevision,
    HookSource as HookSource,
)
