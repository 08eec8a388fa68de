"""Where do people meet the programs? Everything that needs Django stands in this room.

Importing this module loads no Django: `setup` does, once, for one workspace folder.
"""

from ._workspace import (
    WorkspaceError as WorkspaceError,
    create_workspace as create_workspace,
    ensure_payout_key as ensure_payout_key,
    setup as setup,
)
