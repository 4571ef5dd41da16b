"""The files of runs, wherever they lie: loose or in packs, with who is still writing and what was changed later."""
