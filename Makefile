# Each target is a thin call of a script or a CMake preset; CI does nothing else.
.DEFAULT_GOAL := help
.PHONY: help demo test python bench bench-quick lint asan tsan mutants fuzz proof soak package format install-tools clean

help:  ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo:  ## The main job on real input: store Debian's package index, kill it half-way, recover, verify
	@bash scripts/demo.sh

test:  ## Build the dev preset and run every test
	@bash scripts/run_tests.sh dev

bench:  ## Build the bench preset and measure
	@bash scripts/bench.sh

bench-quick:  ## The same in two minutes, by short turns and without what takes long
	@bash scripts/bench.sh --quick

lint:  ## clang-format, clang-tidy and bash -n
	@bash scripts/lint.sh

asan:  ## All tests under the address and undefined-behaviour sanitizers
	@bash scripts/run_tests.sh asan

tsan:  ## All tests under the thread sanitizer
	@bash scripts/run_tests.sh tsan

mutants:  ## Turn each seeded bug on: some test must go red
	@bash scripts/mutants.sh

proof:  ## All of these tests, with many more random cases: what a release wants, about an hour on 2 cores
	@bash scripts/proof.sh proof $(FACTOR)

soak:  ## Random cases for hours; FACTOR=0.1 does a tenth of them
	@bash scripts/proof.sh soak $(FACTOR)

fuzz:  ## Fuzz each parser for SECONDS (60), under the sanitizers
	@bash scripts/fuzz.sh $(SECONDS)

python:  ## Build the Python package into .venv, with what its tests need
	@bash scripts/python.sh

package:  ## Build the Debian package and leave it in build/
	@bash scripts/package.sh

format:  ## Format every source in place
	@bash scripts/format.sh

install-tools:  ## Install what test, lint and bench need (Debian packages, DuckDB)
	@bash scripts/install_tools.sh test lint bench
	@bash scripts/fetch_duckdb.sh

clean:  ## Remove everything that was built; third_party stays
	@rm -rf build
