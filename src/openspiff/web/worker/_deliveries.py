"""How is a message delivered in the background? At least once, always with the same id."""

from __future__ import annotations

from openspiff.web.actions import webhook_deliveries as deliveries
from openspiff.web.actions.jobs_leases import TryAgainError
from openspiff.web.queries.jobs import JobRow

from ._progress import Progress
from ._sending import post


def deliver(job: JobRow, progress: Progress, at: int) -> dict[str, str] | None:
    """Send a message; what failed is tried again for three days, then given up.

    The try stands on record before the job ends: killed in between, the message is sent
    once more, and its receiver knows it by its id.
    """
    delivery_id = int(job.payload["delivery_id"])
    message = deliveries.outgoing(delivery_id=delivery_id, at=at)
    if message is None:
        return {"state": "nothing_to_send"}
    outcome = post(message.url, headers=message.headers, body=message.body)
    ended_at = progress.clock()
    if outcome.is_taken:
        with progress.completing() as result:
            deliveries.record_delivered(
                delivery_id=delivery_id, outcome=outcome, at=ended_at
            )
            result["state"] = "delivered"
        return None
    is_last = job.failure_count + 1 >= job.max_attempts
    state = deliveries.record_failed(
        delivery_id=delivery_id, outcome=outcome, is_last=is_last, at=ended_at
    )
    said = outcome.error_code or f"status {outcome.status}"
    if state == "held":
        return {"state": state, "because": said}
    wait = deliveries.WAITS[min(job.failure_count, len(deliveries.WAITS) - 1)]
    message_said = f"the endpoint did not take it: {said}"
    raise TryAgainError(message_said, after_seconds=wait)
