import { APDU_COMMAND_BYTES_MAX } from '../limits.js';
import { answer, CLA, CLA_CHAINING, CLA_ISO, type Command, Ins, parseCommand } from '../protocol/apdu.js';
import { StatusWord } from '../protocol/status-word.js';

/** Le and Lc of one byte reach so far (ISO 7816-4, 5.1). */
const SHORT_ANSWER_BYTES_MAX = 256;

/**
 * What lies between whole commands and APDUs (ISO 7816-4, 5.1.1.1 and 5.1.3): command chaining for whoever
 * cannot send more than 255 bytes at once, 61xx and GET RESPONSE for whoever expects less than the answer
 * has. At most one command is put together at a time, in one buffer of APDU_COMMAND_BYTES_MAX, and only what
 * is left of the last answer is kept.
 */
export class ApduTransport {
  /** The command under way: its buffer, how much of it is filled, and how it began. */
  #chain: Uint8Array | undefined;
  #chainBytes = 0;
  #first: Command | undefined;
  /** Data of the last answer that have not been fetched. */
  #rest: Uint8Array | undefined;

  /** What has come so far of a command that comes in several APDUs; undefined when none does. */
  get begun(): Command | undefined {
    const [first, chain] = [this.#first, this.#chain];
    return first && chain && { ...first, data: chain.subarray(0, this.#chainBytes) };
  }

  /** Forgets what is half sent and half fetched. */
  reset(): void {
    this.#chain = undefined;
    this.#first = undefined;
    this.#rest = undefined;
  }

  /**
   * The answer to one APDU; `carryOut` runs when a command is whole. Whoever may not chain gets `6985` for
   * it.
   */
  take(bytes: Uint8Array, mayChain: boolean, carryOut: (command: Command) => Uint8Array): Uint8Array {
    const command = parseCommand(bytes);
    if (command && isGetResponse(command)) return this.#fetch(command);
    this.#rest = undefined;
    const first = this.#first;
    if (!command) {
      this.reset();
      return answer(StatusWord.wrongLength);
    }
    if (first && !continues(first, command)) {
      this.reset();
      // A new SELECT begins everything anew; anything else in the middle of a command is a mistake.
      if (command.ins !== Ins.select) return answer(StatusWord.lastExpected);
    }
    if (isPart(command)) return mayChain ? this.#append(command) : this.#refuse();
    if (!this.#first) return this.#shorten(carryOut(command), command.expected);
    const added = this.#append(command);
    const chain = this.#chain;
    if (!chain) return added;
    const data = chain.subarray(0, this.#chainBytes);
    this.reset();
    return this.#shorten(carryOut({ ...command, data }), command.expected);
  }

  #refuse(): Uint8Array {
    this.reset();
    return answer(StatusWord.noSession);
  }

  #append(command: Command): Uint8Array {
    const { data } = command;
    this.#first ??= command;
    this.#chain ??= this.#begin();
    if (this.#chainBytes + data.length > APDU_COMMAND_BYTES_MAX) {
      this.reset();
      return answer(StatusWord.wrongLength);
    }
    this.#chain.set(data, this.#chainBytes);
    this.#chainBytes += data.length;
    return answer(StatusWord.ok);
  }

  #begin(): Uint8Array {
    this.#chainBytes = 0;
    return new Uint8Array(APDU_COMMAND_BYTES_MAX);
  }

  /** As much of `response` as is expected; the rest waits for GET RESPONSE. Errors are never cut. */
  #shorten(response: Uint8Array, expected: number): Uint8Array {
    const end = response.length - 2;
    const isOk = ((response[end] << 8) | response[end + 1]) === StatusWord.ok;
    if (!isOk || end <= expected) return response;
    return this.#hand(response.subarray(0, end), expected);
  }

  #hand(data: Uint8Array, expected: number): Uint8Array {
    if (data.length <= expected) {
      this.#rest = undefined;
      return answer(StatusWord.ok, data);
    }
    const rest = data.subarray(expected);
    this.#rest = rest;
    // 00 stands for 256 and more.
    const left = rest.length < SHORT_ANSWER_BYTES_MAX ? rest.length : 0;
    return answer(StatusWord.more | left, data.subarray(0, expected));
  }

  #fetch({ expected }: Command): Uint8Array {
    const rest = this.#rest;
    if (!rest) return this.#refuse();
    return this.#hand(rest, expected === 0 ? SHORT_ANSWER_BYTES_MAX : expected);
  }
}

function isGetResponse({ cla, ins }: Command): boolean {
  return ins === Ins.getResponse && (cla === CLA_ISO || cla === CLA);
}

/** One of ours, with more to come. */
function isPart({ cla }: Command): boolean {
  return cla === (CLA | CLA_CHAINING) || cla === (CLA_ISO | CLA_CHAINING);
}

function continues(first: Command, next: Command): boolean {
  const isSameClass = (first.cla | CLA_CHAINING) === (next.cla | CLA_CHAINING);
  return isSameClass && first.ins === next.ins && first.p1 === next.p1 && first.p2 === next.p2;
}
