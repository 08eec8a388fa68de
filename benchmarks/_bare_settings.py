"""The settings of openspiff, with one bare page beside its own."""

from openspiff.web.settings import *  # noqa: F403 (the same server, to the last setting)

ROOT_URLCONF = "_bare_urls"
