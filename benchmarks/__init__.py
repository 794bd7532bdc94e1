"""Benchmarks: what is measured, on what, and dated records of what came out."""
