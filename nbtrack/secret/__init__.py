"""What a secret looks like, and text without it: for what is recorded, and again for what leaves as a file."""
