"""HTML: its text, laid out in lines, and what its tags say of each of them."""

from pipeline.sources.html.extracted import extracted
from pipeline.sources.html.guard import Unrendered
from pipeline.sources.html.render import Rendered, render

__all__ = ["Rendered", "Unrendered", "extracted", "render"]
