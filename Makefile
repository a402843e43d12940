# Every target installs what it lacks (see .ci/doctor), and nothing it does not need.
.DEFAULT_GOAL := help
.PHONY: help demo test test-long test-webkit bench package doctor

SHELL := bash
PROFILE ?= release

help:
	@echo 'make demo          the example page, with and without Forebay; prints its address'
	@echo 'make test          everything that must hold; `make test STAGES="native page"` for some of it'
	@echo 'make test-long     the long runs: histories that a witness judges, fetch and XHR member by member, other tools'
	@echo 'make test-webkit   the browser half of the crate in WebKitGTK'
	@echo 'make bench         measures beside other clients'
	@echo 'make package       the npm package into pkg/; PROFILE=profiling keeps names in the core'
	@echo 'make doctor        installs what is lacking'

demo: package
	@.ci/npm-ci examples/healthhub
	@npm --prefix examples/healthhub run --silent demo

test:
	@.ci/test $(STAGES)

test-long: package
	@.ci/test --long

test-webkit:
	@.ci/doctor webkit
	@xvfb-run -a .ci/test web-webkit

bench: package
	@.ci/doctor
	@.ci/npm-ci tests/bench
	@node tests/bench/run.mjs
	@node tests/bench/disk.mjs

package:
	@.ci/doctor package
	@. .ci/env && node pkg-template/build.mjs --profile $(PROFILE)

doctor:
	@.ci/doctor
