"""Leaving the machine: bundles of runs, stores that exchange what they have, pages put where others see them."""
