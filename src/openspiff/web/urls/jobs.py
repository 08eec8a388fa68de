"""At which addresses is the background work shown?"""

from __future__ import annotations

from django.urls import path

from openspiff.web.views import jobs

patterns = [
    path("jobs/", jobs.job_list, name="jobs"),
    path("jobs/open/", jobs.jobs_open, name="jobs_open"),
    path("jobs/<int:job_id>/", jobs.job_detail, name="job_detail"),
    path("jobs/<int:job_id>/progress/", jobs.job_progress, name="job_progress"),
    path("jobs/<int:job_id>/cancel/", jobs.job_cancel, name="job_cancel"),
    path("jobs/<int:job_id>/retry/", jobs.job_retry, name="job_retry"),
]
