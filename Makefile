# `make test` is all there is to know: it gets what the tests need, runs everything, and prints a summary.

ROOT := $(abspath .)
PY := $(ROOT)/.venv/bin/python
TIMEOUT ?= 120

.PHONY: test tools venv lint types layers unit bench clean soak lab-matrix lab-soak

test: tools venv
	@status=0; \
	for check in lint types layers unit; do \
	    echo "== $$check"; $(MAKE) --no-print-directory $$check || { status=1; failed="$$failed $$check"; }; \
	done; \
	if [ -n "$$failed" ]; then echo "== summary: failed:$$failed"; else echo "== summary: all checks passed"; fi; exit $$status

# The live tests trace small C programs and compare with strace.
tools:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	    missing=; command -v gcc >/dev/null || missing="gcc libc6-dev"; command -v strace >/dev/null || missing="$$missing strace"; \
	    if [ -n "$$missing" ]; then \
	        DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $$missing >/dev/null 2>&1 \
	        || { apt-get update -q >/dev/null 2>&1; DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $$missing >/dev/null 2>&1; } \
	        || echo "cannot install $$missing: the tests that need them will be skipped"; \
	    fi; \
	fi

venv: .venv/.dev-ready

.venv/.dev-ready: pyproject.toml
	@for python in /usr/bin/python3 python3 python3.14 python3.13 python3.12 python3.11 python3.10; do \
	    command -v $$python >/dev/null 2>&1 || continue; \
	    $$python -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || continue; \
	    [ -x .venv/bin/python ] || $$python -m venv .venv; break; \
	done
	@[ -x .venv/bin/python ] || { echo "no Python >= 3.10 with venv found" >&2; exit 1; }
	@.venv/bin/python -m pip install -q --disable-pip-version-check --root-user-action=ignore -e '.[dev]'
	@touch .venv/.ready .venv/.dev-ready

lint:
	@.venv/bin/ruff check src tests lab

types:
	@.venv/bin/mypy

layers:
	@PYTHONPATH=src .venv/bin/lint-imports --no-cache

unit:
	@PYTHONPATH=src $(PY) -m pytest --timeout=$(TIMEOUT)

# What is random is tried SOAK times (make soak SOAK=1000): dtrace killed and interrupted at any moment.
# FUZZ texts go through the front end and both back ends, EXPRESSIONS are computed by both back ends and by gcc (six and
# fifteen minutes). Then the long run in the lab, which make lab-soak runs alone.
SOAK ?= 100
FUZZ ?= 1000000
EXPRESSIONS ?= 100000
soak: tools venv
	@PYTHONPATH=src PYDTRACE_FUZZ=$(FUZZ) PYDTRACE_SEED=$$(date +%s) $(PY) -m pytest tests/unit/test_fuzz.py
	@PYTHONPATH=src PYDTRACE_EXPRESSIONS=$(EXPRESSIONS) $(PY) -m pytest tests/live/test_differential.py
	@PYTHONPATH=src PYDTRACE_SOAK=$(SOAK) PYDTRACE_STATES=100000 $(PY) -m pytest tests/live/test_killed.py tests/live/test_interrupts.py \
	    tests/live/test_slots_cpu.py tests/unit/test_opcode_map.py tests/live/test_invariants.py
	@$(MAKE) --no-print-directory lab-soak

bench: venv
	@bench/startup
	@bench/firing
	@bench/breakpoint
	@bench/lost_step

# Function probes on stock kernels, bare and under Xen, in emulated machines: lab/README.md.
lab-matrix: tools venv
	@lab/matrix

# Ten million firings under Xen by each mechanism, none lost.
lab-soak: tools venv
	@lab/matrix --xen --soak

clean:
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache src/*.egg-info
