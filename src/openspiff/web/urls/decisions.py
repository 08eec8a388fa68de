"""At which addresses are reports read, decided upon and shared?"""

from __future__ import annotations

from django.urls import path

from openspiff.web.views import decisions, decisions_library, decisions_sharing

_MEASURED = "programs/<slug:program_id>/measured/"
_ONE = f"{_MEASURED}<int:measurement_id>/"

patterns = [
    path(_MEASURED, decisions.measured, name="measured"),
    path(_ONE, decisions.measured, name="measured_one"),
    path(f"{_ONE}write/", decisions.write_report, name="measured_write"),
    path(f"{_ONE}files/<slug:form>/", decisions.measured_file, name="measured_file"),
    path(
        f"{_ONE}pictures/<slug:name>/<slug:coat>/",
        decisions.measured_drawing,
        name="measured_drawing",
    ),
    path("programs/<slug:program_id>/verdict/", decisions.verdict, name="verdict"),
    path(
        "programs/<slug:program_id>/links/",
        decisions_sharing.share_links,
        name="share_links",
    ),
    path(
        "programs/<slug:program_id>/links/<int:link_id>/revoke/",
        decisions_sharing.share_link_revoke,
        name="share_link_revoke",
    ),
    path("library/", decisions_library.library, name="library"),
    path("library/page/", decisions_library.library_file, name="library_file"),
    path(
        "library/pictures/programs/<slug:coat>/",
        decisions_library.library_picture,
        name="library_picture",
    ),
    path("shared/<str:token>/", decisions_sharing.shared_report, name="shared_report"),
    path("shared/<str:token>/pdf/", decisions_sharing.shared_pdf, name="shared_pdf"),
    path(
        "shared/<str:token>/pictures/<slug:name>/<slug:coat>/",
        decisions_sharing.shared_drawing,
        name="shared_drawing",
    ),
]
