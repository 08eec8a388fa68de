"""Which pictures tell the answer? One module for each kind of them."""

from openspiff.report._charts._coat import (
    Chart as Chart,
    Picture as Picture,
    chart_csv as chart_csv,
)
from openspiff.report._charts._estimates import (
    balance_chart as balance_chart,
    estimates_chart as estimates_chart,
    mix_charts as mix_charts,
    timing_chart as timing_chart,
)
from openspiff.report._charts._finance import (
    BudgetUse as BudgetUse,
    DueDay as DueDay,
    budgets_picture as budgets_picture,
    months_picture as months_picture,
    owed_picture as owed_picture,
)
from openspiff.report._charts._money import (
    bridge_chart as bridge_chart,
    dead_weight_chart as dead_weight_chart,
)
from openspiff.report._charts._path import path_chart as path_chart
from openspiff.report._charts._placebos import (
    placebos_chart as placebos_chart,
    redrawn_chart as redrawn_chart,
)
from openspiff.report._charts._running import (
    budget_picture as budget_picture,
    pace_picture as pace_picture,
    promised_picture as promised_picture,
)
