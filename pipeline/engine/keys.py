"""Keys of finished work: digests of all that its results depend on, and in words what that is."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipeline.config import Config, described
from pipeline.engine import code
from pipeline.engine.resume import Standing, kept
from pipeline.engine.store import Store, canonical, digest_of
from pipeline.engine.toolkit import Recipe
from pipeline.engine.uses import Uses
from pipeline.publish.documents import Stamp
from pipeline.sources.files import safe_name

# The code of the steps of the corpus, besides their summaries.
_STEPS = tuple(f"engine/{name}.py" for name in ("corpus", "earlier", "strings", "sums", "templates", "texts"))


class Keys:
    """The keys of one build; `how` says for each pass what besides its input they were made of, by name."""

    def __init__(self, recipe: Recipe, config: Config, stamp: Stamp) -> None:
        self._recipe, self._stamp = recipe, stamp
        own = {**described(config.corpus), "max_set_aside": config.build.max_set_aside}
        self.how: dict[str, dict[str, Any]] = {"assemble": {name: value or "none" for name, value in own.items()}}

    def clean(self, store: Store, parts: Sequence[Any], digests: Sequence[str]) -> list[str]:
        """Of the first pass, by the digests of the parts.

        Digests do not see at which line of its file a part begins. Where that shows in the pages (an id made of file
        and line), the work is another; the result of the work that is there says whether it does.
        """
        how = self._how("clean", 0, "sources", "corpus")
        keys = []
        for part, digest in zip(parts, digests, strict=True):
            key = _key("clean", how, digest)
            found = store.result(key)
            if found is not None and found.get("lines") not in (None, lines_of(part)):
                key = _key("clean", how, [digest, lines_of(part)])
            keys.append(key)
        return keys

    def templates(self, cleaned: Sequence[str]) -> str:
        """Of the summary of lines."""
        return self._corpus("templates", self._recipe.TEMPLATES, cleaned)

    def evaluation(self) -> str | None:
        """Of the evaluation sets, where there are any: their contents stand among the options of their stage."""
        if not self._recipe.evaluation:
            return None
        options = described(self._recipe.options[self._recipe.EVALUATION])
        return _key("evaluation", {"options": options, "core": code.digest("corpus", "sources")}, None)

    def shape(self, cleaned: Sequence[str], told: Sequence[str]) -> list[str]:
        """Of the second pass, by what the summary of lines tells of each part."""
        how = self._how("shape", 1, "corpus")
        if self._recipe.duplicates:
            how["dates of fingerprints"] = self._recipe.chosen(self._recipe.DUPLICATES).dates
        return [_key("shape", how, up) for up in zip(cleaned, told, strict=True)]

    def standing(self, every: Sequence[Uses], lines: str, cleaned: Sequence[str]) -> dict[str, Standing]:
        """By the key of the first pass, work of the second that was done in the same way as far as some stage.

        Of what earlier releases needed: of the same pages, and with the same to be known of the corpus.
        """
        stages = self._recipe.stages(1)
        new = json.loads(canonical(self.how["shape"]))
        wanted = set(cleaned)
        found: dict[str, Standing] = {}
        for uses in every:
            count = kept(stages, uses.how.get("shape", {}), new) if lines in uses.keys else 0
            if count:
                for clean, shape in zip(uses.of_pass("clean"), uses.of_pass("shape"), strict=True):
                    if clean in wanted and (clean not in found or count >= found[clean].stages):
                        found[clean] = Standing(shape, count)
        return found

    def keepers(self, shaped: Sequence[str]) -> str:
        """Of the step that finds copies."""
        return self._corpus("keepers", self._recipe.DUPLICATES, shaped)

    def publish(self, shaped: Sequence[str], copies: Sequence[str]) -> list[str]:
        """Of the last pass, by the copies among the pages of each part."""
        how = self._how("publish", 2, *code.PUBLISH, "stages/segments", "corpus")
        how |= {
            "segments": described(self._recipe.options.get("segments")),
            "configuration": self._stamp.config_digest, "code version": self._stamp.code_version,
            "libraries": code.libraries(self._recipe.counts_tokens),
        }  # fmt: skip
        return [_key("publish", how, up) for up in zip(shaped, copies, strict=True)]

    def _how(self, name: str, number: int, *folders: str) -> dict[str, Any]:
        recipe = self._recipe
        stages = recipe.stages(number)
        how: dict[str, Any] = {
            "core": code.digest(*code.CORE, *folders), "libraries": code.libraries(),
            "layers": recipe.numbers(number),
            "steps of the corpus": [recipe.templates, recipe.duplicates, recipe.grams],
        }  # fmt: skip
        for stage, (_, options, rules) in zip(stages, recipe.described(number), strict=True):
            how[f"stage {stage.name}"] = {
                "options": options, "rules": rules, "code": code.stages_digest([stage]),
            }  # fmt: skip
        self.how[name] = how
        return how

    def _corpus(self, name: str, stage: str, upstream: Sequence[str]) -> str:
        own = [s for s in self._recipe.toolkit().stages if s.name == stage]
        how = {
            "core": code.digest("corpus", *_STEPS),
            "libraries": code.libraries(),
            "steps of the corpus": [self._recipe.templates, self._recipe.duplicates, self._recipe.grams],
            f"stage {stage}": {
                "options": described(self._recipe.options.get(stage)), "rules": self._recipe.codes(stage),
                "code": code.stages_digest(own),
            },
        }  # fmt: skip
        self.how[name] = how
        return _key(name, how, upstream)


def _key(name: str, how: Mapping[str, Any], upstream: object) -> str:
    return f"{name}-{digest_of(name, how, upstream)[:32]}"


def lines_of(part: Any) -> list[int]:
    """The line at which each slice of a part begins in its file."""
    return [piece.line for piece in part.files]


def part_names(parts: Iterable[Any]) -> list[str]:
    """Parts by their first and last file: relative to the root of the input, so that no path of a machine is told."""
    return [_name(part) for part in parts]


def _name(part: Any) -> str:
    names = [piece.name for piece in part.files]
    first = safe_name(names[0])
    if len(names) == 1:
        return f"{first} [{part.files[0].start}:{part.files[0].end}]"
    return f"{first} to {safe_name(names[-1])} ({len(names)} files)"
