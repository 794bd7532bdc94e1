"""Publishing: the tables of a release, written once, read back and verified."""
