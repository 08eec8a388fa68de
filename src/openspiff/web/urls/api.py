"""At which addresses do machines come in, and where are their tokens?"""

from __future__ import annotations

from django.urls import path

from openspiff.web import api
from openspiff.web.views import api_reference, tokens

patterns = [
    path("you/tokens/", tokens.token_list, name="tokens"),
    path("you/tokens/new/", tokens.make_token, name="make_token"),
    path("you/tokens/<int:token_id>/rotate/", tokens.rotate_token, name="rotate_token"),
    path("you/tokens/<int:token_id>/revoke/", tokens.revoke_token, name="revoke_token"),
    # The page shows what the API says of itself; which room says it, it does not know.
    path(
        "api/",
        api_reference.reference,
        {
            "schema_document": api.schema_document,
            "problem_words": api.PROBLEM_WORDS,
        },
        name="api_reference",
    ),
    *api.patterns(),
]
