"""Whether a store is whole, and putting right what is not without losing anything."""
