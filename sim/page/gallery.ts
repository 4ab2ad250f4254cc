import askFirst from '../scenarios/ask-first.json' with { type: 'json' };
import campusNoon from '../scenarios/campus-noon.json' with { type: 'json' };
import clonesAndLimits from '../scenarios/clones-and-limits.json' with { type: 'json' };
import codes from '../scenarios/codes.json' with { type: 'json' };
import denominations from '../scenarios/denominations.json' with { type: 'json' };
import emptiedDaily from '../scenarios/emptied-daily.json' with { type: 'json' };
import firstPayment from '../scenarios/first-payment.json' with { type: 'json' };
import handToHand from '../scenarios/hand-to-hand.json' with { type: 'json' };
import longOutage from '../scenarios/long-outage.json' with { type: 'json' };
import lost from '../scenarios/lost.json' with { type: 'json' };
import lostDevice from '../scenarios/lost-device.json' with { type: 'json' };
import lostIsLost from '../scenarios/lost-is-lost.json' with { type: 'json' };
import marketDay from '../scenarios/market-day.json' with { type: 'json' };
import metro from '../scenarios/metro.json' with { type: 'json' };
import relay from '../scenarios/relay.json' with { type: 'json' };
import reserves from '../scenarios/reserves.json' with { type: 'json' };
import stallTag from '../scenarios/stall-tag.json' with { type: 'json' };
import targetedMoney from '../scenarios/targeted-money.json' with { type: 'json' };
import tiers from '../scenarios/tiers.json' with { type: 'json' };
import tornTouch from '../scenarios/torn-touch.json' with { type: 'json' };
import unregistered from '../scenarios/unregistered.json' with { type: 'json' };
import villageShop from '../scenarios/village-shop.json' with { type: 'json' };
import type { GalleryName } from './gallery-names.js';

/** The scenarios that come with tapnote: a page plays on from the end of each. */
export const GALLERY: Readonly<Record<GalleryName, object>> = {
  'first-payment': firstPayment,
  'hand-to-hand': handToHand,
  'ask-first': askFirst,
  'market-day': marketDay,
  'torn-touch': tornTouch,
  'long-outage': longOutage,
  'lost-device': lostDevice,
  lost,
  'lost-is-lost': lostIsLost,
  tiers,
  'emptied-daily': emptiedDaily,
  denominations,
  'targeted-money': targetedMoney,
  unregistered,
  reserves,
  codes,
  'stall-tag': stallTag,
  'campus-noon': campusNoon,
  metro,
  'village-shop': villageShop,
  relay,
  'clones-and-limits': clonesAndLimits,
};
