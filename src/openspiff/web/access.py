"""Who may see and do what? One place: a policy for every page, one for every act.

A stranger to an object is told that it does not exist (404); a reader without the right to
act is told so (403). Roles are read from the database at every request, so whoever was
demoted is stopped at the next click.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, Final

import attrs

from openspiff.errors import OpenSpiffError, Problem
from openspiff.web.models import Role, User

Viewer = User
"""Whoever looks: the first argument of every look-up."""


class NotAllowedError(OpenSpiffError):
    """Somebody asked for something that their role may see but not do."""

    code: ClassVar[str] = "not_allowed"


class NotVisibleError(OpenSpiffError):
    """Something that does not exist, or not for the one who asks."""

    code: ClassVar[str] = "not_visible"


@attrs.frozen
class Policy:
    """Which roles a page lets in; a public page lets in everybody, signed in or not.

    `has_own_wall` says that the look-up behind the page also asks whose object it is,
    `needs_confirmation` that whoever enters has shown who they are minutes ago, and
    `is_way_in` that the page lets in those too who lack the second factor of their role.
    """

    name: str
    roles: frozenset[str]
    is_public: bool = False
    has_own_wall: bool = False
    needs_confirmation: bool = False
    is_way_in: bool = False


_ALL: Final = frozenset(Role.values)
_STAFF: Final = frozenset({Role.MANAGER, Role.FINANCE, Role.ANALYST, Role.ADMINISTRATOR})

ANYONE: Final = Policy("anyone", _ALL, is_public=True)
SIGNED_IN: Final = Policy("signed_in", _ALL)
READ_PROGRAMS: Final = Policy("read_programs", _STAFF)
READ_TERMS: Final = Policy("read_terms", _ALL, has_own_wall=True)
READ_REPORTS: Final = Policy("read_reports", _STAFF)
READ_PAYEES: Final = Policy("read_payees", _STAFF | {Role.FIRM_OWNER}, has_own_wall=True)
READ_STATEMENTS: Final = Policy("read_statements", _ALL, has_own_wall=True)

# People, firms and signing in
OWN_ENTRY: Final = Policy("own_entry", _ALL, is_way_in=True)
CHANGE_OWN_ENTRY: Final = Policy(
    "change_own_entry", _ALL, is_way_in=True, needs_confirmation=True
)
MANAGE_PEOPLE: Final = Policy("manage_people", frozenset({Role.ADMINISTRATOR}))
CHANGE_PEOPLE: Final = Policy(
    "change_people", frozenset({Role.ADMINISTRATOR}), needs_confirmation=True
)
READ_FIRMS: Final = Policy("read_firms", _STAFF)
READ_FIRM: Final = Policy("read_firm", _STAFF | {Role.FIRM_OWNER}, has_own_wall=True)
_FOR_FIRMS: Final = frozenset({Role.FIRM_OWNER, Role.MANAGER, Role.ADMINISTRATOR})
RECORD_CONSENT: Final = Policy(
    "record_consent", _FOR_FIRMS, has_own_wall=True, needs_confirmation=True
)
INVITE: Final = Policy(
    "invite", frozenset({Role.ADMINISTRATOR, Role.FIRM_OWNER}), has_own_wall=True
)
LEAVE_FIRM: Final = Policy("leave_firm", frozenset({Role.FIRM_OWNER}), has_own_wall=True)

# A payee at home

READ_HOME: Final = Policy("read_home", frozenset({Role.PAYEE}))
READ_PAYOUT_METHODS: Final = Policy(
    "read_payout_methods",
    frozenset({Role.PAYEE, Role.FINANCE, Role.ADMINISTRATOR}),
    has_own_wall=True,
)
SET_PAYOUT_METHOD: Final = Policy(
    "set_payout_method",
    frozenset({Role.PAYEE}),
    has_own_wall=True,
    needs_confirmation=True,
)
READ_TAX_FORMS: Final = Policy(
    "read_tax_forms",
    frozenset({Role.PAYEE, Role.FINANCE, Role.ADMINISTRATOR}),
    has_own_wall=True,
)
LIST_PAYOUT_DETAILS: Final = Policy(
    "list_payout_details", frozenset({Role.FINANCE, Role.ADMINISTRATOR})
)
READ_LEADERBOARDS: Final = Policy("read_leaderboards", _ALL, has_own_wall=True)
TAKE_LEADERBOARD: Final = Policy(
    "take_leaderboard",
    frozenset({Role.MANAGER, Role.ADMINISTRATOR}),
    has_own_wall=True,
)

# Claims and disputes
SEND_CLAIMS: Final = Policy("send_claims", _ALL, has_own_wall=True)
READ_CLAIMS: Final = Policy("read_claims", _ALL, has_own_wall=True)
READ_CLAIM_QUEUE: Final = Policy("read_claim_queue", _STAFF)
DECIDE_CLAIMS: Final = Policy(
    "decide_claims", frozenset({Role.MANAGER, Role.ADMINISTRATOR}), has_own_wall=True
)

# Imports
READ_IMPORTS: Final = Policy("read_imports", _STAFF)
DO_IMPORTS: Final = Policy(
    "do_imports", frozenset({Role.MANAGER, Role.FINANCE, Role.ADMINISTRATOR})
)

# Programs at work

_MANAGERS: Final = frozenset({Role.MANAGER, Role.ADMINISTRATOR})

EDIT_PROGRAMS: Final = Policy("edit_programs", _MANAGERS)
RUN_PROGRAMS: Final = Policy("run_programs", _MANAGERS)

# Finance
READ_FINANCE: Final = Policy("read_finance", _STAFF)
WORK_FINANCE: Final = Policy("work_finance", frozenset({Role.FINANCE, Role.ADMINISTRATOR}))
PAY_BATCHES: Final = Policy(
    "pay_batches",
    frozenset({Role.FINANCE, Role.ADMINISTRATOR}),
    needs_confirmation=True,
)

# Decisions and shared reports
READ_LIBRARY: Final = Policy("read_library", _STAFF)
DECIDE: Final = Policy("decide", frozenset({Role.MANAGER, Role.ADMINISTRATOR}))
WRITE_REPORTS: Final = Policy(
    "write_reports", frozenset({Role.MANAGER, Role.FINANCE, Role.ADMINISTRATOR})
)
READ_SHARE_LINKS: Final = Policy("read_share_links", _STAFF)
SHARE_REPORTS: Final = Policy(
    "share_reports", frozenset({Role.MANAGER, Role.ADMINISTRATOR})
)

# Background work
_JOB_ROLES: Final = frozenset({Role.MANAGER, Role.FINANCE, Role.ADMINISTRATOR})
READ_JOBS: Final = Policy("read_jobs", _JOB_ROLES, has_own_wall=True)
CHANGE_JOBS: Final = Policy("change_jobs", _JOB_ROLES, has_own_wall=True)
JOB_READERS: Final[Mapping[str, frozenset[str]]] = {
    "import": DO_IMPORTS.roles,
    "run": WORK_FINANCE.roles,
    "report": WRITE_REPORTS.roles,
    "mail": MANAGE_PEOPLE.roles,
    "room": MANAGE_PEOPLE.roles,
    "mail_of_the_day": MANAGE_PEOPLE.roles,
    "look_of_the_day": MANAGE_PEOPLE.roles,
    "invitation": MANAGE_PEOPLE.roles,
    "delivery": MANAGE_PEOPLE.roles,
}
"""Who sees the jobs of a kind, may cancel them and start them again."""
# Machines
READ_API: Final = Policy("read_api", _ALL, is_public=True)
OWN_TOKENS: Final = Policy("own_tokens", _ALL)
MAKE_TOKENS: Final = Policy("make_tokens", _ALL, needs_confirmation=True)

# Webhooks
READ_HOOKS: Final = Policy("read_hooks", frozenset({Role.ADMINISTRATOR}))
CHANGE_HOOKS: Final = Policy(
    "change_hooks", frozenset({Role.ADMINISTRATOR}), needs_confirmation=True
)
TELL_EVENTS: Final = Policy("tell_events", _ALL, is_public=True)
"""A source shows by its signature who it is, not by a token or a session."""

SCOPES: Final[Mapping[str, frozenset[str]]] = {
    "programs:read": READ_TERMS.roles,
    "programs:draft": EDIT_PROGRAMS.roles,
    "programs:run": RUN_PROGRAMS.roles,
    "payees:read": READ_PAYEES.roles | {Role.PAYEE},
    "firms:read": READ_FIRM.roles,
    "events:read": READ_STATEMENTS.roles,
    "events:write": DO_IMPORTS.roles,
    "claims:read": READ_CLAIMS.roles,
    "claims:write": _ALL - {Role.ANALYST},
    "statements:read": READ_STATEMENTS.roles,
    "runs:read": READ_FINANCE.roles,
    "runs:write": WORK_FINANCE.roles,
    "reports:read": READ_REPORTS.roles,
    "reports:write": WRITE_REPORTS.roles,
    "finance:read": READ_FINANCE.roles,
    "finance:write": WORK_FINANCE.roles,
    "jobs:read": READ_JOBS.roles,
    "jobs:write": CHANGE_JOBS.roles,
    "notices:read": _ALL,
    "notices:write": _ALL,
    "webhooks:read": READ_HOOKS.roles,
    "webhooks:write": CHANGE_HOOKS.roles,
}
"""What a token may be for, and which roles may have a token for it."""

# Notices
OWN_NOTICES: Final = Policy("own_notices", _ALL)
CHANGE_CHANNELS: Final = Policy(
    "change_notice_channels", frozenset({Role.ADMINISTRATOR}), needs_confirmation=True
)
PREVIEW_NOTICES: Final = Policy("preview_notices", frozenset({Role.ADMINISTRATOR}))

ACTS: Final[Mapping[str, frozenset[str]]] = {
    "add_user": frozenset({Role.ADMINISTRATOR}),
    "set_role": frozenset({Role.ADMINISTRATOR}),
    "set_password": frozenset({Role.ADMINISTRATOR}),
    "set_active": frozenset({Role.ADMINISTRATOR}),
    "end_sessions": frozenset({Role.ADMINISTRATOR}),
    "remove_second_factors": frozenset({Role.ADMINISTRATOR}),
    "change_own_entry": _ALL,
    "invite": frozenset({Role.ADMINISTRATOR, Role.FIRM_OWNER}),
    "record_consent": _FOR_FIRMS,
    "leave_firm": frozenset({Role.FIRM_OWNER}),
    "add_program_draft": frozenset({Role.MANAGER, Role.ADMINISTRATOR}),
    "launch_program": frozenset({Role.MANAGER, Role.ADMINISTRATOR}),
    "end_program": frozenset({Role.MANAGER, Role.ADMINISTRATOR}),
    "discard_program_draft": _MANAGERS,
    "pause_intake": _MANAGERS,
    "resume_intake": _MANAGERS,
    "enroll_joiners": frozenset({Role.MANAGER, Role.ADMINISTRATOR}),
    "record_batch": frozenset({Role.MANAGER, Role.FINANCE, Role.ADMINISTRATOR}),
    "record_reference_file": frozenset({Role.MANAGER, Role.FINANCE, Role.ADMINISTRATOR}),
    "work_on_import": DO_IMPORTS.roles,
    "save_import": DO_IMPORTS.roles,
    "record_measurement": frozenset({Role.MANAGER, Role.FINANCE, Role.ADMINISTRATOR}),
    "record_verdict": frozenset({Role.MANAGER, Role.ADMINISTRATOR}),
    "record_report": frozenset({Role.MANAGER, Role.FINANCE, Role.ADMINISTRATOR}),
    "share_report": frozenset({Role.MANAGER, Role.ADMINISTRATOR}),
    "revoke_share_link": frozenset({Role.MANAGER, Role.ADMINISTRATOR}),
    "book_run": frozenset({Role.FINANCE, Role.ADMINISTRATOR}),
    "pay_payees": frozenset({Role.FINANCE, Role.ADMINISTRATOR}),
    # Whoever is a payee too, for themselves only.
    "send_claim": _ALL - {Role.ANALYST},
    "decide_claim": frozenset({Role.MANAGER, Role.ADMINISTRATOR}),
    "raise_dispute": _ALL - {Role.ANALYST},
    "answer_dispute": frozenset({Role.MANAGER, Role.ADMINISTRATOR}),
    # Finance
    "prepare_batch": frozenset({Role.FINANCE, Role.ADMINISTRATOR}),
    "approve_batch": frozenset({Role.FINANCE, Role.ADMINISTRATOR}),
    "reject_batch": frozenset({Role.FINANCE, Role.ADMINISTRATOR}),
    "void_batch": frozenset({Role.FINANCE, Role.ADMINISTRATOR}),
    "pay_batch": frozenset({Role.FINANCE, Role.ADMINISTRATOR}),
    "place_hold": frozenset({Role.FINANCE, Role.ADMINISTRATOR}),
    "release_hold": frozenset({Role.FINANCE, Role.ADMINISTRATOR}),
    "set_payout_method": frozenset({Role.PAYEE}),
    "record_tax_form": frozenset({Role.FINANCE, Role.ADMINISTRATOR}),
    "confirm_tax_rules": frozenset({Role.FINANCE, Role.ADMINISTRATOR}),
    "take_leaderboard": frozenset({Role.MANAGER, Role.ADMINISTRATOR}),
    # Background work; of which kinds, JOB_READERS says
    "cancel_job": CHANGE_JOBS.roles,
    "retry_job": CHANGE_JOBS.roles,
    # Machines: tokens of oneself; an administrator takes back those of others.
    "make_token": _ALL,
    "revoke_token": frozenset({Role.ADMINISTRATOR}),
    "change_hooks": CHANGE_HOOKS.roles,
    "change_notice_channels": CHANGE_CHANNELS.roles,
}
"""Which roles may do what; an analyst reads everything and does nothing."""


def may_enter(viewer: Viewer, policy: Policy) -> bool:
    """Tell whether the viewer's role is let in by a page's policy."""
    return policy.is_public or (viewer.is_active and viewer.role in policy.roles)


def may_act(user: Viewer, act: str) -> bool:
    """Tell whether the user's role may do `act`; an unknown act is nobody's."""
    return user.is_active and user.role in ACTS.get(act, frozenset())


def require_act(acting_user: Viewer, act: str) -> None:
    """Raise NotAllowedError unless `acting_user` may do `act`."""
    if may_act(acting_user, act):
        return
    roles = ", ".join(sorted(ACTS.get(act, frozenset()))) or "nobody"
    problem = Problem(act, f"{acting_user} is {acting_user.role}", f"this is for {roles}")
    raise NotAllowedError("your role may not do this", [problem])


def scopes_for(user: Viewer) -> tuple[str, ...]:
    """Return what a token of this user may be for: never more than the user may."""
    if not user.is_active:
        return ()
    return tuple(sorted(name for name, roles in SCOPES.items() if user.role in roles))


def require_scope(user: Viewer, *, policy: Policy, scope: str, held: Iterable[str]) -> None:
    """Raise NotAllowedError unless the user's role now and the token both allow a call."""
    if not may_enter(user, policy):
        problem = Problem(policy.name, f"{user} is {user.role}")
        raise NotAllowedError("your role may not do this", [problem])
    if scope not in held:
        problem = Problem(
            scope, "the token is not for this", f"make a token with the scope {scope}"
        )
        raise NotAllowedError("the token may not do this", [problem])


