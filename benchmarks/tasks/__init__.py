"""What is measured of ours beside the commands of `jingwen`, and what looks at the result; each runs as a program."""
