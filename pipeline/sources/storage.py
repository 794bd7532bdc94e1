"""Where files lie: folders of this machine, or any address that fsspec knows (`s3://bucket/pages`).

Keys and endpoints of remote storage are fsspec's own affair, from its environment variables and files; none of them
stands in a configuration, a part or a release.
"""

import io
import os
import stat
from functools import lru_cache
from typing import Any, BinaryIO, NamedTuple, cast

from pipeline.errors import UsageError, storage_failed

# Remote files are read on in blocks of this size; some are kept, since Parquet and ZIP jump.
_BLOCK_BYTES = 4 << 20


class Root(NamedTuple):
    """The folder that the names of an input are relative to, as a path or an address."""

    path: str

    @property
    def is_remote(self) -> bool:
        """Whether fsspec reads it."""
        return "://" in self.path

    def place(self, name: str) -> str:
        """The whole path or address of a file."""
        if self.is_remote:
            return f"{self.path.rstrip('/')}/{name}"
        return os.path.join(self.path, name)

    def open(self, name: str) -> BinaryIO:
        """A file for reading; raises OSError where it cannot be read."""
        if not self.is_remote:
            path = self.place(name)
            if not stat.S_ISREG(os.stat(path).st_mode):  # opening a named pipe would wait for a writer
                raise OSError(0, "not a regular file", path)
            return open(path, "rb")
        system, base = remote(self.path)
        try:
            opened = system.open(_under(base, name), "rb", block_size=_BLOCK_BYTES)
        except OSError:
            raise
        except Exception as error:
            raise storage_failed(self.place(name), error) from error
        return cast(BinaryIO, io.BufferedReader(cast(Any, _Reader(opened, self.place(name))), 1 << 16))

    def size(self, name: str) -> int:
        """Bytes of a file."""
        if not self.is_remote:
            return os.stat(self.place(name)).st_size
        return int(self._info(name).get("size") or 0)

    def mark(self, name: str) -> bytes | None:
        """What a remote store says of a file's content, so that no digest needs to read it; None for nothing."""
        if not self.is_remote:
            return None
        info = self._info(name)
        for key in ("ETag", "etag", "md5Hash", "md5", "content_md5", "checksum"):
            if info.get(key):
                return f"{info.get('size')} {key} {info[key]}".encode()
        return None

    def _info(self, name: str) -> dict[str, Any]:
        system, base = remote(self.path)
        try:
            found: dict[str, Any] = system.info(_under(base, name))
        except OSError:
            raise
        except Exception as error:
            raise storage_failed(self.place(name), error) from error
        return found


def _under(base: str, name: str) -> str:
    return f"{base.rstrip('/')}/{name}"


@lru_cache(maxsize=16)
def remote(address: str, **how: Any) -> tuple[Any, str]:
    """The file system of an address, made with some options, and the path in it; raises an error that says what is
    missing.
    """
    import fsspec

    kind = address.partition("://")[0]
    try:
        system, path = fsspec.core.url_to_fs(address, **how)
    except ImportError as error:
        raise UsageError(
            f"{address}: reading {kind}:// needs a package that is not installed: {error}. For S3: pip install "
            '"jingwen[s3]".'
        ) from None
    except ValueError as error:
        known = ", ".join(
            k for k in ("s3", "gs", "az", "hf", "http", "https", "memory") if k in fsspec.available_protocols()
        )
        raise UsageError(f"{address}: no storage that fsspec knows: {error}. Known, among others: {known}.") from None
    return system, path


class _Reader(io.RawIOBase):
    """A remote file; what its client raises is told as an error of the storage."""

    def __init__(self, file: Any, place: str) -> None:
        self._file = file
        self._place = place

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._file.read(len(buffer))
        except OSError:
            raise
        except Exception as error:
            raise storage_failed(self._place, error) from error
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()
