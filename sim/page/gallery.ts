import clonesAndLimits from '../scenarios/clones-and-limits.json' with { type: 'json' };
import codes from '../scenarios/codes.json' with { type: 'json' };
import marketDay from '../scenarios/market-day.json' with { type: 'json' };
import relay from '../scenarios/relay.json' with { type: 'json' };
import tornTouch from '../scenarios/torn-touch.json' with { type: 'json' };
import type { GalleryName } from './gallery-names.js';

/** The scenarios that come with tapnote: a page plays on from the end of each. */
export const GALLERY: Readonly<Record<GalleryName, object>> = {
  'market-day': marketDay,
  'torn-touch': tornTouch,
  'clones-and-limits': clonesAndLimits,
  codes,
  relay,
};