def sees_all_payees(viewer: Viewer) -> bool:
    """Tell whether the viewer reads the statements of every payee of every firm."""
    return viewer.is_active and viewer.role in _STAFF


def may_see_payee(viewer: Viewer, *, payee_id: str, firm_id: str) -> bool:
    """Tell whether the viewer may read what this payee earns.

    Payees see themselves, firm owners the payees of their firm, the vendor's own people
    everybody.
    """
    if not viewer.is_active:
        return False
    if viewer.role == Role.PAYEE:
        return viewer.payee_id == payee_id
    if viewer.role == Role.FIRM_OWNER:
        return bool(firm_id) and viewer.firm_id == firm_id
    return sees_all_payees(viewer)


def may_see_payout_details(viewer: Viewer, *, payee_id: str) -> bool:
    """Tell whether the viewer may see this payee's account, masked, and tax form.

    Payees see their own, those who pay everybody's; a firm's owner sees nobody's.
    """
    if not viewer.is_active:
        return False
    if viewer.role == Role.PAYEE:
        return viewer.payee_id == payee_id
    return viewer.role in LIST_PAYOUT_DETAILS.roles


def job_kinds_of(viewer: Viewer) -> list[str]:
    """Return the kinds of jobs that the viewer sees, in the order of their names."""
    if not viewer.is_active:
        return []
    return sorted(kind for kind, roles in JOB_READERS.items() if viewer.role in roles)


def may_see_firm(viewer: Viewer, *, firm_id: str) -> bool:
    """Tell whether the viewer may read of this firm: its owner, and the vendor's people."""
    if viewer.is_active and viewer.role == Role.FIRM_OWNER:
        return bool(firm_id) and viewer.firm_id == firm_id
    return sees_all_payees(viewer)


def lacks_second_factor(viewer: Viewer, *, way: str, needing: frozenset[str]) -> bool:
    """Tell whether the viewer's role needs a second factor and came in without one."""
    return viewer.role in needing and way in {"", "password"}


def home_of(viewer: Viewer) -> tuple[str, dict[str, str]]:
    """Return the name and the arguments of the page at which this role begins."""
    if viewer.role == Role.PAYEE:
        return "payee_home", {}
    if viewer.role == Role.FIRM_OWNER:
        return "firm", {"firm_id": viewer.firm_id}
    if viewer.role == Role.FINANCE:
        return "finance", {}
    return "programs", {}
