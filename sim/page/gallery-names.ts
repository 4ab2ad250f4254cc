/** Scenarios that a page may open by name: those that come with tapnote. */
export const GALLERY_NAMES = [
  'first-payment',
  'hand-to-hand',
  'ask-first',
  'market-day',
  'torn-touch',
  'long-outage',
  'lost-device',
  'lost',
  'lost-is-lost',
  'tiers',
  'emptied-daily',
  'denominations',
  'targeted-money',
  'unregistered',
  'reserves',
  'codes',
  'stall-tag',
  'relay',
  'clones-and-limits',
] as const;
export type GalleryName = (typeof GALLERY_NAMES)[number];
