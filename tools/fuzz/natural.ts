import { InvalidArgumentError } from 'commander';

/** A number of steps, cuts, touches or a life. */
export function natural(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('a number, 0 or more');
  return Number(text);
}
