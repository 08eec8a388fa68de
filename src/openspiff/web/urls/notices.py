"""At which addresses does somebody say of what they want to be told?"""

from __future__ import annotations

from django.urls import path

from openspiff.web.views import notices

patterns = [
    path("account/notices/", notices.notices, name="notices"),
    path("notices/off/<str:token>/", notices.notice_off, name="notice_off"),
    path("notices/preview/", notices.notice_preview, name="notice_previews"),
    path("notices/preview/<str:kind>/", notices.notice_preview, name="notice_preview"),
]
