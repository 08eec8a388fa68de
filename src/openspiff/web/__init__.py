"""Where do people meet the programs? Everything that needs Django stands in this room.

Importing this module loads no Django: `setup` does, once, for one workspace folder.
"""

from ._findings import Finding as Finding
from ._production import (
    EXTRAS as EXTRAS,
    UnsafeSettingError as UnsafeSettingError,
    network_mount as network_mount,
    refuse_unsafe as refuse_unsafe,
    setting_findings as setting_findings,
    unsafe_settings as unsafe_settings,
)
from ._upgrade import (
    NewerDataError as NewerDataError,
    OlderDataError as OlderDataError,
    check_data_version as check_data_version,
)
from ._workspace import (
    FOLDERS as FOLDERS,
    WorkspaceError as WorkspaceError,
    create_workspace as create_workspace,
    ensure_payout_key as ensure_payout_key,
    setup as setup,
)
