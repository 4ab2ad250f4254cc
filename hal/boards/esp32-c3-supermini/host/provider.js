import { LampInterface } from 'firmware/ui/lamp-interface';
import device from 'hal/boards/device';
import { PlainLamp } from 'hal/esp32/plain-lamp';
import { usbOpener } from 'hal/esp32/usb/usb';

const { lamp } = device.board;

export default Object.freeze({
  ...device,
  openConsole: usbOpener,
  createInterface: (clock) => new LampInterface(new PlainLamp(lamp.pin, lamp.activeLow), clock),
});
