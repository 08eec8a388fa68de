"""What does each warning, and each check, tell a reader? Codes never change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CAUTIONS: Final[Mapping[str, str]] = {
    "always_treated": "Cohorts that were treated in the first period already are left out.",
    "attrition": "More left on one side than on the other; bounds say what that may hide.",
    "budget_spent": "The budget was spent in the window: later sales earned nothing.",
    "cap_reached": "Payees reached their cap: their later sales earned nothing.",
    "carried_on": "Days outside lie on one side only: a straight line is carried on.",
    "diagnostic": "Two-way fixed effects: shown to be compared with, no evidence.",
    "error_from_sums": "The error is worked out from sums of products: near, not exact.",
    "exploratory": "It answers another question than the plan asked at launch.",
    "few_donors": "Fewer than 20 firms to make up a mix of: no p-value below .05 is given.",
    "few_periods": "With so few periods shifting rejects nothing: the interval is open.",
    "few_placebos": "Few earlier windows to try the forecast on: the interval is wide.",
    "few_programs": "So few programs that how much they differ rests on the prior.",
    "few_units": "Few independent comparisons carry the error; it leans on normality.",
    "gross": "The effect over the window only; what was moved in time is not taken off.",
    "horizon_not_in": "Days after the deadline are not known; the net may still change.",
    "horizon_open": "The weeks of the horizon are not all known; the headline stays gross.",
    "interim": "The window is running; which intervals may be read at every look.",
    "joiners": "Payees who joined after launch are in no comparison, but in the total.",
    "leakage": "Held-out payees were paid: the effect of taking part stands beside.",
    "mixed_firms": "Firms with payees on both sides: what they tell each other is hidden.",
    "mixed_units": "Units with payees on both sides: the assignment was not re-drawn.",
    "month_end": "Too few ends of a month outside to take off what is usual at them.",
    "naive": "Season and growth count as success in the weeks before; no evidence.",
    "never_before": "Payees who were never seen before the program are left out.",
    "no_baseline": "The feed tells of no full week before the window.",
    "no_holdout": "Nobody held out to take off what happens at this date anyway.",
    "not_booked": "What is due is not all booked, so nothing is said of return and cost.",
    "one_donor": "One firm makes up most of the mix: its luck is in the answer.",
    "one_firm": "All payees are of one firm, whose luck no error can hold.",
    "one_series": "Everyone was treated: what else happened in the window is in it.",
    "over_programs": "Programs differ in more than one thing: this is no experiment.",
    "path_cut": "Cohorts that do not show the whole path are left out of it.",
    "placebo_inflation": "The interval is widened until it holds pretended windows.",
    "poor_fit": "The mix did not move like the treated before the program.",
    "prior_conflict": "Programs differ far more than the prior expects.",
    "prior_period": "The same days earlier: whatever else changed is in it; no evidence.",
    "safe_error": "With few firms the error of group-time effects is too large, so safe.",
    "same_path": "Two firms have the same path: one may have come under two names.",
    "sequential": "The window is running; this interval holds at every look.",
    "sequential_few_clusters": "So few clusters that this interval holds only about.",
    "share_of_baseline": "The effect is taken as a share of what was sold before.",
    "short_week": "The last week of the window is shorter; its means are scaled.",
    "spillover": "Held-out payees sold otherwise the more of their colleagues took part.",
    "unbounded": "A ratio that may divide by nothing: the interval has no end.",
    "unit_margin": "What a unit is worth is assumed, not estimated.",
    "weak_net_power": "A lift of this size would be found net in under half of programs.",
    "window_open": "The window is not over, or its last days are not known.",
    "winners_curse": "The largest of several raw effects is largest partly by luck.",
}
"""What each code of a `Caution` means, whatever its sentence says of one case."""

CHECKS: Final[Mapping[str, str]] = {
    "announcement_leak": "Did the treated know of the program before it was announced?",
    "attrition": "Did more leave on one side?",
    "balance": "Did both sides sell alike before?",
    "late_data": "How much of the window is still to become known?",
    "leakage": "Was anyone who was held out paid?",
    "overlap": "Did another program pay for the same behavior at the same time?",
    "overlap_apart": "Did other programs reach both sides alike?",
    "paths_apart": "How far may both sides part before the effect may be zero?",
    "pre_trend": "Did treated and ineligible move alike before?",
    "sample_ratio": "Is the share held out the one that was drawn?",
    "shared": "Do treated and held-out payees share events?",
    "shared_customers": "Do treated and held-out payees serve the same customers?",
}
"""What each `Check` asks."""
