"""A release on the Hub: one commit of all its files, so that it is there whole or not at all, and a tag."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import UsageError
from pipeline.publish import manifest

# What the Hub itself puts into a repository.
_THEIRS = frozenset({".gitattributes"})


class Refused(Exception):
    """The Hub did not take it; the message may hold what must not be printed."""


def push(release: Path, repository: str, told: Mapping[str, Any], files: Sequence[str], private: bool = False) -> bool:
    """Make `repository` hold the release and tag it `v<version>`; whether anything was sent.

    `upload_folder` may cut a folder into several commits, between which a reader would find half a release: so the
    commit is made here. Raises UsageError where the tag is there with other content, Refused with what the Hub said.
    """
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

    api = HfApi()
    tag = f"v{told['version']}"
    try:
        api.create_repo(repository, repo_type="dataset", exist_ok=True, private=private or None)
        if tag in {ref.name for ref in api.list_repo_refs(repository, repo_type="dataset").tags}:
            return _same(api, repository, tag, told)
        _commit(api, release, repository, tag, files)
        api.create_tag(repository, tag=tag, repo_type="dataset", tag_message=f"digest {told['digest']}")
    except HfHubHTTPError as error:
        raise Refused(_said(error)) from None
    except UsageError:
        raise
    except Exception as error:  # noqa: BLE001  # its library for HTTP is its own affair; what it raises is told, cleaned
        first = str(error).strip().split("\n")[0]
        raise Refused(f"{first or type(error).__name__}. {_AGAIN}") from None
    return True


_AGAIN = "The release that was there is whole; run the same command again."


def _same(api: Any, repository: str, tag: str, told: Mapping[str, Any]) -> bool:
    there = json.loads(_text(api, repository, tag))
    if there.get(manifest.SEAL) == told[manifest.SEAL]:
        return False
    raise UsageError(
        f"hf://{repository}: there is a {tag} with other content, and a published version never changes. Build the "
        "next version, or publish elsewhere."
    )


def _text(api: Any, repository: str, tag: str) -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory(prefix="jingwen-") as folder:
        path = api.hf_hub_download(repository, manifest.NAME, repo_type="dataset", revision=tag, local_dir=folder)
        return Path(path).read_bytes()


def _commit(api: Any, release: Path, repository: str, tag: str, files: Sequence[str]) -> None:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    there = set(api.list_repo_files(repository, repo_type="dataset")) - _THEIRS
    operations: list[Any] = [CommitOperationAdd(name, release / name) for name in files]
    operations += [CommitOperationDelete(name) for name in sorted(there - set(files))]
    api.create_commit(repository, operations, commit_message=tag, repo_type="dataset")


def _said(error: Any) -> str:
    status = getattr(error.response, "status_code", None)
    if status in (401, 403):
        return (
            f"the Hub refused the token ({status}). Log in with `hf auth login`, or set HF_TOKEN to a token that may "
            "write to this repository. Nothing was changed there."
        )
    return f"the Hub answered {status or 'nothing'}: {str(error.server_message or error).split(chr(10))[0]}. {_AGAIN}"
