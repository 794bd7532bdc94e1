"""Options of the stage quality."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QualityOptions:
    """Least and most that a page may show and still be text. The defaults keep every real page that has a sentence."""

    # A regulated verse of four lines has 20 characters; less than that is no text.
    min_han: int = 20
    # Share of Han among letters: manuals with much code go down to 0.15; below 0.1 a page is in another language.
    min_han_share: float = 0.1
    # Share of kana among letters: Japanese prose has half, a Chinese page about Japan a few in a hundred.
    max_kana_share: float = 0.2
    # Share of a page's characters in repetitions, the first of each line not counted: refrains reach 0.4, generated
    # spam 0.9.
    max_repeated_share: float = 0.7
