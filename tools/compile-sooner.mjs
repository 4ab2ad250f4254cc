/**
 * For programs that play thousands of touches, to be imported first: a touch is many functions that run a few
 * times each, which the engine otherwise goes on compiling for minutes. What runs for seconds pays for it.
 */
import { setFlagsFromString } from 'node:v8';

/** Bytes of bytecode that a function runs between two looks at whether it is worth compiling: 67,584 else. */
const BUDGET_BYTES = 16_000;

setFlagsFromString(`--interrupt-budget=${BUDGET_BYTES}`);
