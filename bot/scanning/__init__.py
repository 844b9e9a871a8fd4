"""What `sealcheck scan` reads and writes: working trees, commits, fixes, baselines."""
