"""What would few treated units have done? Synthetic comparisons from donors (tier C)."""

from openspiff.measure._synthetic._block import Block as Block
from openspiff.measure._synthetic._compare import Method as Method
from openspiff.measure._synthetic._comparison import (
    Synthetic as Synthetic,
    synthetic_comparison as synthetic_comparison,
)
from openspiff.measure._synthetic._conformal import (
    conformal_comparison as conformal_comparison,
    conformal_p_values as conformal_p_values,
)
