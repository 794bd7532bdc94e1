"""Engine: the passes of a build over parts, on a pool of processes; finished work is kept under digests."""
