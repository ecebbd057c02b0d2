# One command per duty. make demo and make test are all that a newcomer needs.
.PHONY: build build-tests demo test data-test package package-test dev asan tsan tidy coverage fuzz catalogue bench format layers clean

release := build/release

build:
	@tools/install_packages.sh build test
	@cmake --preset release >/dev/null
	@cmake --build --preset release --target products

build-tests: build
	@cmake --build --preset release

# The whole path once: draw clips, train, evaluate, export, run on a long video. Results in out/demo.
demo: build
	@$(release)/gerund demo --out out/demo

# Programs that share the cores: whoever waits for another thread sleeps meanwhile.
test data-test package-test dev asan tsan coverage: export OMP_WAIT_POLICY = passive

test: build-tests layers format
	@command -v npm >/dev/null && command -v node >/dev/null || tools/install_packages.sh node
	@ctest --test-dir $(release) --output-on-failure -LE slow -j2

# Trains on the real clips of ../shared/data (or GERUND_DATA); part of make test as well.
data-test: build-tests
	@ctest --test-dir $(release) --output-on-failure -L data

# Debian packages (docs/install.md), in build/packages.
package: build
	@cpack --config $(release)/CPackConfig.cmake -B build/packages

# Installs them in a clean Debian 12 and uses them there, the Dockerfile's steps, a clone in a clean Debian 13: hours; skipped without root.
package-test: build-tests
	@tools/install_packages.sh package
	@ctest --test-dir $(release) --output-on-failure -L slow

layers:
	@tools/check_layers.sh

format:
	@! apt-cache show clang-format-14 >/dev/null 2>&1 || tools/install_packages.sh format
	@tools/check_format.sh

dev:
	@tools/install_packages.sh build test
	@cmake --preset dev >/dev/null && cmake --build --preset dev && ctest --test-dir build/dev --output-on-failure -j2

# Sanitizers over every room that does without LibTorch. Programs of others cannot load a plugin that was built with one;
# and of the elements the thread sanitizer sees races where GLib's locks, which it does not know, keep threads apart.
# libgdal, which OpenCV's picture files pull in, takes its own locks in changing order: not ours to mend.
asan tsan: export TSAN_OPTIONS = detect_deadlocks=0
asan: export LSAN_OPTIONS = suppressions=$(CURDIR)/tests/gst/lsan.supp:print_suppressions=0
asan tsan:
	@tools/install_packages.sh build test
	@cmake --preset $@ >/dev/null && cmake --build --preset $@ && ctest --test-dir build/$@ --output-on-failure -j2 -LE '$(if $(filter tsan,$@),plugin|gst,plugin)|slow'

tidy:
	@tools/install_packages.sh build check
	@cmake --preset tidy >/dev/null && cmake --build --preset tidy

coverage:
	@tools/install_packages.sh build test check
	@cmake --preset coverage >/dev/null && cmake --build --preset coverage && ctest --test-dir build/coverage -j2
	@gcovr -r . --filter src/ build/coverage --print-summary --html build/coverage/coverage.html

# A minute per target; FUZZ_SECONDS=600 for longer.
FUZZ_SECONDS ?= 60
fuzz:
	@tools/install_packages.sh build check
	@cmake --preset fuzz >/dev/null && cmake --build --preset fuzz
	@for target in build/fuzz/fuzz/*_fuzz; do echo "$$target"; $$target -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 || exit 1; done

# The networks of models/ from scratch, measured and signed: some two hours. NAMES="drawn_base_2d ..." for some of them.
KEY ?= out/catalogue/secret.key
catalogue: build
	@tools/install_packages.sh build catalogue
	@tools/make_catalogue $(release)/gerund $(KEY) $(NAMES)

# Every figure of docs/performance.md, as JSON.
bench:
	@tools/install_packages.sh build test bench
	@cmake --preset release -DGERUND_BENCH=ON >/dev/null && cmake --build --preset release
	@bench/run_all.sh

clean:
	@rm -rf build out
