"""What a build would do and why, told beforehand: nothing is written and no page is read but to hash it.

Later passes hang on the results of earlier ones. Where an earlier one has work to do, a later one tells which parts it
does in any case and which perhaps: those that the corpus says something new of.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.config import Config
from pipeline.engine import code, local
from pipeline.engine.earlier import pinned
from pipeline.engine.forks import all_cores
from pipeline.engine.keys import Keys, part_names
from pipeline.engine.places import store_at
from pipeline.engine.plan import told
from pipeline.engine.store import Store
from pipeline.engine.toolkit import Recipe, Toolkit, published
from pipeline.engine.uses import Uses
from pipeline.errors import InputError
from pipeline.publish.documents import Stamp
from pipeline.publish.release import check_place

# Named one by one; more are counted.
_NAMED = 5


class Pass(NamedTuple):
    """One pass: how many parts it has, how many would be done anew, how many more perhaps, and why."""

    name: str
    parts: int
    redone: int
    perhaps: int
    reasons: list[str]


class Forecast(NamedTuple):
    """What a build would do, pass by pass, and the release that the store was last used for."""

    passes: list[Pass]
    since: Path | None

    @property
    def idle(self) -> bool:
        """Whether nothing would be done anew."""
        return not any(p.redone or p.perhaps for p in self.passes)


def forecast(config: Config, toolkit: Callable[[], Toolkit] = published) -> Forecast:
    """What `build` would do with this configuration, now."""
    with told(config), store_at(config.build.store) as store:
        return _Forecast(config, toolkit, store).run()


class _Forecast:
    def __init__(self, config: Config, toolkit: Callable[[], Toolkit], store: Store) -> None:
        config = pinned(config)
        self._config = config
        self._recipe = Recipe(toolkit, config.stages, config.rules)
        self._store = store
        self._keys = Keys(self._recipe, config, Stamp(config.digest(), code.code_version(toolkit().stages)))
        self._home = Path(config.build.out) / config.corpus.name
        own = [uses for uses in Uses.every(self._store) if uses.release.parent == Path(os.path.abspath(self._home))]
        self._last = own[-1] if own else None

    def run(self) -> Forecast:
        check_place(self._config)
        tools, config = self._recipe.toolkit(), self._config
        parts = list(tools.parts(config.source, config.build.part_bytes))
        if not parts:
            raise InputError(f"{config.source.path}: there are no pages to read.")
        workers = config.build.workers or all_cores()
        digests = local.read_through(tools.digest, parts, workers, lambda _: None)
        keys = self._keys.clean(self._store, parts, digests)
        clean = self._pass("clean", keys, list(self._input(part_names(parts), digests)))
        passes = [clean]
        redone = [self._store.result(key) is None for key in keys]
        for number, step in (("shape", "templates"), ("publish", "keepers")):
            key = getattr(self._keys, step)(keys)
            found = None if any(redone) or not all(keys) else self._store.result(key)
            passes.append(
                Pass(step, 1, int(found is None), 0, list(self._why(step, ["the parts that it sums up are done anew"])))
            )
            if found is None:
                passes.append(self._after(number, len(parts), redone))
                keys = [""] * len(parts)
                redone = [True] * len(parts) if passes[-1].redone == len(parts) else redone
            else:
                cleaned, keys = keys, getattr(self._keys, number)(keys, found["parts"])
                one = self._pass(number, keys, ["what the corpus says of them"])
                stand = self._standing(key, cleaned) if number == "shape" and one.redone else []
                passes.append(one._replace(reasons=[*one.reasons, *stand]))
                redone = [self._store.result(key) is None for key in keys]
        passes.append(self._assembled(any(p.redone or p.perhaps for p in passes)))
        return Forecast([p if p.redone or p.perhaps else p._replace(reasons=[]) for p in passes],
                        self._last.release if self._last else None)  # fmt: skip

    def _standing(self, lines: str, cleaned: Sequence[str]) -> list[str]:
        """From which stage on the second pass is done anew, where what earlier ones did stands."""
        count = [found.stages for found in self._keys.standing(Uses.every(self._store, lines), lines, cleaned).values()]
        stages = self._recipe.stages(1)
        if not count:
            return []
        which = f" before {stages[min(count)].name}" if min(count) < len(stages) else ""
        return [f"what its stages{which} did stands"]

    def _assembled(self, anew: bool) -> Pass:
        """The release itself: written where it would say something new, perhaps where other rows may come out."""
        sure = self._last is None or bool(list(self._differing("assemble")))
        return Pass(
            "assemble", 1, int(sure), int(anew and not sure), list(self._why("assemble", ["rows may be others"]))
        )

    def _pass(self, name: str, keys: Sequence[str], otherwise: list[str]) -> Pass:
        redone = sum(self._store.result(key) is None for key in keys)
        return Pass(name, len(keys), redone, 0, list(self._why(name, otherwise)))

    def _after(self, name: str, parts: int, redone: Sequence[bool]) -> Pass:
        """A pass whose input is not there yet."""
        getattr(self._keys, name)([], [])
        changed = bool(list(self._differing(name)))
        sure = parts if changed or self._last is None else sum(redone)
        reasons = list(self._why(name, ["their pages are cleaned anew, or the corpus says something new of them"]))
        return Pass(name, parts, sure, parts - sure, reasons)

    def _why(self, name: str, otherwise: list[str]) -> Iterator[str]:
        if self._last is None:
            yield "no release here was built with this store"
            return
        found = list(self._differing(name))
        yield from found or otherwise

    def _differing(self, name: str) -> Iterator[str]:
        old, new = (self._last.how.get(name, {}) if self._last else {}), self._keys.how.get(name, {})
        for what in dict.fromkeys([*old, *new]):
            if _plain(old.get(what)) != _plain(new.get(what)):
                yield from _said(what, _plain(old.get(what)), _plain(new.get(what)))

    def _input(self, names: Sequence[str], digests: Sequence[str]) -> Iterator[str]:
        known = {digest for _, digest in self._last.parts} if self._last else set()
        new = [name for name, digest in zip(names, digests, strict=True) if digest not in known]
        yield from (f"input is new or changed: {name}" for name in new[:_NAMED])
        if len(new) > _NAMED:
            yield f"and {len(new) - _NAMED:,} more parts of the input"
        if not new:
            yield "finished work was thrown away or damaged"


def _plain(value: Any) -> Any:
    """As it comes back from JSON."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list | tuple) else value


