/** Why a channel is dead. The codes are stable: users meet them in logs. */
export type ChannelErrorCode =
  | 'key' // the other side's key is of low order, or not 32 bytes
  | 'tag' // a message was changed, cut short, sent again or out of order, or made by somebody else
  | 'order' // a call out of turn
  | 'exhausted' // more than CHANNEL_MESSAGES_MAX messages one way
  | 'closed'; // close() was called

/** Thrown to the caller's own mistakes only. What a stranger sends is answered with undefined or false. */
export class ChannelError extends Error {
  constructor(
    readonly code: ChannelErrorCode,
    message: string,
  ) {
    super(message);
  }
}
