/** Answers that were worked out before, by name. Full, it forgets the one that came in first. */
export class Memory<V> {
  readonly #answers = new Map<string, V>();

  constructor(private readonly size: number) {}

  get(name: string): V | undefined {
    return this.#answers.get(name);
  }

  set(name: string, answer: V): void {
    if (this.#answers.size >= this.size) this.#answers.delete(this.#answers.keys().next().value as string);
    this.#answers.set(name, answer);
  }

  of(name: string, make: () => V): V {
    const known = this.#answers.get(name);
    if (known !== undefined) return known;
    const made = make();
    this.set(name, made);
    return made;
  }
}

/** Bytes as a name: one character each. */
export const nameOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
