import { writeFileSync } from 'node:fs';
import { hex } from './client.js';

/** Bytes as hex. "-" is standard output. */
export function writeJson(file: string, value: unknown): void {
  const text = `${JSON.stringify(value, (_, each) => (each instanceof Uint8Array ? hex(each) : each), 2)}\n`;
  if (file === '-') process.stdout.write(text);
  else writeFileSync(file, text);
}
