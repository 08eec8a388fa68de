"""Who earned what? Programs as a rule table, and one sequence of steps for all of them."""

from openspiff.rules._draws import (
    Winner as Winner,
    draw_winners as draw_winners,
    prize_rows as prize_rows,
    seed_commitment as seed_commitment,
)
from openspiff.rules._entitlements import (
    ENTITLED_COLUMNS as ENTITLED_COLUMNS,
    Entitled as Entitled,
    HeldOut as HeldOut,
    RuleError as RuleError,
    entitlements as entitlements,
)
from openspiff.rules._explain import (
    About as About,
    Explanation as Explanation,
    explain as explain,
    reject_summary as reject_summary,
)
from openspiff.rules._explainer import Explainer as Explainer
from openspiff.rules._pace import (
    MOMENT_COLUMNS as MOMENT_COLUMNS,
    Kept as Kept,
    Pace as Pace,
    Stretch as Stretch,
    Waits as Waits,
    pace as pace,
    phase_share as phase_share,
)
from openspiff.rules._reasons import REASONS as REASONS, reason_sentence as reason_sentence
from openspiff.rules._remedies import (
    REMEDIES as REMEDIES,
    Remedy as Remedy,
    loss_sentence as loss_sentence,
    remedy_sentence as remedy_sentence,
)
