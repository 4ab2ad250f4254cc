import { describe, expect, it } from 'vitest';
import { Certificate } from '../../../firmware/objects/certificate.js';
import { nobleCrypto } from '../../../hal/crypto/noble.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import {
  ExampleTouch,
  exampleSecrets,
  fillDocument,
  protocolExample,
  toHex,
  touchSizes,
} from '../../../tools/cli/protocol/example.js';
import { DOCUMENT, section, table } from './document-text.js';

const UPDATE = 'run `npx tapnote protocol --write`';

/** Every APDU of the example, as it stands in the document. */
function documented(): { command: string; response: string }[] {
  const blocks = section('A whole payment').match(/```\n[\s\S]*?```/g) ?? [];
  return blocks.map((block) => {
    const part = (name: string) =>
      new RegExp(`${name}\\n((?:[0-9a-f]+\\n)+)`).exec(block)![1].replaceAll('\n', '');
    return { command: part('> command'), response: part('< response') };
  });
}
const fromHex = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));

const between = (name: string): string =>
  DOCUMENT.split(`<!-- ${name}:begin -->\n\n`)[1].split(`\n<!-- ${name}:end -->`)[0];

describe.each([
  ['noble', nobleCrypto],
  ['OpenSSL', opensslCrypto],
])('the payment in the document, with %s', (_name, crypto) => {
  it('is what a card answers, byte for byte', () => {
    const touch = new ExampleTouch(crypto);
    const { cardWallet } = touch;
    expect(documented()).toHaveLength(6);
    for (const { command, response } of documented())
      expect(toHex(touch.answer(fromHex(command)))).toBe(response);
    expect(section('A whole payment')).toContain(toHex(cardWallet.ledger.head));
    expect(cardWallet.ledger.held).toBe(8_750);
    expect(cardWallet.ledger.inFlightTransfers).toHaveLength(0);
  });

  it('is what a terminal asks, byte for byte', () => {
    const touch = new ExampleTouch(crypto);
    const script = documented();
    const outcome = touch.run(touch.order(), (command) => {
      const step = script.shift();
      expect(toHex(command)).toBe(step?.command);
      return fromHex(step?.response ?? '');
    });
    expect(outcome).toBe('paid');
    expect(script).toEqual([]);
    expect(section('A whole payment')).toContain(toHex(touch.terminalWallet.ledger.head));
    expect(touch.terminalWallet.ledger.held).toBe(1_250);
  });

  it('comes from the secrets that it states', () => {
    const secrets = Object.fromEntries(
      table(section('A whole payment'), 'what', '32 bytes').map((row) => [
        row.what,
        fromHex(row['32 bytes']),
      ]),
    );
    expect(Object.keys(secrets)).toEqual(exampleSecrets(crypto).map(([what]) => what));
    const [select, key, hello] = documented();
    const ephemeral = (who: string) =>
      toHex(crypto.x25519PublicKey(secrets[`${who}, ephemeral X25519 secret`]));
    expect(select.response).toBe(`0202${ephemeral('card')}9000`);
    expect(key.command.slice(10)).toBe(ephemeral('terminal'));
    const terminal = Certificate.expand(fromHex(hello.command), 5)?.certificate;
    const publicKey = (what: string) => crypto.ed25519KeyFromSeed(secrets[what]).subarray(32);
    expect(terminal?.publicKey).toEqual(publicKey('terminal, Ed25519 seed'));
    expect(terminal?.verify(crypto, publicKey('operator 7, Ed25519 seed'))).toBe(true);
  });
});

describe('what a command prints into the document', () => {
  it('the example', () => expect(between('example'), UPDATE).toBe(protocolExample()));
  it('filling them in changes nothing else', () => expect(fillDocument(DOCUMENT)).toBe(DOCUMENT));
  it('the sizes', () => expect(between('sizes'), UPDATE).toBe(touchSizes()));
});
