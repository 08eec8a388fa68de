"""What does each code of a problem mean, and what would mend it?

Here the `type` of every problem leads. What is wrong in one case stands in its `problems`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_PUT_RIGHT: Final = "Put right what `problems` names, each at its place, and send it again."
_READ_AGAIN: Final = "Read it again, and decide anew: it has changed since."
_WAIT: Final = "Send the same again, with the same key, after `Retry-After` seconds."
_OPERATOR: Final = (
    "Tell whoever runs the server the `request_id`; `openspiff doctor` says more."
)

PROBLEM_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "already_paid": (
        "A batch that was paid before; paying it again would pay twice.",
        _READ_AGAIN,
    ),
    "assistants": ("Nothing with which assistants could be answered.", _OPERATOR),
    "bank_account": ("An account that no bank would take.", _PUT_RIGHT),
    "batch": (
        "A batch that cannot be written where it stands in the order of batches.",
        _PUT_RIGHT,
    ),
    "batch_moved": (
        "A batch whose lines are no longer what is owed, or not what was seen.",
        _READ_AGAIN,
    ),
    "batch_state": ("A batch on which somebody else has decided already.", _READ_AGAIN),
    "body": (
        "A body that is not JSON, or JSON that means two things or cannot be kept.",
        _PUT_RIGHT,
    ),
    "booking": ("Transfers that do not belong to what they are booked as.", _PUT_RIGHT),
    "books_moved": (
        "The books have moved on since the calculation read them.",
        _READ_AGAIN,
    ),
    "claim": ("A claim that cannot be sent like this.", _PUT_RIGHT),
    "claim_closed": (
        "A program that takes no claim of this payee, or no longer.",
        "Look at the window of the program and at whom it is for.",
    ),
    "claim_draft": ("A draft of a claim that fits no form, or no link.", _PUT_RIGHT),
    "claim_decided": (
        "A claim that somebody else has decided, or its payee has changed.",
        _READ_AGAIN,
    ),
    "conflict": ("What is asked for no longer fits what is stored.", _READ_AGAIN),
    "consent": ("A consent that cannot be recorded like this.", _PUT_RIGHT),
    "delivery_state": (
        "A message that is under way, or an endpoint that is off.",
        _READ_AGAIN,
    ),
    "disk_full": ("There is no room left on the disk; nothing was written.", _WAIT),
    "dispute": ("A dispute that cannot be raised or answered like this.", _PUT_RIGHT),
    "dry_run": ("A file of which it cannot be told what it would pay.", _PUT_RIGHT),
    "endpoint": ("An endpoint that cannot be made or changed like this.", _PUT_RIGHT),
    "endpoint_state": (
        "An endpoint that is not in the state that what is asked begins with.",
        _READ_AGAIN,
    ),
    "entitled": ("Entitlements that cannot be set against the books.", _PUT_RIGHT),
    "error": ("Something that a person can put right.", _PUT_RIGHT),
    "event_file": (
        "A file that cannot be read as what the mapping says it is; nothing is imported.",
        _PUT_RIGHT,
    ),
    "event_rows": (
        "Events of a call that cannot be used; nothing of the call was written.",
        _PUT_RIGHT,
    ),
    "events": (
        "Events that cannot be read; all problems at once, and nothing was taken.",
        _PUT_RIGHT,
    ),
    "evidence": ("Files that cannot be kept as evidence.", _PUT_RIGHT),
    "feed": ("A file that cannot be entered into the feed.", _PUT_RIGHT),
    "feed_moved": (
        "Another import came between reading the feed and entering the claims.",
        _READ_AGAIN,
    ),
    "forged_message": (
        "A message that is not signed by its source, or too old to be taken for new.",
        "Sign id, moment and body with the secret of the source, within five minutes.",
    ),
    "hold": ("A hold that cannot be placed like this.", _PUT_RIGHT),
    "idempotency_key_busy": (
        "An idempotency key whose first call is still at work.",
        _WAIT,
    ),
    "idempotency_key_reused": (
        "An idempotency key that came before with another call or another body.",
        "Take a fresh key for each thing to do.",
    ),
    "import_state": ("An import that is not where what is asked for begins.", _READ_AGAIN),
    "in_other_batch": ("Money that waits in another batch already.", _READ_AGAIN),
    "invalid": (
        "What was sent does not fit: something is missing, unknown, of another kind.",
        _PUT_RIGHT,
    ),
    "invitation": ("An invitation that cannot be made like this.", _PUT_RIGHT),
    "invitation_gone": (
        "A link that was used, revoked or is too old, or never was one: which is not said.",
        _PUT_RIGHT,
    ),
    "job_key": (
        "A job of this kind and key is there already, for something else.",
        _READ_AGAIN,
    ),
    "job_state": ("A job that is not where what is asked for begins.", _READ_AGAIN),
    "key_reused": (
        "A transfer is in the books under the same key with another content.",
        "Take a fresh key for each transfer.",
    ),
    "live_view": (
        "A feed that cannot be looked at while somebody waits for the page.",
        _PUT_RIGHT,
    ),
    "lost_lease": ("The job was cancelled, or another worker has it now.", _READ_AGAIN),
    "mapping": (
        "A mapping file that cannot be used, with everything that is wrong in it.",
        _PUT_RIGHT,
    ),
    "market": ("A market that cannot be simulated as it is described.", _PUT_RIGHT),
    "duplicate_unit": (
        "A payee who comes twice, and would count twice.",
        _PUT_RIGHT,
    ),
    "feed_file": (
        "A file of the feed that is gone: restore it from the backup.",
        _PUT_RIGHT,
    ),
    "moments_file": (
        "A file of moments that is missing, broken, changed, or of other terms.",
        _PUT_RIGHT,
    ),
    "no_baseline": (
        "No period before the program, where the method needs one.",
        _PUT_RIGHT,
    ),
    "no_variation": (
        "Outcomes that do not vary, so no error can be estimated.",
        _PUT_RIGHT,
    ),
    "not_finite": (
        "Outcomes that are missing or infinite.",
        _PUT_RIGHT,
    ),
    "nothing_to_measure": (
        "No event, or nothing but zeros, of what was to be measured.",
        _PUT_RIGHT,
    ),
    "one_cohort": (
        "Nobody to compare with: all payees are of one side, or of one start.",
        _PUT_RIGHT,
    ),
    "too_few_units": (
        "A side of too few payees, or of one firm.",
        _PUT_RIGHT,
    ),
    "window_not_begun": (
        "A window of which nothing is known yet.",
        _PUT_RIGHT,
    ),
    "measure": (
        "A question that these data cannot answer; never a zero in its place.",
        _PUT_RIGHT,
    ),
    "measurement_record": (
        "A measurement, verdict or report that cannot be put on record.",
        _PUT_RIGHT,
    ),
    "media_type": (
        "A body in a format that this call does not take.",
        "Send a Content-Type that the call names.",
    ),
    "message_reused": (
        "A message under an id that came before with another body.",
        "Give each message an id of its own.",
    ),
    "method": (
        "An address that does not take this method.",
        "Use a method that the header Allow names.",
    ),
    "money": ("An amount that cannot be kept exactly in its currency.", _PUT_RIGHT),
    "needs_approval": (
        "This install pays approved batches only.",
        "Have a batch prepared, approved and paid on the pages of finance.",
    ),
    "newer_data": ("A database that a later version of openspiff has changed.", _OPERATOR),
    "no_database": ("The database does not answer; nothing was written.", _WAIT),
    "not_allowed": (
        "Somebody asked for something that their role may see but not do.",
        "Ask with a token of somebody whose role may, and with the scope it names.",
    ),
    "not_found": (
        "An address at which there is nothing.",
        "Look the address up here or in the document.",
    ),
    "not_visible": (
        "Something that does not exist, or not for the one who asks.",
        "Look at the id, and whose it is: what one may not see does not exist.",
    ),
    "nothing_owed": ("Nobody has anything to get.", "There is nothing to do."),
    "notice": ("A wish about notices that cannot be kept.", _PUT_RIGHT),
    "notice_channel": ("A room that cannot be told like this.", _PUT_RIGHT),
    "older_data": (
        "A database that must be upgraded before this version works on it.",
        _OPERATOR,
    ),
    "on_hold": (
        "Somebody would be paid whose money is on hold.",
        "Release the hold first, or leave them out.",
    ),
    "parameters": ("Parameters of an address or headers that mean nothing.", _PUT_RIGHT),
    "password": (
        "A new password that is too weak, or an old one that does not fit.",
        _PUT_RIGHT,
    ),
    "paused_program": (
        "A program whose intake is stopped for the time being: it comes back.",
        "Send the claim again once the program is resumed.",
    ),
    "payout": ("Payouts that cannot be made up.", _PUT_RIGHT),
    "payout_key": (
        "The key that account numbers are sealed with is missing, broken or another one.",
        _OPERATOR,
    ),
    "precondition_failed": (
        "What is to be changed is no longer as it was read.",
        "Read it again, and send the new ETag as If-Match.",
    ),
    "precondition_required": (
        "A change that does not say what it was read as.",
        "Read what is to be changed, and send its ETag as If-Match.",
    ),
    "program": (
        "A program file, a version or an enrolment that cannot stand as it is.",
        _PUT_RIGHT,
    ),
    "program_state": ("A program that is not in the state for what is asked.", _READ_AGAIN),
    "report_file": (
        "A report whose file is gone, or is no longer what was written.",
        _OPERATOR,
    ),
    "revision_reused": (
        "A revision of an event that was told before and said something else.",
        "Tell a change as the next revision of the event.",
    ),
    "rules": ("An event cannot be judged under the terms of a program.", _PUT_RIGHT),
    "run_moved": (
        "What would be booked is no longer what somebody looked at.",
        "Look at GET /api/v1/run-preview again, and book what you see.",
    ),
    "seal": (
        "A secret that this install's key does not open: another key, or another row's.",
        _OPERATOR,
    ),
    "second_factor": ("A second factor that cannot be added like this.", _PUT_RIGHT),
    "setting": ("An environment variable that says what nobody can follow.", _OPERATOR),
    "share_link": ("A link that cannot be given like this.", _PUT_RIGHT),
    "sign_in": (
        "What was shown does not fit; it never says which part of it.",
        "Try again, or have the way in renewed.",
    ),
    "sums_behind": (
        "Sums that end before the books do: transfers came in past them.",
        _OPERATOR,
    ),
    "tax_form": ("A step that does not fit what is known of the form.", _PUT_RIGHT),
    "tax_setting": (
        "OPENSPIFF_TAX_FORMS says something that nobody can follow.",
        _OPERATOR,
    ),
    "token": ("A token that cannot be made or rotated like this.", _PUT_RIGHT),
    "token_refused": (
        "A call without a token, or with one that opens nothing (any more).",
        "Send `Authorization: Bearer osp_...` with a token that holds, or make a new one.",
    ),
    "too_large": (
        "A body that is larger than this call takes.",
        "Send it in parts, or as a file of events.",
    ),
    "too_large_a_value": ("A value that is larger than can be kept.", _PUT_RIGHT),
    "too_many_calls": (
        "A token that called too often this minute; come back when `Retry-After` says.",
        _WAIT,
    ),
    "too_many_openings": (
        "A link that was opened too often; come back when `Retry-After` says.",
        _WAIT,
    ),
    "too_many_tries": (
        "Too many refusals from one place; come back when `Retry-After` says.",
        _WAIT,
    ),
    "try_again": (
        "It did not work this time, and may later; `after_seconds` overrules the back-off.",
        _WAIT,
    ),
    "unforeseen": (
        "Something went wrong that nobody foresaw; nothing was written.",
        _OPERATOR,
    ),
    "unreadable": ("A request that cannot be read.", _PUT_RIGHT),
    "unsafe_setting": (
        "Settings with which a server must not start in production.",
        _OPERATOR,
    ),
    "upload": ("Files that cannot be taken.", _PUT_RIGHT),
    "user": ("A user that cannot be added or changed like this.", _PUT_RIGHT),
    "value": (
        "What a customer is worth cannot be told from these data; never a zero instead.",
        _PUT_RIGHT,
    ),
    "webhook_target": (
        "An address that no webhook may be sent to.",
        "Name an https address that leads to a public address.",
    ),
    "webhook_unresolved": (
        "A name that nobody could resolve just now.",
        "Try again once the name leads somewhere.",
    ),
    "workspace": (
        "A folder that is not a workspace, or a second workspace in one process.",
        _OPERATOR,
    ),
}
"""Every code with its sentence and what to do; a test finds what is missing."""
