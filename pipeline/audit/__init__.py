"""Audit: what was done to pages, shown to people: diffs, manual pages, accounts."""
