/** Bare XS has no TextEncoder. What runs here encodes names and PINs: ASCII will do. */
import { ascii } from '../check.js';

const scope = globalThis as { TextEncoder?: unknown };
scope.TextEncoder ??= class {
  encode(text: string): Uint8Array {
    return ascii(text);
  }
};
