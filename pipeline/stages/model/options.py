"""Options of the stage model."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """When a line is so unlikely to be text that it goes."""

    # A line goes where the model gives it a smaller probability of being text. On sites held back, 0.3 instead gained
    # articles 0.009 of F1 and lost threads 0.007 and small pages of code and tables 0.010.
    least_share: float = 0.2
    # Lines with signs of furniture (menus, controls, other stories, footers) that a page needs before the model may
    # judge it: a page that has none is text already.
    least_furniture: int = 3
    # Han characters in lines that may well be text, as many as a sentence has, before the others may be judged: in
    # verse, tables and lists of names hardly a line is, and what goes would be the page.
    least_text: int = 25
