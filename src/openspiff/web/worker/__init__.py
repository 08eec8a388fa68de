"""Who does what takes longer than a request? Workers, which take jobs from the outbox."""

from ._imports import DryRun as DryRun
from ._kinds import WorkOf as WorkOf, work_of as work_of
from ._loop import Plan as Plan, work as work
from ._one import do_job as do_job, drain as drain
from ._progress import Progress as Progress
