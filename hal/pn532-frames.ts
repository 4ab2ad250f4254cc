import type { FrameCodec } from './pn532/frame.js';

const feed = native('xs_pn532_feed') as (
  state: ArrayBufferLike,
  ...rest: [body: Uint8Array, bytes: Uint8Array, start: number, end: number]
) => number;

/** In C, for the chip: pn532-frames.c. It exists in the XS engine alone, where `native` is. */
export const nativeFrames: FrameCodec = {
  seal: native('xs_pn532_seal') as FrameCodec['seal'],
  // C takes bytes and no array of words.
  feed: (state, body, bytes, start, end) => feed(state.buffer, body, bytes, start, end),
};
