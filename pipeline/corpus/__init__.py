"""What a step must know of the whole corpus: summaries made of parts, merged in any order, finished once."""
