#!/usr/bin/env bash
# XS 13.3, as npm's @agoric/xsnap 0.15.0 carries it, differs from what a programmer of other engines expects:
# - `slice` of a typed array copies byte by byte. `slice` of its buffer copies memory, hundreds of times
#   faster.
# - An array made by `new Array(n)` and filled by index takes time that grows with the square of n; `push`
#   does not.
# - `static A = new C()` in a class that has instance fields throws a ReferenceError.
# So copy by buffers, push, and let the bundler lower static fields.
# Needs node, a C compiler and make; builds the engine, which takes a minute or more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm pack --silent @agoric/xsnap@0.15.0 > npm.log
tar xzf agoric-xsnap-0.15.0.tgz
make -s -j "$(nproc)" -C package/xsnap-native/xsnap/makefiles/lin -f xsnap.mk GOAL=release \
  MODDABLE="$folder/package/moddable" > make.log 2>&1 || { tail -5 make.log >&2; exit 2; }
xsnap=package/moddable/build/bin/lin/release/xsnap

cat > see.js <<'END'
const BYTES = 1 << 20;
const time_ms = (run) => {
  const start = Date.now();
  run();
  return Math.max(1, Date.now() - start);
};
const bytes = new Uint8Array(BYTES);
const times = (count, run) => () => {
  for (let i = 0; i < count; i++) run();
};
const slice_ms = time_ms(times(50, () => bytes.slice()));
const buffer_ms = time_ms(times(50, () => bytes.buffer.slice(0)));
const fill = (count) => () => {
  const array = new Array(count);
  for (let i = 0; i < count; i++) array[i] = i;
};
const push = (count) => () => {
  const array = [];
  for (let i = 0; i < count; i++) array.push(i);
};
const [filled_ms, filledTwice_ms] = [time_ms(fill(8_000)), time_ms(fill(16_000))];
const pushed_ms = time_ms(push(16_000));
let made = 'works';
try {
  class C {
    field = 1;
    static A = new C();
  }
} catch (error) {
  made = String(error);
}
print(`  50 MB by Uint8Array.slice              ${slice_ms} ms; by ArrayBuffer.slice ${buffer_ms} ms`);
print(`  new Array(n), n = 8,000 and 16,000     ${filled_ms} and ${filledTwice_ms} ms`);
print(`  16,000 by push                         ${pushed_ms} ms`);
print(`  static A = new C()                     ${made}`);
const isSlow = slice_ms > 10 * buffer_ms && filledTwice_ms > 10 * pushed_ms;
const isSame = isSlow && made.startsWith('ReferenceError');
print(isSame ? 'as described' : 'this has changed');
END
"$xsnap" -v
"$xsnap" see.js | tee seen.txt
grep -q '^as described$' seen.txt
