import type { VerifierKey } from '../ledger/note.js';
import type { Cosigner } from '../ledger/publisher.js';

/** A log waits no longer for a witness: it asks again with its next checkpoint. */
const ANSWER_MS_MAX = 5_000;
const ANSWER_CHARACTERS_MAX = 65_536;

/** A witness that somebody serves. `url`: its submission prefix. */
export function remoteCosigner(name: string, key: VerifierKey, url: string): Cosigner {
  return {
    name,
    key,
    url,
    async ask(body) {
      const response = await fetch(`${url.replace(/\/$/, '')}/add-checkpoint`, {
        method: 'POST',
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        body,
        redirect: 'error',
        signal: AbortSignal.timeout(ANSWER_MS_MAX),
      });
      const answer = await response.text();
      if (answer.length > ANSWER_CHARACTERS_MAX) throw new Error('its answer is too long');
      return { status: response.status, body: answer };
    },
  };
}
