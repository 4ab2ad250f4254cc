/** What its user asks of the page and cannot have: in words, with a code. */
export class PageError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}
