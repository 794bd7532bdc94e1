"""Passages packed to a budget, and tokens counted by a tokenizer of one's own."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import described, load
from pipeline.engine.plan import Account, build
from pipeline.errors import InputError, UsageError
from pipeline.publish import manifest
from pipeline.publish.passages import Budget, packed
from pipeline.publish.tokens import counter, tokenizer_digest
from pipeline.publish.verify import verify
from tests.test_build import config, make_pages, toolkit


def characters(path: Path) -> Path:
    """A tokenizer of the package tokenizers: a token a character."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers

    made = Tokenizer(models.WordLevel({"<unk>": 0}, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    made.enable_truncation(5)  # a tokenizer saved by a trainer often cuts; counts must not
    made.save(str(path))
    return path


@given(st.lists(st.integers(1, 30), max_size=12), st.integers(1, 40), st.sampled_from([0, 25]))
def test_passages_hold_whole_sentences_in_order_and_keep_to_the_budget(
    sizes: list[int], chars: int, tokens: int
) -> None:
    text = "\n".join("字" * size for size in sizes)
    end = np.cumsum(np.array(sizes, dtype=np.int64) + 1) - 1 if sizes else np.zeros(0, dtype=np.int64)
    start = end - np.array(sizes, dtype=np.int64)
    made = list(packed(text, start, end, Budget(chars, tokens), len))
    spans = list(zip(start.tolist(), end.tolist(), strict=True))
    held = [[s for s in spans if p.start <= s[0] and s[1] <= p.end] for p in made]
    assert [s for group in held for s in group] == spans, "every sentence in one passage, in order"
    for i, (passage, group) in enumerate(zip(made, held, strict=True)):
        assert (passage.start, passage.end) == (group[0][0], group[-1][1])
        assert passage.tokens == passage.end - passage.start
        limit = min(chars, tokens or chars)
        assert len(group) == 1 or passage.end - passage.start <= limit
        if i + 1 < len(made):
            assert held[i + 1][0][1] - passage.start > limit, "the next sentence had room"


def test_a_passage_counts_the_tokens_between_its_sentences() -> None:
    text, start, end = "甲。\n乙。", np.array([0, 3]), np.array([2, 5])
    assert [p.tokens for p in packed(text, start, end, Budget(tokens=4), len)] == [2, 2]
    assert [p.tokens for p in packed(text, start, end, Budget(tokens=5), len)] == [5]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Account:
    home = tmp_path_factory.mktemp("passages")
    settings = config(home, make_pages(home / "pages.jsonl", 30))
    options = replace(
        settings.stages["segments"], passage_tokens=60, tokenizer=str(characters(home / "tokenizer.json"))
    )
    return build(replace(settings, stages={"segments": options}), toolkit=toolkit)


def test_a_release_has_token_counts_and_passages_of_one_document_each(made: Account) -> None:
    documents = {row["doc_id"]: row for row in pq.read_table(made.path / "documents").to_pylist()}
    passages = pq.read_table(made.path / "passages").to_pylist()
    assert all(row["n_tokens"] == row["n_chars"] for row in documents.values())
    assert {row["doc_id"] for row in passages} == {d for d, row in documents.items() if row["n_sentences"]}
    for row in passages:
        assert row["kind"] == "passage"
        assert row["text"] == documents[row["doc_id"]]["text"][row["start"] : row["end"]]
        assert row["n_tokens"] == row["n_chars"] == len(row["text"])
    sentences = [r for r in pq.read_table(made.path / "segments").to_pylist() if r["kind"] == "sentence"]
    cut = {(r["doc_id"], r["start"]) for r in passages}
    assert cut <= {(r["doc_id"], r["start"]) for r in sentences}
    assert sum(r["n_tokens"] > 60 for r in passages) == sum(
        len(r["text"]) > 60 and (r["doc_id"], r["start"]) in cut for r in sentences
    )
    assert list(verify(made.path, all=True)) == []


def test_the_manifest_names_the_tokenizer_by_its_content(made: Account) -> None:
    told = json.dumps(manifest.load(made.path))
    assert str(made.path.parent) not in told
    (name, _), *_ = manifest.load(made.path)["configuration"]["stages"]["segments"]["tokenizer"]
    assert name == "tokenizer.json"
    assert manifest.load(made.path)["lock"]["tokenizers"]


def test_another_tokenizer_in_the_same_place_counts_anew(tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models

    settings = config(tmp_path, make_pages(tmp_path / "pages.jsonl", 12))
    path = characters(tmp_path / "tokenizer.json")
    options = replace(settings.stages["segments"], tokenizer=str(path))
    one = build(replace(settings, stages={"segments": options}), toolkit=toolkit)
    Tokenizer(models.WordLevel({"<unk>": 0}, unk_token="<unk>")).save(str(path))
    two = build(replace(settings, stages={"segments": options}), toolkit=toolkit)
    assert one.version != two.version
    assert set(pq.read_table(two.path / "documents")["n_tokens"].to_pylist()) == {1}


def test_a_folder_is_its_tokenizer_whatever_else_lies_in_it(tmp_path: Path) -> None:
    characters(tmp_path / "tokenizer.json")
    options = replace(config(tmp_path, tmp_path).stages["segments"], tokenizer=str(tmp_path))
    before = described(options)
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    assert described(options) == before
    assert counter(str(tmp_path))("三个字") == 3
    (tmp_path / "tokenizer.json").write_text("{}")
    assert described(options) != before


def test_a_sentencepiece_model_counts(tmp_path: Path) -> None:
    import sentencepiece

    text = [f"渡船靠岸的时候，天还没有亮{i}。" for i in range(50)]
    with (tmp_path / "m.model").open("wb") as file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(text), model_writer=file, vocab_size=40, hard_vocab_limit=False, minloglevel=2
        )
    count = counter(str(tmp_path / "m.model"), tokenizer_digest(str(tmp_path / "m.model")))
    assert 5 < count(text[0]) <= len(text[0]) + 1
    assert count(text[0] + text[1]) > count(text[0])


def test_a_file_that_is_no_tokenizer_is_said_in_one_line(tmp_path: Path) -> None:
    bad = tmp_path / "tokenizer.json"
    bad.write_text('{"model": 3}')
    with pytest.raises(InputError, match="no tokenizer that the package tokenizers reads"):
        counter(str(bad))
    with pytest.raises(InputError, match="there is no tokenizer"):
        counter(str(tmp_path / "none"))
    (tmp_path / "x.model").write_bytes(b"no model")
    with pytest.raises(InputError, match="no model that the package sentencepiece reads"):
        counter(str(tmp_path / "x.model"))


def test_a_package_that_is_not_there_is_said_with_its_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = characters(tmp_path / "tokenizer.json")
    monkeypatch.setitem(__import__("sys").modules, "tokenizers", None)
    with pytest.raises(UsageError, match=r"needs the package tokenizers: python -m pip install 'jingwen\[tokens\]'"):
        counter(str(path), "other")


def test_a_budget_of_tokens_needs_a_tokenizer(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text('[corpus]\nname = "x"\n[source]\npath = "p"\n[stages.segments]\npassage_tokens = 100\n')
    with pytest.raises(UsageError, match="no tokenizer is named"):
        load(file)
    file.write_text('[corpus]\nname = "x"\n[source]\npath = "p"\n[stages.segments]\ntokenizer = "gone.json"\n')
    with pytest.raises(InputError, match=r"gone\.json"):
        load(file).digest()
