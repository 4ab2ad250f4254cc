import { Found, FrameParser } from '../../../hal/pn532/frame.js';
import { frameOf } from '../../../sim/chip/host-frames.js';
import { createPn532Module } from '../../../sim/chip/pn532-module.js';
import { RfField } from '../../../sim/chip/rf-field.js';
import { VirtualClock } from '../../../sim/chip/virtual-clock.js';

export const WAKE = Uint8Array.of(0x55, 0x55, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

/** A command in hex, without TFI, as a frame. */
export const command = (text: string): Uint8Array => frameOf(bytesOf(`d4${text}`));

/** A host that sends bytes and notes what comes: 'ack', 'error', or the body without TFI in hex. */
export function hostBench() {
  const clock = new VirtualClock();
  const field = new RfField(clock);
  const module = createPn532Module({ clock, field, name: 'chip' });
  const parser = new FrameParser();
  const buffer = new Uint8Array(600);
  let heard: string[] = [];
  const open = (baud: number) => {
    const serial = module.uart.openSerial({
      baud,
      onReadable: () => {
        const count = serial.read(buffer) ?? 0;
        let at = 0;
        while (at < count) {
          at = parser.feed(buffer, at, count);
          if (parser.found === Found.ack) heard.push('ack');
          else if (parser.found === Found.error) heard.push('error');
          else if (parser.found === Found.body) heard.push(hex(parser.body.slice(1, parser.length)));
        }
      },
      onWritable: () => {},
    });
    return serial;
  };
  let serial = open(115_200);
  const send = (bytes: Uint8Array, wait_ms = 50): string[] => {
    heard = [];
    serial.write(bytes);
    clock.runFor(wait_ms * 1000);
    return heard;
  };
  return {
    clock,
    field,
    module,
    send,
    ask: (text: string, wait_ms?: number) => send(command(text), wait_ms),
    wake: () => {
      send(WAKE);
      return send(command('14 01'));
    },
    setBaud: (baud: number) => {
      serial = open(baud);
    },
  };
}
