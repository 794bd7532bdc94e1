"""Inputs: pages made by generator and seed, with what is true of them; the same arguments give the same bytes."""
