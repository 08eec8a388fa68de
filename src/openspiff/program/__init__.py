"""What was promised? Terms, versions, enrolment and holdouts, and the rule in one line."""

from ._behavior import (
    Audience as Audience,
    Behavior as Behavior,
    BehaviorKind as BehaviorKind,
    Exclusions as Exclusions,
    Products as Products,
)
from ._model import (
    Holdout as Holdout,
    HoldoutUnit as HoldoutUnit,
    MeasurementPlan as MeasurementPlan,
    Outcome as Outcome,
    Program as Program,
)
from ._payout import (
    Band as Band,
    BandBy as BandBy,
    Basis as Basis,
    Caps as Caps,
    CapsOrder as CapsOrder,
    Clawback as Clawback,
    ClawbackShape as ClawbackShape,
    CountTiers as CountTiers,
    Flat as Flat,
    MrrMultiple as MrrMultiple,
    Payout as Payout,
    Percent as Percent,
    Prize as Prize,
    SplitRule as SplitRule,
    Tickets as Tickets,
    Tier as Tier,
)
from ._window import (
    Window as Window,
    day_start as day_start,
)
