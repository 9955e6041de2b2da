#!/bin/sh
# Builds the kernel with AddressSanitizer and UndefinedBehaviorSanitizer into build/, which is not what is
# installed, and runs with it:
#   tools/sanitize.sh                    the kernel's tests
#   tools/sanitize.sh memory             the same kernel where memory runs out, allocation by allocation
#   tools/sanitize.sh fuzz [options]     the fuzzer, with clang and atheris (tools/fuzz_kernel.py)
# PYTHON says which Python; it has stancekit's test requirements.
set -eu
cd "$(dirname "$0")/.."
what=${1:-tests}
[ $# -eq 0 ] || shift
python=${PYTHON:-python3}
flags="-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all"
case $what in
tests) CC=${CC:-gcc} ;;
memory) CC=${CC:-gcc} flags="$flags -include tools/failing_memory.h" ;;
fuzz) CC=${CC:-clang} flags="$flags -fsanitize=fuzzer-no-link" ;;
*) sed -n 2,8p "$0"; exit 2 ;;
esac
package=build/$what/stancekit
rm -rf "build/$what/stancekit"
mkdir -p "$package"
cp -r stancekit/. "$package"
rm -f "$package"/kernel/_native*
ln -sfn "$PWD/models" "$package/models"
suffix=$("$python" -c 'import sysconfig; print(sysconfig.get_config_var("EXT_SUFFIX"))')
include=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
# shellcheck disable=SC2086
"$CC" $flags -shared -fPIC -Wall -I"$include" stancekit/kernel/*.c -lm -o "$package/kernel/_native$suffix"

export PYTHONPATH="$PWD/build/$what:$PWD" PYTHONMALLOC=malloc PYTHONSAFEPATH=1
# Python itself, NumPy and the rest leave much to the end of the process: leaks are looked for by `memory`.
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1
case $what in
tests) LD_PRELOAD=$($CC -print-file-name=libasan.so) "$python" -m pytest -q -p no:cacheprovider -o pythonpath= tests/test_kernel.py "$@" ;;
memory) LD_PRELOAD=$($CC -print-file-name=libasan.so) "$python" tools/failing_memory.py "$@" ;;
fuzz)
    unset PYTHONMALLOC # where Python has its own, it is three times as fast
    library=$("$python" -c 'import atheris; print(atheris.path())')/asan_with_fuzzer.so
    mkdir -p build/fuzz/found
    LD_PRELOAD=$library "$python" tools/fuzz_kernel.py -artifact_prefix=build/fuzz/found/ "$@"
    ;;
esac
