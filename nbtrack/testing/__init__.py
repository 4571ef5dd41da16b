"""For those who test with nbtrack, or test a part of their own: contracts to keep, as importable tests."""
