"""Options of the stage quality."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QualityOptions:
    """Least and most that a page may show and still be text. The defaults keep every real page that has a sentence."""

    # A regulated verse of four lines has 20 characters; less than that is no text.
    min_han: int = 20
    # Share of Han among letters: a manual full of code still explains itself in Chinese; with less than a tenth
    # a page is in another language.
    min_han_share: float = 0.1
    # Share of kana among letters: Japanese prose is mostly kana, a Chinese page about Japan quotes a word here and there.
    max_kana_share: float = 0.2
    # Share of a page's characters in repetitions, the first of each line not counted: a refrain is less than
    # half of its song, an advertisement pasted over and over nearly all of its page.
    max_repeated_share: float = 0.7
