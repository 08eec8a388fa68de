from __future__ import annotations

from route_tables import EVERYBODY, NOBODY, Table

EXPECTED: Table = {"/confirm/": (EVERYBODY, NOBODY)}
POSTS: Table = {"/confirm/": (EVERYBODY, NOBODY)}
OPEN = {"/": {302}, "/sign-in/": {200, 302}, "/sign-out/": {405}}
