import { LampInterface } from 'firmware/ui/lamp-interface';
import device from 'hal/boards/device';
import { PlainLamp } from 'hal/esp32/plain-lamp';

const { lamp } = device.board;

export default Object.freeze({
  ...device,
  createInterface: (clock) => new LampInterface(new PlainLamp(lamp.pin, lamp.activeLow), clock),
});
