import I2C from 'embedded:io/i2c';
import SMBus from 'embedded:io/smbus';
import AXP192 from 'embedded:peripheral/Power/axp192';
import { ScreenInterface } from 'firmware/ui/screen-interface';
import device from 'hal/boards/device';
import { TextScreen } from 'hal/esp32/screen/text-screen';
import { nativeQr } from 'hal/qr-native';

const { display } = device.board;
const internal = { port: 1, data: display.powerData, clock: display.powerClock };

/** AXP192 data sheet, register 0x12: supplies on and off. DC-DC1 is the processor's. */
const POWER_OUTPUTS = 0x12;
const DCDC1 = 0x01;
/** Backlight and display. */
const LDO2_LDO3 = 0x0c;
/** Register 0x28: LDO2 and LDO3 at 3.0 V, four bits each, from 1.8 V by 0.1 V. */
const LDO_VOLTAGES = 0x28;
const BOTH_3_0_V = 0xcc;

function displaySwitch() {
  const power = new AXP192({ peripheral: { io: SMBus, ...internal } });
  power.writeByte(LDO_VOLTAGES, BOTH_3_0_V);
  return (on) => power.writeByte(POWER_OUTPUTS, on ? DCDC1 | LDO2_LDO3 : DCDC1);
}

export default Object.freeze({
  ...device,
  I2C: { ...device.I2C, internal: { io: I2C, ...internal } },
  createInterface: (clock) => new ScreenInterface(new TextScreen(displaySwitch()), clock, nativeQr),
});
