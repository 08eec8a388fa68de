"""At which addresses does somebody say of what they want to be told?"""

from __future__ import annotations

from django.urls import path

from openspiff.web.views import notice_rooms, notices

patterns = [
    path("account/notices/", notices.notices, name="notices"),
    path("notices/off/<str:token>/", notices.notice_off, name="notice_off"),
    path("notices/rooms/", notice_rooms.rooms, name="notice_rooms"),
    path("notices/rooms/<int:channel_id>/test/", notice_rooms.room_test, name="room_test"),
    path("notices/rooms/<int:channel_id>/gone/", notice_rooms.room_gone, name="room_gone"),
    path("notices/preview/", notices.notice_preview, name="notice_previews"),
    path("notices/preview/<str:kind>/", notices.notice_preview, name="notice_preview"),
]
