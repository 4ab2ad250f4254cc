/** Scenarios that a page may open by name: those that come with tapnote. */
export const GALLERY_NAMES = ['market-day', 'torn-touch', 'clones-and-limits', 'codes', 'relay'] as const;
export type GalleryName = (typeof GALLERY_NAMES)[number];
