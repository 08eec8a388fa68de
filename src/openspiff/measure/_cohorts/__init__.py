"""What do the moments of cohorts say, each with errors clustered by payee or firm?"""

from openspiff.measure._cohorts._aggregates import (
    Aggregate as Aggregate,
    Kind as Kind,
    aggregate as aggregate,
)
from openspiff.measure._cohorts._bands import (
    Band as Band,
    simultaneous_band as simultaneous_band,
)
from openspiff.measure._cohorts._contrast import contrasts as contrasts
from openspiff.measure._cohorts._group_time import (
    Controls as Controls,
    GroupTimeEffects as GroupTimeEffects,
    group_time_effects as group_time_effects,
)
from openspiff.measure._cohorts._imputation import imputation as imputation
from openspiff.measure._cohorts._linear import Spread as Spread
from openspiff.measure._cohorts._path_effects import (
    PathEffects as PathEffects,
    Phases as Phases,
    imputed_path as imputed_path,
)
from openspiff.measure._cohorts._pre_trend import (
    PreTrendTest as PreTrendTest,
    pre_trend_test as pre_trend_test,
)
from openspiff.measure._cohorts._spans import (
    Sides as Sides,
    Timeline as Timeline,
    difference_effect as difference_effect,
    holdout_effect as holdout_effect,
    timeline_effects as timeline_effects,
)
from openspiff.measure._cohorts._two_way import (
    EventStudy as EventStudy,
    event_study as event_study,
    two_way_effect as two_way_effect,
)
