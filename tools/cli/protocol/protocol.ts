import { readFileSync, writeFileSync } from 'node:fs';
import { fillDocument, protocolExample, touchSizes } from './example.js';

const DOCUMENT = new URL('../../../firmware/PROTOCOL.md', import.meta.url);

/** `tapnote protocol`: what in PROTOCOL.md comes from running code. */
export function protocol(options: { sizes?: boolean; write?: boolean }): void {
  if (options.write) writeFileSync(DOCUMENT, fillDocument(readFileSync(DOCUMENT, 'utf8')));
  else process.stdout.write(options.sizes ? touchSizes() : protocolExample());
}
