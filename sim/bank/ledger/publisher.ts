import { parseCheckpoint, parseSize } from './checkpoint.js';
import type { LogKey, Logs } from './logs.js';
import { type Note, parseSignatures, printNote, signaturesBy, type VerifierKey } from './note.js';
import { believe, type Policy, printPolicy } from './policy.js';
import { printSubmission } from './submission.js';

/** A witness, as a log sees it. */
export interface Cosigner {
  /** `central-bank`, or `operator-2`: whose it is. */
  readonly name: string;
  readonly key: VerifierKey;
  readonly url?: string;
  /** `add-checkpoint` of C2SP tlog-witness. Throws when it cannot be reached. */
  ask(body: string): Promise<{ readonly status: number; readonly body: string }>;
}

export const CENTRAL_BANK = 'central-bank';
export const operatorName = (operator: number): string => `operator-${operator}`;

/** A witness may have seen more than the log remembers of it: it is asked twice. */
const TRIES = 2;

/** Brings what is settled into the logs, has their checkpoints cosigned, and shows them. */
export class Publisher {
  /** By name of log and witness: the size that it has cosigned last. */
  readonly #sizes = new Map<string, number>();

  /** `onSilent`: of a witness that did not cosign, and why. */
  constructor(
    private readonly logs: Logs,
    private readonly crypto: Parameters<typeof believe>[0],
    private readonly cosigners: readonly Cosigner[],
    private readonly onSilent: (witness: string, log: string, why: string) => void = () => {},
  ) {}

  /** What has been settled until now is in the logs; and shown, where enough witnesses have cosigned it. */
  async publish(): Promise<void> {
    await this.logs.integrate();
    for (const log of this.logs.all) await this.#publish(log);
  }

  async #publish({ operator, key }: LogKey): Promise<void> {
    const { checkpoint, published } = (await this.logs.state(operator))!;
    const { text, signatures } = parseCheckpoint(checkpoint)!.note;
    if (published && parseCheckpoint(published)!.note.text === text) return;
    const cosigners = this.cosigners.filter(({ name }) => name !== operatorName(operator));
    const policy = policyOf(key, cosigners);
    const asked = cosigners.map((cosigner) => this.#ask(cosigner, operator, key, checkpoint));
    const cosignatures = (await Promise.all(asked)).flat();
    const note = printNote({ text, signatures: [...signatures, ...cosignatures] });
    if (typeof believe(this.crypto, policy, note) === 'string') return;
    await this.logs.show(operator, note, printPolicy(policy));
  }

  async #ask(
    cosigner: Cosigner,
    operator: number,
    log: VerifierKey,
    checkpoint: string,
  ): Promise<Note['signatures']> {
    const { note, size } = parseCheckpoint(checkpoint)!;
    const key = `${log.name} ${cosigner.name}`;
    const silent = (why: string): Note['signatures'] => {
      this.onSilent(cosigner.name, log.name, why);
      return [];
    };
    try {
      for (let tried = 0; tried < TRIES; tried++) {
        const old = this.#sizes.get(key) ?? 0;
        if (old > size) return silent(`it has seen ${old} leaves, and there are ${size}: books rolled back?`);
        const proof = await this.logs.tree(operator, size).consistency(old);
        const { status, body } = await cosigner.ask(printSubmission(old, proof, checkpoint));
        const seen = status === 409 ? parseSize(body.trim()) : undefined;
        if (seen !== undefined) {
          this.#sizes.set(key, seen);
          continue;
        }
        if (status !== 200) return silent(`HTTP ${status}: ${body.trim().slice(0, 200)}`);
        const signatures = parseSignatures(body) ?? [];
        this.#sizes.set(key, size);
        return signaturesBy({ text: note.text, signatures }, cosigner.key);
      }
      return silent('it has seen something else each time');
    } catch (error) {
      return silent((error as Error).message);
    }
  }
}

/**
 * Of a log: the central bank, and more than half of the other operators. Where there are no witnesses at all,
 * the log is believed alone.
 */
export function policyOf(log: VerifierKey, cosigners: readonly Cosigner[]): Policy {
  const witnesses = cosigners.map(({ name, key, url }) => ({ name, key, ...(url !== undefined && { url }) }));
  const others = cosigners.filter(({ name }) => name !== CENTRAL_BANK).map(({ name }) => name);
  const hasCentralBank = others.length < cosigners.length;
  const majority = { name: 'operators', threshold: Math.floor(others.length / 2) + 1, members: others };
  const groups = others.length > 0 ? [majority] : [];
  if (groups.length === 0)
    return { logs: [log], witnesses, groups, quorum: hasCentralBank ? CENTRAL_BANK : 'none' };
  if (!hasCentralBank) return { logs: [log], witnesses, groups, quorum: majority.name };
  const both = { name: 'both', threshold: 2, members: [CENTRAL_BANK, majority.name] };
  return { logs: [log], witnesses, groups: [...groups, both], quorum: both.name };
}
