"""Releases published to a double of the Hub over HTTP, to S3 as moto serves it, and to folders."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from pipeline.engine.plan import build
from pipeline.errors import InputError, IntegrityError, UsageError
from pipeline.publish.deliver import deliver
from tests.hub import TOKEN, Hub
from tests.test_build import bytes_of, config, make_pages, toolkit

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two releases, the second of which has a table less."""
    home = tmp_path_factory.mktemp("releases")
    build(config(home, make_pages(home / "pages.jsonl", 16), part_mb=1.0), toolkit=toolkit)
    (home / "pages.jsonl").write_text(
        "\n".join((home / "pages.jsonl").read_text(encoding="utf-8").split("\n")[:3]), encoding="utf-8"
    )
    build(config(home, home / "pages.jsonl", part_mb=1.0), toolkit=toolkit)
    return home / "RELEASES" / "sample"


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as made:
        yield made


def publish(
    *args: object, hub: Hub | None = None, token: str = TOKEN, env: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """The status of `jingwen publish` and all that it said, which never holds a token."""
    ours = {"HF_TOKEN": token, "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "PYTHONPATH": str(ROOT)}
    if hub:
        ours["HF_ENDPOINT"] = hub.address
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "publish", *map(str, args)],
        env={**os.environ, **ours, **(env or {})}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert token.strip() not in said
    assert "Traceback" not in said
    return done.returncode, said


def held(files: dict[str, bytes]) -> set[str]:
    return set(files) - {".gitattributes"}


def test_a_release_is_one_commit_and_a_tag_and_comes_back_whole(releases: Path, hub: Hub, tmp_path: Path) -> None:
    status, said = publish(releases / "1.0.0", "hf://me/sample", hub=hub)
    assert status == 0, said
    assert len(hub.repositories["me/sample"]) == 2, "one commit after the first"
    assert hub.tags["me/sample"] == {"v1.0.0": 1}
    for name, data in hub.at("me/sample", "v1.0.0").items():
        if name != ".gitattributes":
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(data)
    assert bytes_of(tmp_path) == bytes_of(releases / "1.0.0")
    assert not any(TOKEN.encode() in data for data in hub.head("me/sample").values())


def test_the_next_release_takes_the_place_of_the_first_whose_tag_stays(releases: Path, hub: Hub) -> None:
    for version in ("1.0.0", "1.1.0", "1.1.0"):
        status, said = publish(releases / version, "hf://datasets/me/sample", hub=hub)
        assert status == 0, said
    assert "there already, with the same content" in said
    assert hub.tags["me/sample"] == {"v1.0.0": 1, "v1.1.0": 2}
    assert held(hub.at("me/sample", "v1.0.0")) == set(bytes_of(releases / "1.0.0"))
    assert held(hub.head("me/sample")) == set(bytes_of(releases / "1.1.0"))
    assert held(hub.head("me/sample")) < held(hub.at("me/sample", "v1.0.0")), "a table that is gone is gone"


def test_a_dry_run_sends_nothing(releases: Path, hub: Hub) -> None:
    status, said = publish(releases / "1.0.0", "hf://me/sample", "--dry-run", hub=hub)
    assert (status, hub.calls) == (0, [])
    assert "documents/train-00000-of-00001.parquet" in said
    assert "nothing was" in said


@pytest.mark.parametrize("token", ["hf_wrong" + "x" * 20, "hf_with\nline", "ключ"])
def test_a_token_that_is_refused_is_one_line_without_it(token: str, releases: Path, hub: Hub) -> None:
    status, said = publish(releases / "1.0.0", "hf://me/sample", hub=hub, token=token)
    assert status == 4
    assert len(said.strip().split("\n")) == 1
    assert "hf_w" not in said
    assert hub.repositories == {}


def test_a_publication_that_breaks_off_changes_nothing_and_is_taken_up_again(releases: Path, hub: Hub) -> None:
    assert publish(releases / "1.0.0", "hf://me/sample", hub=hub)[0] == 0
    hub.refuse = "/commit/"
    status, said = publish(releases / "1.1.0", "hf://me/sample", hub=hub)
    assert (status, len(hub.repositories["me/sample"])) == (4, 2)
    assert "is whole; run the same command again" in said
    hub.refuse = "/tag/"
    assert publish(releases / "1.1.0", "hf://me/sample", hub=hub)[0] == 4
    hub.refuse = ""
    assert publish(releases / "1.1.0", "hf://me/sample", hub=hub)[0] == 0
    assert held(hub.at("me/sample", "v1.1.0")) == set(bytes_of(releases / "1.1.0"))


def test_a_tag_with_other_content_is_refused(releases: Path, hub: Hub) -> None:
    assert publish(releases / "1.0.0", "hf://me/sample", hub=hub)[0] == 0
    hub.head("me/sample")["manifest.json"] = b'{"manifest_sha256": "other"}'
    status, said = publish(releases / "1.0.0", "hf://me/sample", hub=hub)
    assert status == 2
    assert "there is a v1.0.0 with other content" in said


@pytest.fixture(scope="module")
def s3() -> Iterator[dict[str, str]]:
    """The surroundings in which s3:// means moto's server."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    env = {
        "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "sesame-open", "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
    }  # fmt: skip
    yield env
    server.stop()


_BUCKET = """
import sys, fsspec
system = fsspec.filesystem("s3")
if sys.argv[1] == "make":
    system.mkdir("corpora")
else:
    system.get(sys.argv[1], sys.argv[2], recursive=True)
"""


def test_a_release_goes_to_s3_with_its_manifest_last(releases: Path, s3: dict[str, str], tmp_path: Path) -> None:
    env = {**os.environ, **s3}
    subprocess.run([sys.executable, "-c", _BUCKET, "make"], env=env, check=True)
    status, said = publish(releases / "1.0.0", "s3://corpora/news", env=s3)
    assert status == 0, said
    assert said.strip().rpartition("\n")[2] == "manifest.json"
    subprocess.run(
        [sys.executable, "-c", _BUCKET, "corpora/news/sample/1.0.0", str(tmp_path / "back")], env=env, check=True,
        capture_output=True,
    )  # fmt: skip
    assert bytes_of(tmp_path / "back") == bytes_of(releases / "1.0.0")
    assert "there already" in publish(releases / "1.0.0", "s3://corpora/news", env=s3)[1]
    status, said = publish(releases / "1.0.0", "s3://no-such-bucket/x", env=s3)
    assert status == 4
    assert "sesame-open" not in said


def test_a_release_goes_to_a_folder_once_and_never_changes_there(releases: Path, tmp_path: Path) -> None:
    seen: list[str] = []
    assert deliver(releases / "1.0.0", str(tmp_path), said=seen.append).sent
    assert seen[-1] == "manifest.json"
    there = tmp_path / "sample" / "1.0.0"
    assert bytes_of(there) == bytes_of(releases / "1.0.0")
    assert not deliver(releases / "1.0.0", f"file://{tmp_path}").sent
    told = json.loads((there / "manifest.json").read_text(encoding="utf-8"))
    (there / "manifest.json").write_text(json.dumps({**told, "manifest_sha256": "0"}), encoding="utf-8")
    with pytest.raises(UsageError, match="other content"):
        deliver(releases / "1.0.0", str(tmp_path))


def test_a_release_that_broke_off_there_is_none_and_is_sent_again(releases: Path, tmp_path: Path) -> None:
    deliver(releases / "1.0.0", str(tmp_path))
    there = tmp_path / "sample" / "1.0.0"
    (there / "manifest.json").unlink()
    (there / "README.md").write_text("half")
    assert deliver(releases / "1.0.0", str(tmp_path)).sent
    assert bytes_of(there) == bytes_of(releases / "1.0.0")


def test_a_damaged_release_is_not_published(releases: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(releases / "1.0.0", copy)
    path = next((copy / "documents").iterdir())
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(IntegrityError, match="documents/"):
        deliver(copy, str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_addresses_that_are_none_are_said_without_their_secrets(releases: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match="hf://owner/name"):
        deliver(releases / "1.0.0", "hf://sample")
    for to, kind in (("frob://me:sesame@host/x", UsageError), (str(tmp_path / "file"), InputError)):
        with pytest.raises(kind) as error:
            deliver(releases / "1.0.0", to)
        assert "Errno" not in str(error.value)
        assert "sesame" not in str(error.value)
        assert "\n" not in str(error.value)
