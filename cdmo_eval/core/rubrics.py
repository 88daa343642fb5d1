"""The words of rubric levels, given by the app that owns the criteria to the pages that ask for levels."""

from collections.abc import Callable, Sequence

RubricReader = Callable[[str], Sequence[str]]
"""From a criterion's code to the text of each level, lowest first; empty when it has none."""

_readers: list[RubricReader] = []


def register_rubrics(reader: RubricReader) -> None:
    """For AppConfig.ready. Registering the same reader again changes nothing."""
    if reader not in _readers:
        _readers.append(reader)


def level_texts(code: str) -> tuple[str, ...]:
    """What each level of a criterion means, lowest first; empty when nobody has said so."""
    for reader in _readers:
        if found := tuple(reader(code)):
            return found
    return ()
