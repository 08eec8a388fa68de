"""What does it look like? Charts and the report; this room draws and computes nothing."""

from openspiff.report._adding_up import times_weeks as times_weeks
from openspiff.report._changes import (
    AnswerChange as AnswerChange,
    answer_changes as answer_changes,
    answer_csv as answer_csv,
)
from openspiff.report._charts import (
    BudgetUse as BudgetUse,
    Chart as Chart,
    DueDay as DueDay,
    Picture as Picture,
    balance_chart as balance_chart,
    bridge_chart as bridge_chart,
    budget_picture as budget_picture,
    budgets_picture as budgets_picture,
    chart_csv as chart_csv,
    dead_weight_chart as dead_weight_chart,
    estimates_chart as estimates_chart,
    mix_charts as mix_charts,
    months_picture as months_picture,
    owed_picture as owed_picture,
    pace_picture as pace_picture,
    path_chart as path_chart,
    placebos_chart as placebos_chart,
    promised_picture as promised_picture,
    redrawn_chart as redrawn_chart,
    timing_chart as timing_chart,
)
from openspiff.report._contents import (
    Contents as Contents,
    Options as Options,
    report_contents as report_contents,
)
from openspiff.report._kept import (
    contents_json as contents_json,
    read_contents as read_contents,
)
from openspiff.report._library_chart import programs_chart as programs_chart
from openspiff.report._library_page import library_html as library_html
from openspiff.report._library_words import (
    effects_table as effects_table,
    library_sections as library_sections,
    library_sentences as library_sentences,
)
from openspiff.report._numbers import (
    about_money as about_money,
    number_range as number_range,
    say_range as say_range,
    share_range as share_range,
)
from openspiff.report._page import (
    contents_html as contents_html,
    report_html as report_html,
)
from openspiff.report._sections import Section as Section, Table as Table
from openspiff.report._sheets import (
    contents_pdf as contents_pdf,
    report_pdf as report_pdf,
)
from openspiff.report._statement_sheet import (
    StatementSheet as StatementSheet,
    statement_pdf as statement_pdf,
)
from openspiff.report._table_files import (
    csv_blocks as csv_blocks,
    write_workbook as write_workbook,
)
from openspiff.report._text import answer_text as answer_text
from openspiff.report._words import (
    VERDICTS as VERDICTS,
    headline_sentence as headline_sentence,
    key_figures as key_figures,
    plain_sentence as plain_sentence,
)
