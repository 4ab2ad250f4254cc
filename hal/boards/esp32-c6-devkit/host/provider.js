import device from 'hal/boards/device';
import { LampFace } from 'hal/esp32/lamp-face';
import { PixelLamp } from 'hal/esp32/pixel/pixel-lamp';

const { lamp } = device.board;

export default Object.freeze({
  ...device,
  createFace: (clock) => new LampFace(new PixelLamp(lamp.pin), clock),
});
