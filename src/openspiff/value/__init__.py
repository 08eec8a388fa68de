"""What is a customer worth? Buying again, staying, and what a window's customers bring."""

from openspiff.value._codes import CAUTIONS as CAUTIONS
from openspiff.value._cohorts import (
    CohortDifference as CohortDifference,
    Sales as Sales,
    discounted_margins as discounted_margins,
    early_churn_difference as early_churn_difference,
    lifetime_value_difference as lifetime_value_difference,
)
from openspiff.value._life_table import (
    LifeTable as LifeTable,
    Tenures as Tenures,
    life_table as life_table,
    life_tables as life_tables,
    residual_lifetime as residual_lifetime,
)
from openspiff.value._lifetime import (
    expected_purchases as expected_purchases,
    lifetime_values as lifetime_values,
)
from openspiff.value._purchases import (
    Purchases as Purchases,
    repeat_purchases as repeat_purchases,
)
from openspiff.value._repeat import (
    RepeatModel as RepeatModel,
    fit_repeat_purchases as fit_repeat_purchases,
    log_likelihoods as log_likelihoods,
    probability_alive as probability_alive,
)
from openspiff.value._spend import (
    expected_spend as expected_spend,
    fit_spend as fit_spend,
)
from openspiff.value._subscription import (
    fit_shifted_beta_geometric as fit_shifted_beta_geometric,
    residual_lifetime_ahead as residual_lifetime_ahead,
    survival_ahead as survival_ahead,
)
from openspiff.value._types import (
    Caution as Caution,
    Fit as Fit,
    Worth as Worth,
    WorthError as WorthError,
)
from openspiff.value._won import (
    WonCustomers as WonCustomers,
    customers_won as customers_won,
)
