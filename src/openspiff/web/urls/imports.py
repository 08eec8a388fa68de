"""At which addresses stand the pages of imports?"""

from __future__ import annotations

from django.urls import path

from openspiff.web.views import import_steps, imports

patterns = [
    path("imports/", imports.import_list, name="imports"),
    path("imports/new/", imports.import_new, name="import_new"),
    path("imports/<int:draft_id>/", imports.import_detail, name="import_detail"),
    path("imports/<int:draft_id>/upload/", imports.import_upload, name="import_upload"),
    path("imports/<int:draft_id>/file/", import_steps.import_file, name="import_file"),
    path(
        "imports/<int:draft_id>/columns/",
        import_steps.import_columns,
        name="import_columns",
    ),
    path("imports/<int:draft_id>/names/", import_steps.import_names, name="import_names"),
    path("imports/<int:draft_id>/run/", imports.import_work, name="import_work"),
    path(
        "imports/<int:draft_id>/progress/", imports.import_progress, name="import_progress"
    ),
    path("imports/<int:draft_id>/save/", imports.import_save, name="import_save"),
    path("imports/<int:draft_id>/discard/", imports.import_discard, name="import_discard"),
    path(
        "imports/<int:draft_id>/rejects.csv", imports.import_rejects, name="import_rejects"
    ),
    path("imports/batches/<int:batch_no>/", imports.batch_detail, name="import_batch"),
    path(
        "imports/batches/<int:batch_no>/undo/", imports.batch_undo, name="import_batch_undo"
    ),
    path("imports/lists/<int:file_no>/", imports.list_detail, name="import_list_detail"),
    path("imports/lists/<int:file_no>/undo/", imports.list_undo, name="import_list_undo"),
]
