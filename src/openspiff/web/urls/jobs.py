"""At which addresses is the background work shown?"""

from __future__ import annotations

from django.urls import path

from openspiff.web.views import jobs

patterns = [
    path("work/", jobs.job_list, name="jobs"),
    path("work/open/", jobs.jobs_open, name="jobs_open"),
    path("work/<int:job_id>/", jobs.job_detail, name="job_detail"),
    path("work/<int:job_id>/progress/", jobs.job_progress, name="job_progress"),
    path("work/<int:job_id>/cancel/", jobs.job_cancel, name="job_cancel"),
    path("work/<int:job_id>/retry/", jobs.job_retry, name="job_retry"),
]
