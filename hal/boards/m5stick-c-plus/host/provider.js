import I2C from 'embedded:io/i2c';
import SMBus from 'embedded:io/smbus';
import AXP192 from 'embedded:peripheral/Power/axp192';
import device from 'hal/boards/device';
import { TextScreen } from 'hal/esp32/screen/text-screen';
import { ScreenFace } from 'hal/esp32/screen-face';

const { display } = device.board;

/** AXP192 data sheet, register 0x12: supplies on (DC-DC1 for the processor, LDO2 for the backlight, LDO3 for the display). */
const POWER_OUTPUTS = 0x12;
const DCDC1_LDO2_LDO3_EXTEN = 0x4d;
/** Register 0x28: LDO2 and LDO3 at 3.0 V, four bits each, 1.8 V and 0.1 V a step. */
const LDO_VOLTAGES = 0x28;
const BOTH_3_0_V = 0xcc;

function switchDisplayOn() {
  const power = new AXP192({
    peripheral: { io: SMBus, data: display.powerData, clock: display.powerClock, port: 1 },
  });
  power.writeByte(LDO_VOLTAGES, BOTH_3_0_V);
  power.writeByte(POWER_OUTPUTS, DCDC1_LDO2_LDO3_EXTEN);
  power.close();
}

export default Object.freeze({
  ...device,
  I2C: {
    ...device.I2C,
    internal: { io: I2C, port: 1, data: display.powerData, clock: display.powerClock },
  },
  createFace: () => {
    switchDisplayOn();
    return new ScreenFace(new TextScreen());
  },
});
