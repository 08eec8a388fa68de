"""How are passwords hashed in the tests? By the product's function, at its least cost.

A hash is meant to be slow; the tests make hundreds of which nobody asks how slow.
"""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2(Argon2PasswordHasher):
    """Argon2 in one pass over little memory."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1
