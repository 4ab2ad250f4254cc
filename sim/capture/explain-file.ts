/** A capture of any kind, in words: which kind it is, its own bytes say. */
import { APDU_LOG_MARK, readApduLog } from './apdu-log.js';
import { type Explained, explainExchanges, explainFrames, explainPcap } from './explain.js';
import { isPcap } from './pcap.js';
import { isProxmarkList, readProxmarkList } from './proxmark-list.js';
import { readProxmarkTrace } from './proxmark-trace.js';

/** Throws CaptureError. */
export function explainCapture(capture: Uint8Array): Explained[] {
  if (isPcap(capture)) return explainPcap(capture);
  const text = new TextDecoder().decode(capture);
  if (text.startsWith(APDU_LOG_MARK)) return explainExchanges(readApduLog(text));
  return explainFrames(isProxmarkList(text) ? readProxmarkList(text) : readProxmarkTrace(capture));
}
