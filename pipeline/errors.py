"""Errors that teach: the thing, what was found, what was expected, the remedy; each kind has its exit status."""

import difflib
from collections.abc import Iterable


class JingwenError(Exception):
    """An error the user can act on; printed as one paragraph without a traceback.

    >>> JingwenError("pages.jsonl: line 3 is no JSON object.").status
    1
    """

    status = 1


class UsageError(JingwenError):
    """The call or the configuration is not of the form that jingwen takes."""

    status = 2


class TooManySetAside(JingwenError):
    """More pages were set aside than `[build] max_set_aside` allows."""

    status = 3


class InputError(JingwenError):
    """A file cannot be read or written."""

    status = 4


def storage_failed(place: str, error: Exception) -> InputError:
    """What the client of a remote storage raised of its own kind, as an error for the user."""
    what = str(error).split("\n", 1)[0] or type(error).__name__
    return InputError(
        f"{place}: the storage does not answer as it should: {what}. Its keys and endpoint come from the environment, "
        "as FSSPEC_S3_ENDPOINT_URL or AWS_ACCESS_KEY_ID."
    )


class WorkerLost(JingwenError):
    """A worker process ended twice on the same task."""

    status = 5


class IntegrityError(JingwenError):
    """A release or a trail does not agree with itself."""

    status = 6


class InvariantError(JingwenError):
    """A rule broke a promise of the trail; the page it names is set aside and the build goes on."""

    status = 6


def meant(word: str, known: Iterable[str]) -> str:
    """The end of a message about a word that is not known: the nearest known one, or nothing.

    >>> meant("navigatoin", ["navigation", "wraps"])
    ' Did you mean navigation?'
    """
    folded = {k.lower(): k for k in known}
    near = difflib.get_close_matches(word.lower(), folded, n=1)
    return f" Did you mean {folded[near[0]]}?" if near else ""
