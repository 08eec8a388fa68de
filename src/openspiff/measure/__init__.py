"""Was it worth it? Panel, estimators, dead weight, the path, and the verdict."""

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
    Tier as Tier,
    Verdict as Verdict,
    answer_json as answer_json,
    read_answer as read_answer,
)
