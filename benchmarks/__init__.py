"""What `make bench` measures: figures beside what they are compared with, in one run. No test, no time limits."""
