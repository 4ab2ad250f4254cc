import { InvalidArgumentError } from 'commander';

/** A number of cuts or of a life. */
export function natural(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('Expected a whole number from 0 on.');
  return Number(text);
}

/** How often something is done. */
export function positive(text: string): number {
  if (natural(text) === 0) throw new InvalidArgumentError('Expected a whole number from 1 on.');
  return Number(text);
}
