"""Delivering a release: to the Hub as one commit and a tag, or to any address that fsspec knows, its manifest last.

A release that is not whole is not delivered, and a version that is there never changes. No word of an address's
credentials, of a token or of a header gets into a message.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from pipeline.errors import InputError, JingwenError, UsageError
from pipeline.publish import hub, manifest
from pipeline.publish.verify import check

_HUB = "hf://"
_REPOSITORY = re.compile(r"hf://(?:datasets/)?([\w.-]+/[\w.-]+)/?", re.ASCII)
# Stores of objects have no folders to make, and some would make a bucket of a name that was mistyped.
_WITHOUT_FOLDERS = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oss"})
_SECRETS = re.compile(r"(?i)(bearer\s+)\S+|\bhf_\w+|//[^/@\s]+@")
_ERRNO = re.compile(r"\[Errno -?\d+\] ")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.ASCII)


class Delivered(NamedTuple):
    """Where a release went: files and bytes of it, and whether anything was sent."""

    address: str
    files: dict[str, int]
    sent: bool


Said = Callable[[str], None]


def deliver(
    release: Path, to: str, *, dry_run: bool = False, private: bool = False, said: Said = lambda _: None
) -> Delivered:
    """Copy a release, after it was verified, to `hf://owner/name` or to an address as `s3://bucket/folder`.

    Under an address it lies in `<name>/<version>`; on the Hub it is the repository, and its version a tag. `said` hears
    of each file. Raises UsageError where the version is there with other content, InputError where the other side
    refuses, IntegrityError where the release is not whole.
    """
    told = manifest.load(release)
    check(release)
    files = {name: int(file["bytes"]) for name, file in sorted(told["files"].items())}
    files[manifest.NAME] = (release / manifest.NAME).stat().st_size
    if to.startswith(_HUB):
        found = _REPOSITORY.fullmatch(to)
        if not found:
            raise UsageError(f"{shown(to)}: a dataset on the Hub is named hf://owner/name.")
        if dry_run:
            return Delivered(f"{_HUB}{found[1]} v{told['version']}", files, False)
        try:
            sent = hub.push(release, found[1], told, list(files), private)
        except hub.Refused as error:
            raise InputError(f"{_HUB}{found[1]}: {quiet(str(error))}") from None
        return Delivered(f"{_HUB}{found[1]} v{told['version']}", files, sent)
    return _to_address(release, to, told, files, dry_run, said)


def _to_address(
    release: Path, to: str, told: dict[str, Any], files: dict[str, int], dry_run: bool, said: Said
) -> Delivered:
    place = f"{to.rstrip('/')}/{told['name']}/{told['version']}"
    _check_protocol(to)
    if dry_run:
        return Delivered(shown(place), files, False)
    try:
        sent = _sent(release, place, told[manifest.SEAL], files, said)
    except JingwenError:
        raise
    except Exception as error:  # noqa: BLE001  # every system of files has its own; their message is told, cleaned
        raise InputError(f"{shown(place)}: {quiet(_first_line(error))}{_hint(error)}") from None
    return Delivered(shown(place), files, sent)


def _check_protocol(to: str) -> None:
    from fsspec.registry import available_protocols

    found = _SCHEME.match(to)
    if found and found[1] not in available_protocols():
        raise UsageError(
            f"{shown(to)}: nothing here writes to {found[1]}:// addresses. A release goes to hf://owner/name, to a "
            "folder, or to an address that fsspec knows, as s3://bucket/folder."
        )


def _sent(release: Path, place: str, seal: str, files: Mapping[str, int], said: Said) -> bool:
    from fsspec.core import url_to_fs

    system, root = url_to_fs(place)
    there = _there(system, root)
    if there == seal:
        return False
    if there is not None:
        raise UsageError(
            f"{shown(place)}: there is a release of that version with other content, and a published version never "
            "changes. Build the next version, or publish elsewhere."
        )
    kinds = {system.protocol} if isinstance(system.protocol, str) else set(system.protocol)
    for name, size in files.items():  # the manifest is the last of them: a release without one is none
        target = str(PurePosixPath(root) / name)
        if not kinds & _WITHOUT_FOLDERS:
            system.makedirs(system._parent(target), exist_ok=True)
        system.put_file(str(release / name), target)
        system.invalidate_cache()
        if int(system.info(target)["size"]) != size:
            raise InputError(f"{shown(place)}/{name}: it does not have its {size:,} bytes there. Publish again.")
        said(name)
    return True


def _there(system: Any, root: str) -> str | None:
    """The seal of the release that lies at a place; None where there is none, or one that broke off."""
    try:
        found = json.loads(system.cat_file(f"{root}/{manifest.NAME}"))
    except FileNotFoundError:
        return None
    except ValueError:
        return None
    return str(found.get(manifest.SEAL)) if isinstance(found, dict) else None


def _first_line(error: Exception) -> str:
    text = str(error).strip().split("\n")[0][:300]
    return text.rstrip(".") + "." if text else f"{type(error).__name__}."


def _hint(error: Exception) -> str:
    if isinstance(error, ImportError):  # its message names the package
        return " With pip, for S3: python -m pip install s3fs."
    return " Nothing there counts as a release before its manifest, which comes last."


def shown(address: str) -> str:
    """An address without the credentials in it.

    >>> shown("ftp://me:secret@host/a")
    'ftp://…@host/a'
    """
    return re.sub(r"//[^/@]+@", "//…@", address)


def quiet(text: str) -> str:
    """A message without tokens, and without the numbers of errors.

    >>> quiet("Bearer hf_abc was refused at https://u:p@host/")
    'Bearer … was refused at https://…@host/'
    """
    text = _ERRNO.sub("", text)
    return _SECRETS.sub(lambda m: f"{m[1]}…" if m[1] else "//…@" if m[0].startswith("//") else "hf_…", text)
