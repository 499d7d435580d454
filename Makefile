# Everything a learner or a contributor does, one word each. The work of making
# .venv is in tools/env.sh; a Python other than python3: PYTHON=python3.12 make lab
.DEFAULT_GOAL := help
.PHONY: help lab test env demo book notebooks exercises colab licences

PYTHON ?=
ARGS   ?=
PY     := .venv/bin/python
export PYTHON

# As root, which is usual in a container, JupyterLab wants to be told that it is
# meant. Without a screen it prints its address instead of opening a browser.
LAB_FLAGS := $(shell [ "$$(id -u)" != 0 ] || echo --allow-root) \
             $(shell [ "$$(uname)" != Linux ] || [ -n "$$DISPLAY$$WAYLAND_DISPLAY$$BROWSER" ] || echo --no-browser)

# What JupyterLab is told for the course, and nowhere else: tools/lab keeps what widgets show when a notebook is saved,
# draws them again where JupyterLab lost them as it opened one, leaves nbgrader's menus out, and has kernels say which
# cell comes first.
COURSE    := PYTHONSTARTUP="$(CURDIR)/tools/lab/startup.py"
LAB_FLAGS += --LabApp.app_settings_dir="$(CURDIR)/tools/lab"

# The folders that hold notebooks.
NOTEBOOKS := $(patsubst %/,%,$(sort $(dir $(wildcard notebooks/*.ipynb solutions/*.ipynb exercises/*.ipynb))))

# Where two cores are shared, with other programs or between two test workers,
# so small a network trains four times faster on one thread than on two.
ONE_THREAD := OMP_NUM_THREADS=$${OMP_NUM_THREADS:-1}

NBVAL := --nbval --nbval-current-env --nbval-cell-timeout=600 \
         --nbval-sanitize-with tests/nbval_sanitize.cfg -n 2 --dist loadscope

help: ## list these targets
	@echo 'make TARGET [ARGS="..."]      ARGS are handed on, for example make lab ARGS="--port 8899"'
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' Makefile

lab: ## open the course in JupyterLab (the first time: install it, about a minute)
	@sh tools/env.sh
	@$(ONE_THREAD) $(COURSE) $(PY) -m jupyterlab --LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb $(LAB_FLAGS) $(ARGS)

test: ## run all tests and compare every notebook's outputs
	@sh tools/env.sh test
	@$(ONE_THREAD) $(PY) -m pytest $(NBVAL) tests $(NOTEBOOKS) $(ARGS)

env: ## only prepare .venv
	@sh tools/env.sh

demo: ## train a model, then draw its samples and the GIF into demo/
	@sh tools/env.sh
	@$(ONE_THREAD) $(PY) -m toydiff train --checkpoint demo/checkpoint.pt
	@$(PY) -m toydiff visualize --checkpoint demo/checkpoint.pt --output-dir demo

book: ## make the site, the live board and the course as a book, into html/ (needs node; ARGS="--run 00_": run less)
	@sh tools/env.sh docs
	@$(ONE_THREAD) $(PY) -m tools.site.build html $(ARGS)

notebooks: ## execute the notebooks whose code changed (ARGS=--all: all of them)
	@sh tools/env.sh test
	@$(PY) tools/exercises.py
	@$(PY) tools/notebooks.py $(ARGS)

exercises: ## make exercises/ out of solutions/, and execute both
	@sh tools/env.sh test
	@$(PY) tools/exercises.py
	@$(PY) tools/notebooks.py solutions/*.ipynb exercises/*.ipynb

colab: ## run the notebooks as last committed on a stand-in for Colab (ARGS=notebooks/03_mlp.ipynb: one)
	@sh tools/env.sh test
	@$(PY) tests/colab/run.py $(ARGS)

licences: ## write docs/licences.md anew
	@sh tools/env.sh test
	@sh tools/env.sh docs
	@$(PY) tools/licences.py
