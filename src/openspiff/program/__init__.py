"""What was promised? Terms, versions, enrolment and holdouts, and the rule in one line."""

from ._amendment import Change as Change, new_version as new_version
from ._behavior import (
    Audience as Audience,
    Behavior as Behavior,
    BehaviorKind as BehaviorKind,
    Exclusions as Exclusions,
    Products as Products,
)
from ._beside import (
    Overlap as Overlap,
    launch_mark as launch_mark,
    overlap_sentence as overlap_sentence,
    overlaps_with as overlaps_with,
    terms_cautions as terms_cautions,
)
from ._clone import clone_text as clone_text, months_later as months_later
from ._early_end import (
    check_early_end as check_early_end,
    earliest_end as earliest_end,
    ended_early as ended_early,
)
from ._enrolment import (
    ENROLMENT_COLUMNS as ENROLMENT_COLUMNS,
    Candidate as Candidate,
    EnrolledPayee as EnrolledPayee,
    Enrolment as Enrolment,
    add_joiners as add_joiners,
    assign_holdout as assign_holdout,
    enrolment_from_rows as enrolment_from_rows,
    enrolment_rows as enrolment_rows,
)
from ._errors import ProgramError as ProgramError
from ._fields import PayoutKind as PayoutKind
from ._file import (
    parse_program as parse_program,
    program_text as program_text,
    program_text_of as program_text_of,
    read_program as read_program,
)
from ._leaderboard import (
    Leaderboard as Leaderboard,
    RankBy as RankBy,
    RankShows as RankShows,
    RankTies as RankTies,
    leaderboard_sentences as leaderboard_sentences,
)
from ._model import (
    Holdout as Holdout,
    HoldoutUnit as HoldoutUnit,
    MeasurementPlan as MeasurementPlan,
    Outcome as Outcome,
    Program as Program,
)
from ._next_step import Standing as Standing, next_step as next_step
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
from ._rule_line import rule_line as rule_line
from ._starters import Starter as Starter, starters as starters
from ._terms_page import holdout_sentence as holdout_sentence, terms_page as terms_page
from ._versions import (
    Difference as Difference,
    check_same_terms as check_same_terms,
    check_versions as check_versions,
    content_hash as content_hash,
    differences_between as differences_between,
    program_from_json as program_from_json,
    program_json as program_json,
)
from ._window import (
    EarlyEnd as EarlyEnd,
    Window as Window,
    day_of as day_of,
    day_start as day_start,
)
