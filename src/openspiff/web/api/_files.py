"""How does a file leave by the API? As what it is, to be kept: nothing in it runs."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from ninja import Path, Query
from pydantic import Field

from openspiff.report import Picture

from ._doors import Reply
from ._shapes import Shape

SVG: Final = "image/svg+xml"
Coat = Annotated[
    Literal["light", "dark", "light-narrow", "dark-narrow"],
    Query(description="For which theme and width the picture is drawn."),
]
PictureName = Annotated[str, Path(max_length=100, description="The name of a picture.")]


class PictureShape(Shape):
    """One picture in words and numbers; its drawing is asked for by its name."""

    name: str
    title: str
    alternative: str = Field(description="What the picture shows, in words.")
    header: list[str]
    rows: list[list[Any]]


def picture_shape(one: Picture) -> PictureShape:
    """Return what a picture tells."""
    return PictureShape(
        name=one.name,
        title=one.title,
        alternative=one.alternative,
        header=list(one.header),
        rows=[list(row) for row in one.rows],
    )


def svg_reply(svg: str) -> Reply:
    """Return a drawing as it is answered."""
    return Reply(file=HttpResponse(svg, content_type=SVG))


def file_reply(content: bytes | str, media_type: str, file_name: str) -> Reply:
    """Return a file as it is answered, under a name that may hold anything."""
    response = HttpResponse(content, content_type=media_type)
    named = content_disposition_header(as_attachment=True, filename=file_name)
    response["Content-Disposition"] = named or "attachment"
    response["Cache-Control"] = "private, no-store"
    return Reply(file=response)
