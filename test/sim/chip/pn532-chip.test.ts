import { describe, expect, test } from 'vitest';
import { ORDINARY_CARD, RawCard, RawReader } from '../../../sim/chip/raw-peers.js';
import { hostBench as bench, bytesOf, command, hex, WAKE } from './host.js';

const NACK = bytesOf('0000ffff0000');
const ACK = bytesOf('0000ff00ff00');

describe('the simulated PN532', () => {
  test('is silent after power-up until it is woken and its SAM is configured', () => {
    const { ask, wake, module } = bench();
    expect(ask('02')).toEqual([]);
    expect(ask('02')).toEqual([]);
    expect(wake()).toEqual(['ack', '15']);
    expect(ask('02')).toEqual(['ack', '0332010607']);
    expect(module.chip.warnings).toEqual(['command 02 before SAMConfiguration']);
  });

  test('answers a frame with a wrong checksum by nothing at all', () => {
    const { send, wake } = bench();
    wake();
    const frame = command('02');
    frame[frame.length - 2]! ^= 1;
    expect(send(frame)).toEqual([]);
    expect(send(command('02'))).toEqual(['ack', '0332010607']);
  });

  test('sends its last response again when it hears NACK', () => {
    const { send, ask, wake } = bench();
    wake();
    ask('02');
    expect(send(NACK)).toEqual(['0332010607']);
    expect(send(NACK)).toEqual(['0332010607']);
  });

  test.each([
    ['an unknown command', '99', 'unknown command 99'],
    ['an unknown register', '06 7000', 'register 7000 is not modelled'],
    ['an unknown RFConfiguration item', '32 77 00', 'RFConfiguration item 77 with 1 bytes'],
    ['a mode of the security module that does not exist', '14 05 01 00', 'SAMConfiguration mode 5'],
    ['an unknown rate', '10 09', 'SetSerialBaudRate 9'],
    ['a Diagnose that is not modelled', '00 05 00', 'Diagnose 05 is not modelled'],
    ['a TgInitAsTarget that is cut short', '8c 04 0400 112233 20', 'TgInitAsTarget: lengths that do not fit'],
    ['an InDataExchange without a target', '40', '0 parameters, at least 1 wanted'],
  ])('refuses %s by the error frame, and says so aloud', (_, text, warning) => {
    const { ask, wake, module } = bench();
    wake();
    expect(ask(text)).toEqual(['ack', 'error']);
    expect(module.chip.warnings).toEqual([warning]);
  });

  test.each([
    ['GetGeneralStatus', '04', '0500000000'],
    ['an exchange without a card', '40 01 aabb', '4127'],
    ['TgGetData without a session', '86', '8727'],
    ['TgSetData without a session', '8e 9000', '8f27'],
    ['TgGetTargetStatus', '8a', '8b0000'],
    ['InDeselect of a target that is not there', '44 01', '4527'],
    ['InSelect of a target that is not there', '54 01', '5527'],
    ['InRelease of all', '52 00', '5300'],
    ['TgSetGeneralBytes', '92 01', '9327'],
    ['a ROM test', '00 01', '0100'],
  ])('answers %s by its status', (_, text, expected) => {
    const { ask, wake, module } = bench();
    wake();
    expect(ask(text)).toEqual(['ack', expected]);
    expect(module.chip.warnings).toEqual([]);
  });

  test('finds nobody who speaks NFC-DEP', () => {
    const { ask, wake } = bench();
    wake();
    for (const [text, expected] of [
      ['50 01 00', '5101'],
      ['56 00 00 00', '5701'],
      ['46 00 00 00', '4701'],
    ] as const) {
      expect(ask(text, 300)).toEqual(['ack', expected]);
    }
  });

  test('looks for a card for ever until an ACK stops it, or a new command does', () => {
    const { ask, send, wake, field } = bench();
    wake();
    expect(ask('4a 01 00', 2_000)).toEqual(['ack']);
    const bytes = field.bytes;
    expect(bytes).toBeGreaterThan(300);
    expect(send(ACK, 1_000)).toEqual([]);
    expect(field.bytes - bytes).toBeLessThan(2);
    ask('4a 01 00', 100);
    expect(ask('02')).toEqual(['ack', '0332010607']);
  });

  test('looks as often as MaxRetries says', () => {
    const { ask, wake } = bench();
    wake();
    ask('32 05 ff 01 02');
    expect(ask('4a 01 00')).toEqual(['ack', '4b00']);
    expect(ask('60 02 01 00 10', 2_000)).toEqual(['ack', '6100']);
  });

  test('changes its rate after the host has acknowledged the answer, at the old rate until then', () => {
    const { ask, send, wake, setBaud } = bench();
    wake();
    expect(ask('10 07')).toEqual(['ack', '11']);
    expect(ask('02')).toEqual(['ack', '0332010607']);
    expect(ask('10 07')).toEqual(['ack', '11']);
    send(ACK);
    expect(ask('02')).toEqual([]);
    setBaud(921_600);
    expect(ask('02')).toEqual(['ack', '0332010607']);
  });

  test('leaves out preamble and postamble when told to', () => {
    const { ask, wake, module } = bench();
    wake();
    ask('12 54');
    module.resetCounters();
    expect(ask('02')).toEqual(['ack', '0332010607']);
    expect(module.counters.toHost_bytes).toBe(6 + 13 - 2);
  });

  test('keeps its registers, and loses them with its power', () => {
    const { ask, wake, module } = bench();
    wake();
    expect(ask('08 6302 80 6305 40')).toEqual(['ack', '09']);
    expect(ask('06 6302 6305 6303')).toEqual(['ack', '07804000']);
    module.powerOff();
    expect(ask('02')).toEqual([]);
    module.powerOn();
    expect(ask('02')).toEqual([]);
    wake();
    expect(ask('06 6302')).toEqual(['ack', '0700']);
  });

  test('sleeps by PowerDown, with its field off, and wakes by the serial line', () => {
    const { ask, send, wake, module, field } = bench();
    wake();
    ask('32 01 01');
    expect(field.hasCarrier(module.chip.antenna)).toBe(true);
    expect(ask('16 10')).toEqual(['ack', '1700']);
    expect(module.chip.asleep).toBe(true);
    expect(field.hasCarrier(module.chip.antenna)).toBe(false);
    expect(send(WAKE)).toEqual([]);
    expect(ask('02')).toEqual(['ack', '0332010607']);
  });

  test('sleeps through the serial line when only a field is to wake it', () => {
    const { ask, send, wake, module, field, clock } = bench();
    wake();
    ask('16 08');
    send(WAKE);
    expect(ask('02')).toEqual([]);
    const reader = new RawReader(field, 'reader');
    reader.enter();
    reader.setCarrier(true);
    clock.runFor(5_000);
    expect(module.chip.asleep).toBe(false);
    expect(ask('02')).toEqual(['ack', '0332010607']);
  });

  test('checks that a card is still there, and selects it again after InDeselect', () => {
    const { ask, wake, field } = bench();
    wake();
    const card = new RawCard(field, 'card', undefined, (block) => {
      if ((block[0]! & 0xf6) === 0xb2) card.sendBlock(Uint8Array.of(0xa2 | (~block[0]! & 1)));
      else card.sendBlock(block);
      if (block[0] === 0xc2) card.halt();
    });
    card.enter();
    expect(ask('4a 01 00')).toEqual(['ack', '4b010100442007' + '04a1b2c3d4e580' + '0578807002']);
    expect(ask('04')).toEqual(['ack', '05' + '000001' + '01000000' + '00']);
    expect(ask('00 06')).toEqual(['ack', '0100']);
    expect(ask('40 01 aabb')).toEqual(['ack', '4100aabb']);
    expect(ask('4e 01 00 00')).toEqual(['ack', '4f00']);
    expect(ask('44 01')).toEqual(['ack', '4500']);
    expect(ask('40 01 aabb')).toEqual(['ack', '4127']);
    expect(ask('54 01')).toEqual(['ack', '5500']);
    expect(ask('40 01 aabb')).toEqual(['ack', '4100aabb']);
    card.leave();
    expect(ask('00 06', 500)).toEqual(['ack', '0101']);
  });

  test('changes the bit rate by InPSL once, before the first block, and to what the ATS offers alone', () => {
    const { ask, wake, field } = bench();
    wake();
    const ats = Uint8Array.of(0x05, 0x78, 0x91, 0x70, 0x02); // 212 kbit/s, the same both ways
    const card = new RawCard(field, 'card', { ...ORDINARY_CARD, ats }, (block) => {
      if (block[0] === 0xc2) card.halt();
      card.sendBlock(block);
    });
    card.enter();
    const rates: [string, number][] = [];
    const listed = ['ack', `4b010100442007${'04a1b2c3d4e580'}${hex(ats)}`];
    expect(ask('4e 01 01 01')).toEqual(['ack', '4f27']); // no such target
    expect(ask('4a 01 00')).toEqual(listed);
    expect(ask('4e 02 01 01')).toEqual(['ack', '4f27']);
    for (const parameters of ['01 02 02', '01 01 00', '01 03 03', '01 ff ff'])
      expect(ask(`4e ${parameters}`)).toEqual(['ack', '4f10']);
    expect(ask('4e 01 01')).toEqual(['ack', 'error']);
    field.listener = ({ bytes, start_us, end_us }) =>
      rates.push([hex(bytes.subarray(0, 1)), end_us - start_us]);
    expect(ask('4e 01 01 01')).toEqual(['ack', '4f00']);
    expect(ask('04')).toEqual(['ack', '05' + '000001' + '01010100' + '00']);
    expect(ask('40 01 aabb')).toEqual(['ack', '4100aabb']);
    const bit_us = 128 / 13.56;
    const frame_us = (bytes: number, rate: number) => Math.round(((2 + 9 * bytes) * bit_us) / rate);
    expect(rates).toEqual([
      ['d0', frame_us(5, 1)],
      ['d0', frame_us(3, 1)],
      ['02', frame_us(5, 2)],
      // A card begins with 512 periods of the carrier.
      ['02', Math.round(512 / 13.56 + ((2 + 9 * 5) * bit_us) / 2)],
    ]);
    expect(ask('4e 01 01 01')).toEqual(['ack', '4f00']); // it is so already
    expect(ask('4e 01 00 00')).toEqual(['ack', '4f27']); // it has heard a block
    // Selected again it is at 106 kbit/s, and can be asked anew.
    expect(ask('44 01')).toEqual(['ack', '4500']);
    expect(ask('4e 01 01 01')).toEqual(['ack', '4f27']);
    expect(ask('54 01')).toEqual(['ack', '5500']);
    expect(ask('04')).toEqual(['ack', '05' + '000001' + '01000000' + '00']);
    expect(ask('4e 01 01 01')).toEqual(['ack', '4f00']);
    expect(ask('40 01 aabb')).toEqual(['ack', '4100aabb']);
  });

  test('gives up a PPS that nobody answers after the retries that its host has set', () => {
    for (const retries of [0, 1, 3]) {
      const { ask, wake, field } = bench();
      wake();
      ask(`32 05 ff 0${retries} 00`);
      const ats = Uint8Array.of(0x05, 0x78, 0x77, 0x70, 0x02);
      new RawCard(field, 'card', { ...ORDINARY_CARD, ats, knowsNoPps: true }).enter();
      ask('4a 01 00');
      let asked = 0;
      field.listener = () => void asked++;
      expect(ask('4e 01 02 02')).toEqual(['ack', '4f01']);
      expect(asked).toBe(1 + retries);
    }
  });

  test('hands a command below ISO 14443-4 to its host, and its answer to the reader', () => {
    const { ask, wake, field, clock } = bench();
    wake();
    const target = `8c 01 0400 112233 08 ${'00'.repeat(18 + 10)} 00 00`;
    expect(ask(target)).toEqual(['ack']);
    const reader = new RawReader(field, 'reader');
    reader.enter();
    reader.setCarrier(true);
    let uid = '';
    reader.activate((found) => (uid = hex(found!.uid)));
    clock.runFor(20_000);
    expect(uid).toBe('08112233');
    let answer: Uint8Array | undefined;
    reader.sendBlock(bytesOf('3004'), (block) => (answer = block));
    clock.runFor(10_000);
    expect(ask('90 01020304')).toEqual(['ack', '9100']);
    expect(answer).toEqual(bytesOf('01020304'));
    reader.setCarrier(false);
    expect(ask('88')).toEqual(['ack', '8929']);
  });
});
