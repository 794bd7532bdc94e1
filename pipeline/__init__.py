"""jingwen: raw Chinese pages to a published corpus, with an exact account of every change."""

__version__ = "0.1.0"
