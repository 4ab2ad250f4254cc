import { LampInterface } from 'firmware/ui/lamp-interface';
import device from 'hal/boards/device';
import { PixelLamp } from 'hal/esp32/pixel/pixel-lamp';

const { lamp } = device.board;

export default Object.freeze({
  ...device,
  createInterface: (clock) => new LampInterface(new PixelLamp(lamp.pin), clock),
});
