# The same without make: `python3 -m tasks train`, `python3 -m tasks test`. Everything is in tasks.py.
PYTHON ?= python3
TASKS = train test bench lint format nightly lowest clean

.PHONY: help $(TASKS)
help:
	@$(PYTHON) tasks.py

# ARGS go to the command behind the task: make train ARGS="--epochs 5"
$(TASKS):
	@$(PYTHON) tasks.py $@ $(ARGS)
