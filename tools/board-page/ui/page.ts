import { BankError } from '../../../sim/bank/codes.js';
import { CliError } from '../../cli/cli-error.js';

/** The element of that id. */
export const element = <Kind extends HTMLElement>(id: string): Kind => document.getElementById(id) as Kind;

/** What was done and found, a line each; assistive technology reads it out. */
export function say(text: string, tone?: 'good' | 'bad'): void {
  const line = document.createElement('div');
  line.textContent = text === '' ? '\u00a0' : text;
  if (tone) line.className = tone;
  element('said').append(line);
  line.scrollIntoView({ block: 'nearest' });
}

/** In one line with its code, as the command line says it. */
export function complain(error: unknown): void {
  if (error instanceof CliError) return say(`error: ${error.message} [${error.code}]`, 'bad');
  if (error instanceof BankError) return say(`error: the bank: ${error.message} [bank-${error.code}]`, 'bad');
  say(`error: a bug in this page, please report it: ${error} [bug]`, 'bad');
  console.error(error);
}
