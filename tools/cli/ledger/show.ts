import { statSync } from 'node:fs';
import { parseCheckpoint } from '../../../sim/bank/ledger/checkpoint.js';
import { parseEntry } from '../../../sim/bank/ledger/leaf.js';
import { CHECKPOINT, ciphertextPath, entriesBetween, tilesOnShelf } from '../../../sim/bank/ledger/mirror.js';
import { PROOF_CHARACTERS_MAX } from '../../../sim/bank/ledger/proof.js';
import { CliError } from '../cli-error.js';
import { readUserText } from '../files/user-file.js';
import { Exit } from '../output/exit.js';
import { table } from '../output/table.js';
import { type Copy, copiesIn } from './folders.js';
import { paymentRows, typeName } from './told.js';
import { paymentIn } from './verify.js';

/** What is in a proof, or in a folder with copies of logs. */
export async function show(path: string): Promise<string[]> {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return proofTold(path);
  const lines: string[] = [];
  for (const copy of copiesIn(path)) lines.push(...(await copyTold(copy)));
  return lines;
}

function proofTold(path: string): string[] {
  const payment = paymentIn(readUserText(path, PROOF_CHARACTERS_MAX));
  if (!payment) throw new CliError(Exit.usage, 'ledger-malformed', `${path}: no proof of a payment`);
  const { proof, entry, record } = payment;
  const rows = [...paymentRows(entry, record), ['leaf', `${proof.index}, by ${proof.hashes.length} hashes`]];
  return [
    ...table(rows),
    'Not verified: "ledger verify" does that.',
    '',
    ...proof.checkpoint.trimEnd().split('\n'),
  ];
}

async function copyTold({ name, shelf }: Copy): Promise<string[]> {
  const text = new TextDecoder().decode(await shelf.read(CHECKPOINT));
  const checkpoint = parseCheckpoint(text);
  if (!checkpoint)
    throw new CliError(Exit.violated, 'ledger-damaged', `${name}: its checkpoint cannot be read`);
  const counts = new Map<string, number>();
  const sealed = new Map<string, boolean>();
  for (const bytes of await entriesBetween(tilesOnShelf(shelf), 0, checkpoint.size)) {
    const entry = parseEntry(bytes);
    const what = entry ? `${entry.period}, ${typeName(entry.type)}` : 'of another version';
    counts.set(what, (counts.get(what) ?? 0) + 1);
    if (!entry) continue;
    const file = ciphertextPath(entry.period, entry.ciphertext);
    if (!sealed.has(file)) sealed.set(file, (await shelf.read(file)) !== undefined);
  }
  const kept = [...sealed.values()].filter((isThere) => isThere).length;
  const signed = checkpoint.note.signatures.map((signature) => `  signed by ${signature.name}`);
  return [
    `${name}: ${checkpoint.origin}`,
    ...table([
      ['leaves', `${checkpoint.size}`],
      ...[...counts].map(([what, count]) => [`of ${what}`, `${count}`]),
      ['ciphertexts', `${kept} of ${sealed.size} are kept`],
    ]).map((line) => `  ${line}`),
    ...signed,
  ];
}
