"""What does it look like? Charts and the report; this room draws and computes nothing."""

from openspiff.report._charts import (
    Chart as Chart,
    bridge_chart as bridge_chart,
    estimates_chart as estimates_chart,
    path_chart as path_chart,
)
from openspiff.report._page import chart_csv as chart_csv, report_html as report_html
from openspiff.report._words import (
    headline_sentence as headline_sentence,
    key_figures as key_figures,
    number_range as number_range,
    share_range as share_range,
)
