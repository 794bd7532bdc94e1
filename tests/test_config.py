"""The configuration: what is taken, what is refused and in which words, and what its digest depends on."""

import pickle
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import config
from pipeline.config import Config, default, load
from pipeline.errors import UsageError
from pipeline.rule import Selection

REPO = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class MenuOptions:
    min_items: int = 3
    max_items: int = 50
    min_body: float = 60.0
    stops_ratio: float = 0.5
    signs: tuple[str, ...] = ("·", "|")
    strict: bool = False


@dataclass(frozen=True, slots=True)
class NothingOptions:
    pass


@pytest.fixture(autouse=True)
def _two_made_up_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "stage_types", lambda: {"menus": MenuOptions, "copies": NothingOptions})
    monkeypatch.setattr(config, "rule_codes", lambda: ["NAV101", "NAV102", "WRP201"])


@pytest.fixture
def loaded(tmp_path: Path) -> Callable[[str], Config]:
    def load_text(text: str, head: str = '[corpus]\nname = "a"\n[source]\npath = "p"\n') -> Config:
        path = tmp_path / "corpus.toml"
        path.write_text(head + text, encoding="utf-8")
        return load(path)

    return load_text


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(UsageError) as caught:
        call()
    return str(caught.value)


def test_a_short_file_gets_every_default(loaded: Callable[[str], Config]) -> None:
    made = loaded("")
    assert made.rules == Selection()
    assert made.stages == {"menus": MenuOptions(), "copies": NothingOptions()}
    assert (made.build.out, made.build.workers, made.build.part_bytes) == ("RELEASES", 0, 0)


def test_values_of_a_file_reach_their_fields_in_their_types(loaded: Callable[[str], Config]) -> None:
    made = loaded('[stages.menus]\nmin_body = 7\nsigns = ["-"]\nstrict = true\n[build]\nmax_set_aside = 1\n')
    menus = made.stages["menus"]
    assert menus == MenuOptions(min_body=7.0, signs=("-",), strict=True)
    assert type(menus.min_body) is float
    assert type(made.build.max_set_aside) is float


def test_keywords_take_precedence_and_none_leaves_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text('[corpus]\nname = "a"\n[source]\npath = "p"\n[stages.menus]\nmin_items = 5\nstrict = true\n')
    made = load(path, build={"workers": 3, "out": None}, stages={"menus": {"min_items": 6}}, source={"path": "q"})
    assert (made.build.workers, made.build.out, made.source.path) == (3, "RELEASES", "q")
    assert made.stages["menus"] == MenuOptions(min_items=6, strict=True)


def test_a_call_without_a_file_has_a_name_and_its_path() -> None:
    made = default("pages.jsonl", rules={"ignore": ["NAV"]})
    assert (made.corpus.name, made.source.path, made.rules.ignore) == ("pages", "pages.jsonl", ("NAV",))


def test_a_refused_keyword_names_the_call() -> None:
    assert refusal(lambda: default("p", build={"worker": 1})).startswith('the call: [build] has no key "worker".')


def test_an_unknown_key_is_told_with_file_table_known_keys_and_the_one_meant(
    loaded: Callable[[str], Config], tmp_path: Path
) -> None:
    said = refusal(lambda: loaded("[stages.menus]\nmin_item = 3\n"))
    assert said == (
        f'{tmp_path / "corpus.toml"}: [stages.menus] has no key "min_item".\n'
        "Known keys: min_items, max_items, min_body, stops_ratio, signs, strict. Did you mean min_items?"
    )


