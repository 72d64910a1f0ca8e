# The two commands are `make demo` and `make test`; the rest is for those who work on the code.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test
