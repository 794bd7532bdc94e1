"""Earlier releases that a build is compared with: their fingerprints, and their texts where these lie beside them."""

import dataclasses
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import groupby
from pathlib import Path

import pyarrow as pa

from pipeline.config import Config
from pipeline.corpus import fingerprints
from pipeline.corpus.gathered import Prints
from pipeline.corpus.keepers import Earlier
from pipeline.corpus.spread import Place
from pipeline.engine.files import Writer
from pipeline.engine.texts import Texts
from pipeline.engine.texts import read as read_places
from pipeline.errors import IntegrityError, UsageError
from pipeline.publish import manifest, schema
from pipeline.publish.parquet import read
from pipeline.publish.read import shards

STAGE = "duplicates"
_TEXTS = pa.schema([("page_id", pa.string()), ("text", pa.string())])


def against(config: Config) -> tuple[str, ...]:
    """The folders of the releases that a configuration names."""
    options = config.stages.get(STAGE)
    return options.against if options is not None else ()


def pinned(config: Config) -> Config:
    """The configuration with each earlier release by name, version and digest: what it holds counts, not where it lies.

    Raises UsageError where a folder holds no release, or one without fingerprints.
    """
    paths = against(config)
    if not paths:
        return config
    named = tuple(" ".join((_name(path), manifest.load(path)["digest"])) for path in map(_release, paths))
    options = dataclasses.replace(config.stages[STAGE], against=named)
    return dataclasses.replace(config, stages={**config.stages, STAGE: options})


def releases(paths: Sequence[str], folder: Path) -> list[Earlier]:
    """The earlier releases of a build; texts that must be compared are laid out in `folder`."""
    return [_earlier(path, folder / f"earlier-{i}.arrow") for i, path in enumerate(map(_release, paths))]


def _release(path: str) -> Path:
    release = Path(path)
    if not (release / manifest.NAME).is_file():
        found = sorted(str(p.parent) for p in release.glob(f"*/{manifest.NAME}")) if release.is_dir() else []
        hint = f" Did you mean {found[-1]}?" if found else " It takes the folder of a version, as RELEASES/news/1.0.0."
        raise UsageError(f"[stages.{STAGE}] against names {path}, which is no release: it has no manifest.json.{hint}")
    if not shards(release, schema.FINGERPRINTS):
        raise UsageError(
            f"[stages.{STAGE}] against names {path}, a release without fingerprints: they are made where a rule of the "
            f"stage {STAGE} runs, since version 0.1.0. Build it again, or leave it out."
        )
    return release


def _name(release: Path) -> str:
    told = manifest.load(release)
    return f"{told['name']} {told['version']}"


def _earlier(release: Path, spill: Path) -> Earlier:
    documents = shards(release, schema.DOCUMENTS)
    text_of = _Pages(documents, spill) if documents else None
    return Earlier(_name(release), _Prints(shards(release, schema.FINGERPRINTS)), text_of)


class _Pages:
    """The texts of the pages of a release, laid out in a file when one is asked for."""

    read = staticmethod(read_places)

    def __init__(self, documents: Sequence[Path], spill: Path) -> None:
        self._documents, self._spill = documents, spill

    def __call__(self, page_ids: Sequence[str]) -> list[str]:
        return self._texts(page_ids)

    def places(self, page_ids: Sequence[str]) -> list[Place]:
        """Where the texts of those pages lie."""
        return self._texts.places(page_ids)

    @cached_property
    def _texts(self) -> Texts:
        writer = Writer(self._spill, _TEXTS)
        for path in self._documents:
            for batch in _pages(path):
                writer.add([batch])
        writer.close()
        return Texts([self._spill])


class _Prints:
    """The fingerprints of a release, a row group at a time."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths

    def groups(self) -> list[Prints]:
        """A share for each task: a shard."""
        return [_Prints([path]) for path in self._paths]

    def __iter__(self) -> Iterator[pa.Table]:
        for path in self._paths:
            with read(path) as file:
                missing = {*fingerprints.SCHEMA.names, "cluster"} - set(file.schema_arrow.names)
                if missing:
                    raise IntegrityError(
                        f"{path}: fingerprints have the columns {', '.join(schema.FINGERPRINTS.schema.names)}; "
                        f"there is no {sorted(missing)[0]}. Another version of jingwen made it: build it again."
                    )
                for i in range(file.num_row_groups):
                    yield file.read_row_group(i)


def _pages(path: Path) -> Iterator[pa.RecordBatch]:
    """The pages of a shard of documents, a row group at a time; the documents of a page lie in one group's reach."""
    with read(path) as file:
        ids, texts = [], []
        for i in range(file.num_row_groups):
            rows = file.read_row_group(i, columns=["page_id", "text"])
            ids += rows["page_id"].to_pylist()
            texts += rows["text"].to_pylist()
            last = ids[-1] if i + 1 < file.num_row_groups else None
            done = len(ids) if last is None else ids.index(last)
            yield _joined(ids[:done], texts[:done])
            ids, texts = ids[done:], texts[done:]


def _joined(ids: list[str], texts: list[str]) -> pa.RecordBatch:
    """One row a page: its documents behind each other."""
    pages = [
        (page, "\n".join(t for _, t in rows)) for page, rows in groupby(zip(ids, texts, strict=True), lambda r: r[0])
    ]
    columns = [pa.array([p for p, _ in pages], pa.string()), pa.array([t for _, t in pages], pa.string())]
    return pa.record_batch(columns, schema=_TEXTS)