def test_a_key_in_the_wrong_table_is_told_where_it_belongs(loaded: Callable[[str], Config]) -> None:
    assert refusal(lambda: loaded("[rules]\nworkers = 3\n")).endswith("It belongs to [build].")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[stage]\nx = 1\n", ["there is no table [stage]", "Known tables: corpus, source", "Did you mean stages?"]),
        ("[stages.menu]\nmin_items = 1\n", ["no stage [stages.menu]", "Known stages: menus, copies", "mean menus?"]),
        ("[stages.copies]\nx = 1\n", ['[stages.copies] has no key "x"', "It takes no keys."]),
        ('[stages]\nmenus = "all"\n', ['stages.menus is "all", a string', "begins with a line [stages.menus]"]),
        ('[rules]\nselect = "ALL"\n', ['[rules] select is "ALL", a string; it takes a list of strings']),
        ("[rules]\nselect = [1]\n", ["select is [1], a list; it takes a list of strings"]),
        ('[rules]\nignore = ["NVA"]\n', ['ignore names "NVA"', "Known families: ALL, NAV, WRP", "mean NAV?"]),
        ('[rules]\nignore = [""]\n', ['ignore names ""']),
        ('[build]\nworkers = "four"\n', ['[build] workers is "four", a string; it takes a whole number.']),
        ("[build]\nworkers = true\n", ["workers is true, a truth value; it takes a whole number"]),
        ("[build]\nworkers = 1.0\n", ["workers is 1.0, a number; it takes a whole number"]),
        ("[build]\nworkers = -1\n", ["workers is -1; it takes 0 (all cores) or more"]),
        ("[build]\npart_mb = -1\n", ["part_mb is -1; it takes 0"]),
        ("[build]\npart_mb = true\n", ["part_mb is true, a truth value; it takes a number"]),
        ("[build]\npart_mb = inf\n", ["part_mb is inf; it takes a finite number"]),
        ("[build]\nmax_set_aside = 50\n", ["max_set_aside is 50; it is a share, from 0 to 1"]),
        ('[build]\nversion = "1.02"\n', ["version is '1.02'; it takes three numbers, as 1.0.0"]),
        ('[build]\nversion = "1.0.01"\n', ["version is '1.0.01'"]),
        ('[build]\nout = ""\n', ["out is empty"]),
        ("[stages.menus]\nmin_items = -3\n", ["[stages.menus] min_items is -3; it takes 0 or more"]),
        ("[stages.menus]\nmin_items = 51\n", ["min_items is 51, above max_items, which is 50"]),
        ("[stages.menus]\nstops_ratio = 1.5\n", ["stops_ratio is 1.5; it is a share"]),
        ("[stages.menus]\nstrict = 1\n", ["strict is 1, a whole number; it takes true or false"]),
    ],
)  # fmt: skip
def test_a_wrong_table_key_or_value_is_refused_in_words_that_help(
    loaded: Callable[[str], Config], text: str, words: list[str]
) -> None:
    said = refusal(lambda: loaded(text))
    for word in words:
        assert word in said


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ('[source]\npath = "p"\n', '[corpus] lacks the key "name"'),
        ('[corpus]\nname = "a"\n', '[source] lacks the key "path"'),
        ('corpus = "a"\n', 'corpus is "a", a string; it is a table and begins with a line [corpus]'),
        ('name = "a"\n', 'there is no key "name" outside of a table'),
        ('[corpus]\nname = "a/b"\n[source]\npath = "p"\n', "[corpus] name is 'a/b'"),
        ('[corpus]\nname = ".."\n[source]\npath = "p"\n', "[corpus] name is '..'"),
        ('[corpus]\nname = "a"\n[source]\npath = ""\n', "[source] path is empty"),
        ('[corpus]\nname = "a"\n[source]\npath = "p"\nformat = "json"\n', "Did you mean jsonl?"),
    ],
)  # fmt: skip
def test_what_the_first_tables_must_hold_is_asked_for(tmp_path: Path, head: str, words: str) -> None:
    path = tmp_path / "c.toml"
    path.write_text(head)
    assert words in refusal(lambda: load(path))


def test_wrong_toml_is_told_by_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text('[corpus]\nname = sample\n[source]\npath = "p"\n')
    assert refusal(lambda: load(path)).startswith(f"{path}:2:8: not TOML: Invalid value")
    path.write_text('[corpus]\nname = "a"\nname = "b"\n', encoding="utf-8")
    assert refusal(lambda: load(path)) == f"{path}:3:11: a key stands there for the second time. Keep one of them."
    path.write_text("[corpus]\nname =")
    assert refusal(lambda: load(path)).startswith(f"{path}: not TOML: Invalid value (at end of document)")
    path.write_bytes('[corpus]\nname = "a"\n# 说明\n'.encode("gbk"))
    assert refusal(lambda: load(path)).startswith(f"{path}:3: not UTF-8")


