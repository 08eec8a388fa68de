"""Which shapes does the API send and take?

Written from the schema by `python docs/make_client.py`: change the API, not this.
"""

from ._claims import (
    AnswerGiven as AnswerGiven,
    Claim as Claim,
    ClaimFactsGiven as ClaimFactsGiven,
    ClaimGiven as ClaimGiven,
    Decision as Decision,
    DecisionGiven as DecisionGiven,
    Dispute as Dispute,
    DisputeGiven as DisputeGiven,
    DisputeStep as DisputeStep,
    EventName as EventName,
    Evidence as Evidence,
    SeenGiven as SeenGiven,
    Step as Step,
    WholeClaim as WholeClaim,
    WholeDispute as WholeDispute,
)
from ._events import (
    Event as Event,
    EventBatchGiven as EventBatchGiven,
    EventGiven as EventGiven,
    EventHistory as EventHistory,
    Import as Import,
    PayeeShare as PayeeShare,
    RowProblem as RowProblem,
)
from ._finance import (
    Batch as Batch,
    BatchList as BatchList,
    BatchStep as BatchStep,
    Budget as Budget,
    BudgetList as BudgetList,
    Hold as Hold,
    HoldGiven as HoldGiven,
    HoldList as HoldList,
    ReleaseGiven as ReleaseGiven,
    WholeBatch as WholeBatch,
)
from ._jobs import Attempt as Attempt, Job as Job, WholeJob as WholeJob
from ._notices import (
    Mail as Mail,
    Notice as Notice,
    Pace as Pace,
    PaceList as PaceList,
    PacesGiven as PacesGiven,
    Room as Room,
    RoomGiven as RoomGiven,
    RoomList as RoomList,
    RoomTest as RoomTest,
)
from ._people import (
    Entitlement as Entitlement,
    EntitlementList as EntitlementList,
    Firm as Firm,
    Line as Line,
    Money as Money,
    Month as Month,
    Payee as Payee,
    Promise as Promise,
    Statement as Statement,
    WholeFirm as WholeFirm,
)
from ._programs import (
    DraftGiven as DraftGiven,
    EndGiven as EndGiven,
    Joined as Joined,
    Leaderboard as Leaderboard,
    PauseGiven as PauseGiven,
    Place as Place,
    Program as Program,
    Terms as Terms,
    VersionList as VersionList,
)
from ._runs_and_reports import (
    Asked as Asked,
    Measurement as Measurement,
    MeasurementList as MeasurementList,
    Moved as Moved,
    Report as Report,
    Run as Run,
    RunGiven as RunGiven,
    RunPreview as RunPreview,
    Verdict as Verdict,
    VerdictGiven as VerdictGiven,
    VerdictList as VerdictList,
)
from ._webhooks import (
    CountedSource as CountedSource,
    CountedWebhook as CountedWebhook,
    Message as Message,
    RotateGiven as RotateGiven,
    Source as Source,
    SourceGiven as SourceGiven,
    Try as Try,
    Webhook as Webhook,
    WebhookGiven as WebhookGiven,
    WholeMessage as WholeMessage,
)
