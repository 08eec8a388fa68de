"""At which addresses stand the pages of a program?"""

from __future__ import annotations

from django.urls import path

from openspiff.web.views import programs

patterns = [
    path("programs/", programs.program_list, name="programs"),
    path("programs/<slug:program_id>/", programs.program_detail, name="program"),
    path("programs/<slug:program_id>/terms/", programs.program_terms, name="program_terms"),
    path(
        "programs/<slug:program_id>/report/", programs.program_report, name="program_report"
    ),
]
