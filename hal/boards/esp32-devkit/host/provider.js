import device from 'hal/boards/device';
import { LampFace } from 'hal/esp32/lamp-face';
import { PlainLamp } from 'hal/esp32/plain-lamp';

const { lamp } = device.board;

export default Object.freeze({
  ...device,
  createFace: (clock) => new LampFace(new PlainLamp(lamp.pin, lamp.activeLow), clock),
});
