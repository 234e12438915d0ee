# demo · install · check · test · docs · toolchains. Everything goes into .venv; a second call does
# only what is not done yet. Another Python than the first one found:
# make test PYTHON=/path/to/python3.12

PYTHON ?= $(shell for one in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$one -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$one && break; done)
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
SAMPLE := out/kashmiri_speech-sample

.PHONY: help demo install test check docs toolchains
help:
	@echo "make demo      run the Kashmiri recipe on its bundled sample; needs no data and no torch"
	@echo "make install   what check, test and docs need, into .venv"
	@echo "make check     ruff, mypy, codespell"
	@echo "make test      all tests; CURATE_TEST_DATA names the folder with the real data"
	@echo "make docs      write docs/steps.md and docs/cli.md again from the code"
	@echo "make toolchains   compilers of ten languages for recipes/sltrans.yaml, on Debian 12 (3.2 GB)"

demo: .venv/.plain
	@$(BIN)/curate run recipes/kashmiri_speech.yaml --sample --out $(SAMPLE)
	@echo "the dataset folder is $(CURDIR)/$(SAMPLE); begin with its README.md"

install: .venv/.test .venv/.check .venv/.browser .venv/.compilers

test: .venv/.test .venv/.browser .venv/.compilers
	@OMP_NUM_THREADS=1 CURATE_COMPILERS="$$(cat .venv/.compilers)" \
		$(BIN)/python -m pytest -n logical --dist worksteal

toolchains: .venv/.plain
	@./toolchains.sh
	@$(INSTALL) -e '.[llvm]' cython
	@$(BIN)/curate doctor --recipe sltrans

check: .venv/.check
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/codespell

docs: .venv/.plain
	@$(BIN)/python docs/generate.py

.venv/.python:
	@test -n "$(PYTHON)" && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "curate needs Python 3.11 or newer; install it, or name it: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { \
		echo "$(PYTHON) cannot make a virtual environment; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@touch $@

.venv/.plain: .venv/.python pyproject.toml
	@echo "installing curate into .venv"
	@$(INSTALL) -e .
	@touch $@

# torch goes first: at this pin nothing that comes later may choose another build of it.
# pesq, which the tests compare with, has no wheels and is compiled.
.venv/.test: .venv/.python pyproject.toml
	@command -v "$${CC:-cc}" >/dev/null || command -v gcc >/dev/null || { \
		echo "the tests need a C compiler (for pesq); on Debian: apt-get install build-essential" >&2; exit 1; }
	@test -f "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" || { \
		echo "the tests need the C headers of Python (for pesq); on Debian: apt-get install python3-dev" >&2; exit 1; }
	@echo "installing curate and what its tests need into .venv"
	@$(INSTALL) "$$(grep -om1 'torch==[0-9.]*' pyproject.toml)"
	@$(INSTALL) -e '.[test]'
	@touch $@

# The report is tested in a real browser: Debian's, 350 MB and 15 s to install.
.venv/.browser: .venv/.python
	@{ command -v chromium || command -v chromium-browser || command -v google-chrome || command -v google-chrome-stable; } >/dev/null || { \
		echo "installing Chromium, in which the report is tested"; \
		root=$$([ "$$(id -u)" = 0 ] || echo sudo); \
		$$root apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive $$root apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	} || { echo "the tests need Chromium or Chrome; install it so that 'chromium' is found" >&2; exit 1; }
	@touch $@

# Compilers of seven languages are tested with: six from Debian 12, 1.0 GB and about a minute, and
# Cython. Elsewhere, or without root, the tests take those that are there. The file names the
# languages that must not be missing.
.venv/.compilers: .venv/.test toolchains.sh
	@$(INSTALL) cython
	@./toolchains.sh --minimal && echo c cpp objc d nim crystal python >$@ || \
		{ [ $$? = 3 ] && echo c cpp >$@; }

.venv/.check: .venv/.python pyproject.toml
	@echo "installing the checkers into .venv"
	@$(INSTALL) -e '.[check]'
	@touch $@