def _said(what: str, old: Any, new: Any) -> Iterator[str]:
    """A difference in words."""
    if isinstance(old, str) and isinstance(new, str) and what in ("name", "licence", "description"):
        yield f"{what}: {old} → {new}"
    elif old is None or new is None:
        yield f"{what}: {'new' if old is None else 'no longer there'}"
    elif what.startswith("stage "):
        yield from _stage(what, old, new)
    elif what == "libraries":
        for name in sorted(old.keys() | new.keys()):
            if old.get(name) != new.get(name):
                yield f"{name} {old.get(name, 'none')} → {new.get(name, 'none')}"
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _options(what, old, new)
    elif what == "core":
        yield "the code that all stages share has changed"
    elif what == "code version":
        yield f"the rows name the version of the code: {old} → {new}"
    elif what == "configuration":
        yield "the rows name the configuration, which has changed"
    else:
        yield f"{what} changed"


def _stage(what: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    if old.get("code") != new.get("code"):
        yield f"{what}: its code has changed"
    yield from _options(what, old.get("options") or {}, new.get("options") or {})
    before, after = old.get("rules") or [], new.get("rules") or []
    for verb, rules in (("no longer run", set(before) - set(after)), ("run now", set(after) - set(before))):
        if rules:
            yield f"{what}: {', '.join(sorted(rules))} {verb}"


def _options(what: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield f"{what}: {name} {old.get(name)} → {new.get(name)}"
