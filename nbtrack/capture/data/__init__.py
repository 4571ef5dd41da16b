"""What a run read and wrote: files with their hashes, DVC's pointers, and fingerprints of variables."""
