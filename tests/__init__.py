"""Tests: properties of the core, a fixture for every rule, goldens, the command line."""
