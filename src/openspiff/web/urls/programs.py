"""At which addresses stand the pages of a program?"""

from __future__ import annotations

from django.urls import path

from openspiff.web.views import (
    programs,
    programs_draft,
    programs_live,
    programs_running,
)

_OF = "programs/<slug:program_id>/"
_DRAFT = "drafts/<slug:program_id>/<int:version>/"

patterns = [
    path("programs/", programs.program_list, name="programs"),
    path(_OF, programs.program_detail, name="program"),
    path(f"{_OF}terms/", programs.program_terms, name="program_terms"),
    path(f"{_OF}report/", programs.program_report, name="program_report"),
    path(f"{_OF}<int:version>/file/", programs.program_file, name="program_file"),
    path("drafts/new/", programs_draft.draft_new, name="draft_new"),
    path("drafts/check/", programs_draft.draft_check, name="draft_check"),
    path(_DRAFT, programs_draft.draft_edit, name="draft"),
    path(f"{_DRAFT}launch/", programs_draft.draft_launch, name="draft_launch"),
    path(f"{_DRAFT}discard/", programs_draft.draft_discard, name="draft_discard"),
    path(f"{_OF}amend/", programs_draft.program_amend, name="program_amend"),
    path(f"{_OF}clone/", programs_running.program_clone, name="program_clone"),
    path(f"{_OF}pause/", programs_running.program_pause, name="program_pause"),
    path(f"{_OF}resume/", programs_running.program_resume, name="program_resume"),
    path(f"{_OF}end/", programs_running.program_end, name="program_end"),
    path(f"{_OF}joiners/", programs_running.program_joiners, name="program_joiners"),
    path(f"{_OF}live/", programs_live.program_live, name="program_live"),
    path(f"{_OF}live/<slug:name>.svg", programs_live.live_picture, name="program_live_svg"),
    path(f"{_OF}live/<slug:name>.csv", programs_live.live_table, name="program_live_csv"),
]
