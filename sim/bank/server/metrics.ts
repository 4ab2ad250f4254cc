import type { Tries } from '../db/retries.js';

/** What the server counts, as text for Prometheus (exposition format 0.0.4). */
export class Metrics {
  readonly #requests = new Map<string, number>();
  #seconds = 0;
  #count = 0;
  #bills = 0;
  #asides = 0;

  request(path: string, status: number, seconds: number): void {
    const labels = `path="${path}",status="${status}"`;
    this.#requests.set(labels, (this.#requests.get(labels) ?? 0) + 1);
    this.#seconds += seconds;
    this.#count++;
  }

  /** Bills of one upload, sent again or not, and how many of them were set aside. */
  bills(sent: number, asides: number): void {
    this.#bills += sent;
    this.#asides += asides;
  }

  text(gauges: Readonly<Record<string, number>>, { transactions, retries }: Readonly<Tries>): string {
    const lines = [
      '# HELP tapnote_requests_total Requests that were answered.',
      '# TYPE tapnote_requests_total counter',
      ...[...this.#requests].map(([labels, count]) => `tapnote_requests_total{${labels}} ${count}`),
      '# HELP tapnote_request_seconds Time from a request to its answer.',
      '# TYPE tapnote_request_seconds summary',
      `tapnote_request_seconds_sum ${this.#seconds}`,
      `tapnote_request_seconds_count ${this.#count}`,
      '# HELP tapnote_transactions_total Transactions of the database, each counted once.',
      '# TYPE tapnote_transactions_total counter',
      `tapnote_transactions_total ${transactions}`,
      '# HELP tapnote_transaction_retries_total How often one of them was tried again.',
      '# TYPE tapnote_transaction_retries_total counter',
      `tapnote_transaction_retries_total ${retries}`,
      '# HELP tapnote_bills_total Bills that terminals have sent, again or for the first time.',
      '# TYPE tapnote_bills_total counter',
      `tapnote_bills_total ${this.#bills}`,
      '# HELP tapnote_bills_aside_total Those of them that nobody pays.',
      '# TYPE tapnote_bills_aside_total counter',
      `tapnote_bills_aside_total ${this.#asides}`,
    ];
    for (const [name, value] of Object.entries(gauges))
      lines.push(`# TYPE tapnote_${name} gauge`, `tapnote_${name} ${value}`);
    return `${lines.join('\n')}\n`;
  }
}
