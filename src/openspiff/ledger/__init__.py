"""What is on the books? Transfers, differences, payouts, statements and their proof."""

from openspiff.ledger._bank import (
    BankAccount as BankAccount,
    BankAccountError as BankAccountError,
    iban_account as iban_account,
    us_account as us_account,
)
from openspiff.ledger._book_files import (
    BOOK_FILE_COLUMNS as BOOK_FILE_COLUMNS,
    amount_text as amount_text,
    beancount_lines as beancount_lines,
    hledger_lines as hledger_lines,
)
from openspiff.ledger._differences import (
    EntitledError as EntitledError,
    differences as differences,
)
from openspiff.ledger._digest import month_digest as month_digest
from openspiff.ledger._exhaustion import (
    Exhaustion as Exhaustion,
    expected_exhaustion as expected_exhaustion,
)
from openspiff.ledger._kept import (
    KEPT_COLUMNS as KEPT_COLUMNS,
    KEPT_FROM as KEPT_FROM,
    kept_sums as kept_sums,
)
from openspiff.ledger._kinds import (
    BOOKED_COLUMNS as BOOKED_COLUMNS,
    CASH as CASH,
    KEY_COLUMNS as KEY_COLUMNS,
    TRANSFER_COLUMNS as TRANSFER_COLUMNS,
    Accounts as Accounts,
    Kind as Kind,
    accounts as accounts,
)
from openspiff.ledger._load import (
    SUM_COLUMNS as SUM_COLUMNS,
    load_csv_transfers as load_csv_transfers,
    load_json_transfers as load_json_transfers,
)
from openspiff.ledger._paid import Paid as Paid, paid_by_then as paid_by_then
from openspiff.ledger._payouts import (
    ChosenPayouts as ChosenPayouts,
    OwedSum as OwedSum,
    PayeeBalance as PayeeBalance,
    PayoutError as PayoutError,
    PayoutLine as PayoutLine,
    balances as balances,
    owed_sums as owed_sums,
    payout_digest as payout_digest,
    payout_lines as payout_lines,
    payouts as payouts,
)
from openspiff.ledger._ranks import RankedPayee as RankedPayee, ranks as ranks
from openspiff.ledger._statement import (
    STATEMENT_COLUMNS as STATEMENT_COLUMNS,
    AccountTotal as AccountTotal,
    Statement as Statement,
    StatementLine as StatementLine,
    StatementMonth as StatementMonth,
    TrialBalance as TrialBalance,
    payee_transfers as payee_transfers,
    statement as statement,
    trial_balance as trial_balance,
)
from openspiff.ledger._steps import (
    Booking as Booking,
    Transfers as Transfers,
    booked_sums as booked_sums,
    keep_until as keep_until,
    name_run as name_run,
    open_books as open_books,
)
from openspiff.ledger._verify import (
    LAWS as LAWS,
    BrokenLaw as BrokenLaw,
    verify as verify,
)
