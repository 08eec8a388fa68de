"""Was it worth it? Panel, moments, estimators, the path, its worth, and the verdict."""

from openspiff.measure._attrition import (
    EffectBounds as EffectBounds,
    attrition_bounds as attrition_bounds,
    worst_case_bounds as worst_case_bounds,
)
from openspiff.measure._audit import Audited as Audited, audit_answer as audit_answer
from openspiff.measure._before_after import before_after as before_after
from openspiff.measure._bunching import (
    Bunching as Bunching,
    DatedEvents as DatedEvents,
    Deadline as Deadline,
    Depth as Depth,
    bunching as bunching,
    depth_at_deadline as depth_at_deadline,
)
from openspiff.measure._codes import CAUTIONS as CAUTIONS, CHECKS as CHECKS
from openspiff.measure._cohorts import (
    Aggregate as Aggregate,
    Band as Band,
    Controls as Controls,
    EventStudy as EventStudy,
    GroupTimeEffects as GroupTimeEffects,
    Kind as Kind,
    PathEffects as PathEffects,
    Phases as Phases,
    Sides as Sides,
    Timeline as Timeline,
    aggregate as aggregate,
    contrasts as contrasts,
    difference_effect as difference_effect,
    event_study as event_study,
    group_time_effects as group_time_effects,
    holdout_effect as holdout_effect,
    imputation as imputation,
    imputed_path as imputed_path,
    pre_trend_test as pre_trend_test,
    simultaneous_band as simultaneous_band,
    timeline_effects as timeline_effects,
    two_way_effect as two_way_effect,
)
from openspiff.measure._differences import (
    difference_in_differences as difference_in_differences,
    pre_trend as pre_trend,
)
from openspiff.measure._effect_on_treated import effect_on_treated as effect_on_treated
from openspiff.measure._error_codes import (
    DuplicateUnitError as DuplicateUnitError,
    MomentsFileError as MomentsFileError,
    NoBaselineError as NoBaselineError,
    NotBegunError as NotBegunError,
    NotFiniteError as NotFiniteError,
    NothingMeasuredError as NothingMeasuredError,
    NoVariationError as NoVariationError,
    OneCohortError as OneCohortError,
    TooFewUnitsError as TooFewUnitsError,
)
from openspiff.measure._fieller import RatioSet as RatioSet, fieller as fieller
from openspiff.measure._holdout import holdout_comparison as holdout_comparison
from openspiff.measure._measure import measure_worth as measure_worth
from openspiff.measure._moments import (
    NEVER as NEVER,
    Activity as Activity,
    Cohort as Cohort,
    Column as Column,
    Members as Members,
    Moments as Moments,
    members_of as members_of,
    merged as merged,
    moments_of as moments_of,
    moments_of_feed as moments_of_feed,
    moments_of_rows as moments_of_rows,
    read_moments as read_moments,
    write_moments as write_moments,
)
from openspiff.measure._overlap import may_overlap as may_overlap
from openspiff.measure._portfolio import (
    FEWEST_PROGRAMS as FEWEST_PROGRAMS,
    SPREAD_OF_SHARES as SPREAD_OF_SHARES,
    FinishedProgram as FinishedProgram,
    Library as Library,
    MeasuredProgram as MeasuredProgram,
    Portfolio as Portfolio,
    ShrunkEffect as ShrunkEffect,
    WinnersCurse as WinnersCurse,
    library_of as library_of,
    portfolio as portfolio,
)
from openspiff.measure._power import (
    HoldoutPlan as HoldoutPlan,
    Power as Power,
    Variation as Variation,
    holdout_power as holdout_power,
    variation_from_moments as variation_from_moments,
)
from openspiff.measure._prior_period import (
    Growth as Growth,
    prior_period as prior_period,
)
from openspiff.measure._pull_forward import (
    Timing as Timing,
    half_life as half_life,
    hold_back_share as hold_back_share,
    holdout_timing as holdout_timing,
    net_effect as net_effect,
    persistence as persistence,
    pull_forward_share as pull_forward_share,
)
from openspiff.measure._ratios import scaled as scaled
from openspiff.measure._redraw import Redraw as Redraw
from openspiff.measure._sensitivity import (
    Sensitivity as Sensitivity,
    SensitivityPoint as SensitivityPoint,
    relative_magnitudes as relative_magnitudes,
)
from openspiff.measure._sequential import sequential_estimate as sequential_estimate
from openspiff.measure._series import (
    OwnPast as OwnPast,
    Series as Series,
    own_past as own_past,
    quarter_phases as quarter_phases,
)
from openspiff.measure._spillover import (
    shared_customers as shared_customers,
    spillover as spillover,
)
from openspiff.measure._sums import Sums as Sums
from openspiff.measure._synthetic import (
    Method as Method,
    Synthetic as Synthetic,
    conformal_comparison as conformal_comparison,
    synthetic_comparison as synthetic_comparison,
)
from openspiff.measure._types import (
    LEVEL as LEVEL,
    Answer as Answer,
    Caution as Caution,
    Check as Check,
    Decision as Decision,
    Estimate as Estimate,
    MeasureError as MeasureError,
    PathPoint as PathPoint,
    Phase as Phase,
    Redraws as Redraws,
    Shape as Shape,
    Tier as Tier,
    Verdict as Verdict,
    answer_digest as answer_digest,
    answer_json as answer_json,
    read_answer as read_answer,
)
