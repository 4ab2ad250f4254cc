import { crc32 } from '../../../hal/crc32-native.js';
import { sodiumCrypto } from '../../../hal/crypto/sodium.js';
import { instructions, print } from '../../../tools/xs/engine.js';
import { Stage } from '../hardware/stage.js';
import { Transfer } from '../../../firmware/note/transfer.js';
import { Certificate } from '../../../firmware/note/certificate.js';
import { Note } from '../../../firmware/note/note.js';
import { Invoice } from '../../../firmware/note/invoice.js';
import { Receipt } from '../../../firmware/note/receipt.js';
import { Ledger } from '../../../firmware/wallet/ledger.js';
import { Lots } from '../../../firmware/wallet/lots.js';
import { Purse } from '../../../firmware/wallet/purse.js';
import { Money } from '../../../firmware/wallet/money.js';
import { Trust } from '../../../firmware/wallet/trust.js';
import { Wallet } from '../../../firmware/wallet/wallet.js';
import { Journal } from '../../../firmware/store/journal.js';
import { Medium } from '../../../firmware/store/medium.js';
import { Store } from '../../../firmware/store/store.js';
import { Counterparties } from '../../../firmware/wallet/counterparties.js';
import { Consents } from '../../../firmware/wallet/consent.js';
import { Session } from '../../../firmware/channel/session.js';
import { Initiator, Responder } from '../../../firmware/channel/handshake.js';
import { EntryHeader } from '../../../firmware/store/format.js';
import { Card } from '../../../firmware/card/card.js';
import { PaymentApplet } from '../../../firmware/card/payment.js';

const totals: Record<string, { calls: number; whole: number; own: number }> = {};
let stack: { inner: number }[] = [];
let isOn = false;
function wrap(holder: any, name: string, label: string) {
  const d = Object.getOwnPropertyDescriptor(holder, name)!;
  const f = d.value ?? d.get;
  const g = function (this: any, ...args: any[]) {
    if (!isOn) return f.apply(this, args);
    const frame = { inner: 0 };
    stack.push(frame);
    const t0 = instructions();
    try { return f.apply(this, args); } finally {
      const t = instructions() - t0;
      stack.pop();
      if (stack.length) stack[stack.length - 1].inner += t + 3000;
      const e = (totals[label] ??= { calls: 0, whole: 0, own: 0 });
      e.calls++; e.whole += t; e.own += t - frame.inner;
    }
  };
  Object.defineProperty(holder, name, d.value ? { ...d, value: g } : { ...d, get: g });
}
const crypto: any = { ...sodiumCrypto };
for (const k of Object.keys(sodiumCrypto)) crypto[k] = (sodiumCrypto as any)[k];
for (const [c, label, stat] of [[Transfer, 'Transfer'], [Certificate, 'Certificate'], [Note, 'Note'], [Invoice, 'Invoice'], [Receipt, 'Receipt']] as any) {
  for (const n of Object.getOwnPropertyNames(c)) if (typeof c[n] === 'function' && n !== 'prototype') wrap(c, n, `${label}.${n}`);
  for (const n of Object.getOwnPropertyNames(c.prototype)) if (n === 'hash' || n === 'verify') wrap(c.prototype, n, `${label}#${n}`);
}
for (const [c, label] of [[Ledger, 'Ledger'], [Lots, 'Lots'], [Purse, 'Purse'], [Money, 'Money'], [Trust, 'Trust'], [Wallet, 'Wallet'], [Journal, 'Journal'], [Medium, 'Medium'], [Store, 'Store'], [Counterparties, 'Counterparties'], [Consents, 'Consents'], [Session, 'Session'], [Initiator, 'Initiator'], [Responder, 'Responder'], [EntryHeader, 'EntryHeader'], [Card, 'Card'], [PaymentApplet, 'PaymentApplet']] as any)
  for (const n of Object.getOwnPropertyNames(c.prototype)) {
    const d = Object.getOwnPropertyDescriptor(c.prototype, n)!;
    if (n !== 'constructor' && typeof d.value === 'function') wrap(c.prototype, n, `${label}#${n}`);
    else if (n === 'lifecycle' || n==='limits') wrap(c.prototype, n, `${label}#${n}`);
  }
for (const n of Object.keys(crypto)) wrap(crypto, n, `crypto.${n}`);
const stage = new Stage({ crypto, crc32 }, 7);
const pay = () => { const order = stage.order('pull', 100); return stage.touch(order); };
pay();
isOn = true;
const t0 = instructions();
pay();
const t1 = instructions();
isOn = false;
print('total ' + (t1 - t0));
for (const [k, v] of Object.entries(totals).sort((a, b) => b[1].own - a[1].own).slice(0, 90)) print(`${k.padEnd(32)} calls ${String(v.calls).padStart(4)} whole ${String(v.whole).padStart(9)} own ${String(v.own).padStart(9)}`);
