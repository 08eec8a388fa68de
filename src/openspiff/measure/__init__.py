"""Was it worth it? Panel, estimators, dead weight, the path, and the verdict."""

from openspiff.measure._before_after import before_after as before_after
from openspiff.measure._differences import (
    difference_in_differences as difference_in_differences,
    pre_trend as pre_trend,
)
from openspiff.measure._fieller import RatioSet as RatioSet, fieller as fieller
from openspiff.measure._holdout import holdout_comparison as holdout_comparison
from openspiff.measure._measure import measure as measure
from openspiff.measure._prior_period import (
    Growth as Growth,
    prior_period as prior_period,
)
from openspiff.measure._sums import Sums as Sums
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
    Shape as Shape,
    Tier as Tier,
    Verdict as Verdict,
    answer_json as answer_json,
    read_answer as read_answer,
)
