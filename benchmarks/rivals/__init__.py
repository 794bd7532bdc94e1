"""Rivals, each as its users would set it up, in an environment of its own (the .txt of the same folder pins it).

A program reads PAGES.jsonl, writes what its tool makes of it, and tells seconds without start-up (`benchmarks.told`).
It may import nothing of ours but that and `rows`.
"""
