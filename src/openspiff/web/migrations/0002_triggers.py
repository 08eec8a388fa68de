"""Which rows can nobody edit? Audit, catalog, assignments, measurements, launched terms."""

from django.db import migrations

from openspiff.web.migrations._triggers import append_only, refuse_unless

SAME_TERMS = " AND ".join(
    f"NEW.{column} = OLD.{column}"
    for column in (
        "program_id",
        "version",
        "name",
        "terms_json",
        "source_text",
        "content_hash",
        "drafted_at",
        "drafted_by_id",
        "launched_at",
        "launched_by_id",
    )
)


class Migration(migrations.Migration):
    """A draft may change or go; a launched version may only end, and stays for ever."""

    dependencies = [("web", "0001_initial")]

    operations = [
        append_only("web_auditrow"),
        append_only("web_eventbatch"),
        append_only("web_referencefile"),
        append_only("web_enrolledpayee"),
        append_only("web_measurementrecord"),
        append_only("web_verdictrecord"),
        append_only("web_reportfile"),
        refuse_unless(
            "web_programversion",
            update=(
                "(OLD.state = 'draft' AND NEW.state IN ('draft', 'launched')"
                " AND NEW.program_id = OLD.program_id AND NEW.version = OLD.version)"
                f" OR (OLD.state = 'launched' AND NEW.state = 'ended' AND {SAME_TERMS})"
            ),
            delete="OLD.state = 'draft'",
        ),
    ]
