import I2C from 'embedded:io/i2c';
import { I2C_ADDRESS, I2cLink } from 'hal/pn532/link-i2c';
import { Pn532 } from 'hal/pn532/pn532';
import Time from 'time';
import Timer from 'timer';

const clock = {
  ticks_ms: () => Time.ticks & 0x7fffffff,
  ticks_us: () => (Time.ticks * 1_000) & 0x7fffffff,
  uptime_s: () => 0,
  schedule(delay_ms, callback) {
    let timer = Timer.set(() => {
      timer = undefined;
      callback();
    }, delay_ms);
    return { cancel: () => timer && Timer.clear(timer) };
  },
};
// Good enough for an anticollision UID, never for a key.
const entropy = {
  fill(target) {
    for (let i = 0; i < target.length; i++) target[i] = Math.random() * 256;
  },
};

const i2c = new I2C({ data: 21, clock: 22, hz: 400_000, address: I2C_ADDRESS });
const { reader } = new Pn532({ link: new I2cLink({ i2c, clock }), clock, entropy });
reader.connect(10_000, (error) => {
  trace(error ? `${error.code}: ${error.message}\n` : `card ${reader.uid}\n`);
  reader.release(() => {});
});
