"""Settings of the whole test run."""

import os

from hypothesis import settings

# In CI the same examples every time, so that a red build is red for its own change.
settings.register_profile("ci", derandomize=True, deadline=None, max_examples=200)
settings.register_profile("here", deadline=None, max_examples=200)
settings.load_profile("ci" if os.environ.get("CI") else "here")
