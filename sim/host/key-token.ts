import { execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Crypto } from '../../hal/crypto.js';
import { BankError, type BankErrorCode } from '../bank/codes.js';
import { isInBooks, type KeyStore } from '../bank/key-store.js';
import type { KeyUri } from './key-uri.js';

const PYTHON = 'python3';
const PIN_BYTES_MAX = 256;
/** After a failure nobody asks the token for so long: each attempt holds the bank up. */
const PAUSE_MS = 1_000;
const ANSWER_BYTES_MAX = 4_096;
const FAULTS: readonly BankErrorCode[] = ['token', 'token-pin', 'token-key'];

/** A line of requests and one of answers, to a process that has the token open. */
class TokenProcess {
  readonly #requests: number;
  readonly #answers: number;

  /** Node has no pipes that it could wait at, so they are named ones, whose names are gone at once. */
  constructor(module: string) {
    const folder = mkdtempSync(join(tmpdir(), 'tapnote-token-'));
    const pipe = (name: string): { read: number; write: number } => {
      const path = join(folder, name);
      execFileSync('mkfifo', ['-m', '600', path]);
      // Open for both, nothing waits for the other end.
      const both = openSync(path, constants.O_RDWR);
      const ends = { read: openSync(path, constants.O_RDONLY), write: openSync(path, constants.O_WRONLY) };
      closeSync(both);
      return ends;
    };
    try {
      const [requests, answers] = [pipe('requests'), pipe('answers')];
      const helper = fileURLToPath(new URL('pkcs11.py', import.meta.url));
      const stdio = [requests.read, answers.write, 'ignore'] as const;
      const child = spawn(PYTHON, [helper, module], { stdio: [...stdio], env: withoutSecrets() });
      // That it is not there is noticed by its silence.
      child.on('error', () => {}).unref();
      closeSync(requests.read);
      closeSync(answers.write);
      this.#requests = requests.write;
      this.#answers = answers.read;
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  /** Waits for the answer: bytes. Throws BankError. */
  ask(...words: readonly string[]): Uint8Array {
    const [said, ...rest] = this.#exchange(`${words.join(' ')}\n`)
      .trim()
      .split(' ');
    if (said === 'ok') return Uint8Array.from(Buffer.from(rest[0] ?? '', 'hex'));
    const code = FAULTS.find((each) => each === rest[0]) ?? 'token';
    const why = said === 'error' ? rest.slice(1).join(' ') : `it is gone, or ${PYTHON} is missing`;
    throw new BankError(code, said === 'error' ? why : `the token with the keys: ${why}`);
  }

  #exchange(request: string): string {
    let answer = '';
    const bytes = Buffer.alloc(ANSWER_BYTES_MAX);
    try {
      writeSync(this.#requests, request);
      while (!answer.endsWith('\n')) {
        const length = readSync(this.#answers, bytes);
        if (length === 0) break;
        answer += bytes.toString('utf8', 0, length);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
    }
    return answer;
  }

  close(): void {
    closeSync(this.#requests);
    closeSync(this.#answers);
  }
}

/** The variables with PINs, which are nobody's but this process's. */
const withoutSecrets = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.endsWith('TOKEN_PIN')));

const hexOf = (text: string | Uint8Array): string => Buffer.from(text).toString('hex');

/**
 * Keys in a token, by the PKCS#11 module of whoever made it: they never leave it. A signature is waited for,
 * as one that is computed here would be. The token is opened when it is wanted first, and anew after a fault.
 * A PIN that it has refused is not tried again, so that no token is locked. `isBrief`: it is given back after
 * each use, so that it may be taken out.
 */
export class KeyToken implements KeyStore {
  readonly crypto: Crypto;
  #process: TokenProcess | undefined;
  #refused: { pin: string; error: BankError } | undefined;
  #failed_ms = Number.NEGATIVE_INFINITY;

  /** `pinVariable`: of the environment, for a URI without `pin-source`. */
  constructor(
    private readonly uri: KeyUri,
    private readonly pinVariable: string,
    crypto: Crypto,
    private readonly isBrief = false,
  ) {
    const sign = (key: Uint8Array, message: Uint8Array): Uint8Array =>
      isInBooks(key) ? crypto.ed25519Sign(key, message) : this.#ask('sign', hexOf(key), hexOf(message));
    this.crypto = { ...crypto, ed25519Sign: sign };
  }

  make(name: string): Uint8Array {
    return this.#ask('make', hexOf(`tapnote ${name}`));
  }

  /** Gives the token back. It is opened again when it is wanted. */
  close(): void {
    this.#process?.close();
    this.#process = undefined;
  }

  #ask(...words: readonly string[]): Uint8Array {
    if (performance.now() - this.#failed_ms < PAUSE_MS)
      throw new BankError('token', 'the token with the keys does not answer');
    try {
      this.#process ??= this.#open();
      return this.#process.ask(...words);
    } catch (error) {
      const { code } = error as BankError;
      if (code === 'token-key') throw error;
      if (!this.isBrief) this.#failed_ms = performance.now();
      this.close();
      throw error;
    } finally {
      if (this.isBrief) this.close();
    }
  }

  #open(): TokenProcess {
    const pin = this.#pin();
    if (this.#refused?.pin === pin) throw this.#refused.error;
    const opened = new TokenProcess(this.uri.module);
    try {
      opened.ask('open', hexOf(this.uri.token), hexOf(pin));
      return opened;
    } catch (error) {
      opened.close();
      if ((error as BankError).code === 'token-pin') this.#refused = { pin, error: error as BankError };
      throw error;
    }
  }

  /** Throws BankError `token`: no PIN was tried, so it may be asked for again. */
  #pin(): string {
    const { pinFile } = this.uri;
    const pin = pinFile === undefined ? process.env[this.pinVariable] : pinIn(pinFile);
    if (pin) return pin;
    const where = pinFile ?? `pin-source=file:FILE, or ${this.pinVariable}`;
    throw new BankError('token', `token ${this.uri.token} wants its PIN: ${where}`);
  }
}

function pinIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').slice(0, PIN_BYTES_MAX).split('\n')[0].trim();
  } catch {
    return '';
  }
}
