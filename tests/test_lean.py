"""Processes stay small: what many tasks of one kind freed goes back to the system before those of another begin."""

import ctypes

import pytest

from pipeline import lean


@pytest.mark.parametrize(("tasks", "given_back"), [(40, 1), (2, 0)])
def test_memory_is_given_back_after_many_tasks_of_a_kind_and_before_another(
    tasks: int, given_back: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    monkeypatch.setattr(lean, "_turn", ("", 0))
    monkeypatch.setattr(lean, "_give_back", lambda: calls.append("given back"))
    for _ in range(tasks):
        lean.turn_to("clean")
    assert not calls
    for kind in ("templates", "shape", "keepers"):  # one of each frees too little
        lean.turn_to(kind)
    assert len(calls) == given_back
    lean.turn_to("publish", tasks)
    lean.turn_to("assemble")
    assert len(calls) == 2 * given_back


def test_memory_is_kept_where_the_system_cannot_take_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    lean._give_back()
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    lean._give_back()
