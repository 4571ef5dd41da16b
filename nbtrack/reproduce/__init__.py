"""Running a run again elsewhere: code, data and environment brought back, the program run, and what came out judged."""
