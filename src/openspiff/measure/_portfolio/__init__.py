"""What do many finished programs say together that none of them says alone?"""

from openspiff.measure._portfolio._curse import WinnersCurse as WinnersCurse
from openspiff.measure._portfolio._from_answers import (
    Library as Library,
    MeasuredProgram as MeasuredProgram,
    library_of as library_of,
)
from openspiff.measure._portfolio._library import (
    Portfolio as Portfolio,
    ShrunkEffect as ShrunkEffect,
    portfolio as portfolio,
)
from openspiff.measure._portfolio._records import (
    FEWEST_PROGRAMS as FEWEST_PROGRAMS,
    SPREAD_OF_SHARES as SPREAD_OF_SHARES,
    FinishedProgram as FinishedProgram,
)
