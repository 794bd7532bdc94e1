"""Settings of the whole test run, and a store of objects for those who read from one."""

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

# In CI the same examples every time, so that a red build is red for its own change.
settings.register_profile("ci", derandomize=True, deadline=None, max_examples=200)
settings.register_profile("here", deadline=None, max_examples=200)
settings.load_profile("ci" if os.environ.get("CI") else "here")

# A shell lets what it runs in the background ignore Ctrl-C, and children inherit that; tests send them one.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def bucket() -> Iterator[str]:
    """An empty bucket of an S3 server of our own, on loopback; the environment says where it is."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    told = {
        "FSSPEC_S3_ENDPOINT_URL": f"http://{host}:{port}", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1", "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1",
    }  # fmt: skip
    before = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    try:
        import fsspec.config
        import s3fs

        fsspec.config.set_conf_env(fsspec.config.conf)
        s3fs.S3FileSystem().mkdir("bucket")
        yield "s3://bucket"
    finally:
        server.stop()
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
