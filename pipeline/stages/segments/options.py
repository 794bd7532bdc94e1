"""Options of the segments."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SegmentOptions:
    """How text is cut into sentences and packed into passages."""

    # A semicolon parts clauses of one sentence in all four treebanks that we measured; laws and lists may want the cut.
    split_semicolons: bool = False
    # Whole sentences up to so many characters are a passage; 0 makes none. What a model reads at once sets it.
    passage_chars: int = 0
    # The same in tokens of the tokenizer; with both, a passage keeps to both.
    passage_tokens: int = 0
    # A tokenizer.json, a SentencePiece .model, or a folder with one: its tokens are counted for documents and passages.
    tokenizer: str = field(default="", metadata={"file": True})

    def __post_init__(self) -> None:
        if self.passage_tokens and not self.tokenizer:
            raise ValueError(
                f"passage_tokens is {self.passage_tokens}, and no tokenizer is named that could count them."
            )