def test_a_mark_that_windows_editors_write_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_bytes(b'\xef\xbb\xbf[corpus]\r\nname = "a"\r\n[source]\r\npath = "p"\r\n')
    assert load(path).corpus.name == "a"


def test_a_missing_file_is_told_with_the_one_that_is_near(tmp_path: Path) -> None:
    (tmp_path / "corpus.toml").write_text("")
    said = refusal(lambda: load(tmp_path / "copus.toml"))
    assert said.startswith(f"{tmp_path / 'copus.toml'}: no such configuration file")
    assert said.endswith("Did you mean corpus.toml?")
    assert "cannot be read: Is a directory" in refusal(lambda: load(tmp_path))


def test_options_that_refuse_themselves_are_told_in_their_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass(frozen=True)
    class Odd:
        steps: int = 1

        def __post_init__(self) -> None:
            if self.steps % 2 == 0:
                raise ValueError("steps must be odd.")

    monkeypatch.setattr(config, "stage_types", lambda: {"odd": Odd})
    assert refusal(lambda: default("p", stages={"odd": {"steps": 2}})) == "the call: [stages.odd] steps must be odd."


def test_the_digest_does_not_see_order_place_or_words(loaded: Callable[[str], Config]) -> None:
    one = loaded(
        '[rules]\nignore = ["NAV101", "WRP"]\n[stages.menus]\nmin_items = 4\nmin_body = 1\n[build]\nworkers = 1\n'
    )
    two = loaded('[stages.menus]\nmin_body = 1.0\nmin_items = 4\n[rules]\nignore = ["WRP", "NAV101", "WRP"]\n')
    assert one.digest() == two.digest()
    moved = replace(
        one, source=replace(one.source, path="q"), corpus=replace(one.corpus, name="b", description="other")
    )
    assert moved.digest() == one.digest()
    reordered = replace(one, stages=dict(reversed(one.stages.items())))
    assert reordered.digest() == one.digest()


def test_the_digest_sees_all_that_changes_rows(loaded: Callable[[str], Config]) -> None:
    texts = [
        "", "[stages.menus]\nmin_items = 4\n", '[stages.menus]\nsigns = ["|", "·"]\n', '[rules]\nignore = ["NAV"]\n',
        '[rules]\nselect = ["NAV"]\n',
    ]  # fmt: skip
    digests = {loaded(text).digest() for text in texts}
    base = loaded("")
    digests |= {replace(base, source=replace(base.source, **{key: "x"})).digest() for key in ("text", "id", "url")}
    assert len(digests) == len(texts) + 3
    assert all(len(d) == 64 for d in digests)


def test_a_configuration_goes_to_a_worker_and_comes_back() -> None:
    made = default("p")
    assert pickle.loads(pickle.dumps(made.build)) == made.build
    assert pickle.loads(pickle.dumps(made.source)) == made.source


JSONISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


KEYS = ["name", "path", "select", "workers", "part_mb", "menus", "version", "format"]


@given(
    st.sampled_from(["corpus", "source", "rules", "build", "stages"]),
    st.text(max_size=12) | st.sampled_from(KEYS),
    JSONISH,
)
def test_no_value_whatever_leads_to_another_error(table: str, key: str, value: object) -> None:
    said = "the call: "
    try:
        assert len(default("p", **{table: {key: value}}).digest()) == 64
    except UsageError as error:
        said = str(error)
    assert said.startswith("the call: ")


def test_the_configuration_of_the_sample_corpus_is_valid_and_holds_the_defaults_it_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()  # the real stages
    made = load(REPO / "configs" / "corpus.toml")
    assert (made.corpus.name, made.corpus.licence, made.source.path) == ("sample", "CC0-1.0", "pipeline/samples")
    assert made.build == config.BuildConfig()
    assert (REPO / made.source.path).is_dir()
    assert "segments" in made.stages
