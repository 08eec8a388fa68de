"""What was promised? Terms, versions, enrolment and holdouts, and the rule in one line."""

from openspiff.program._model import *  # noqa: F403
