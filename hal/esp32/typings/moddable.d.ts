/**
 * What hal/esp32 uses of the Moddable SDK, for a compiler without the SDK; with it, the SDK's own typings
 * count.
 */

declare function Native(name: string): new (...args: unknown[]) => object;
declare function trace(...message: unknown[]): void;

declare module 'timer' {
  class Timer {
    private constructor();
    static set(callback: (timer: Timer) => void, interval?: number, repeat?: number): Timer;
    static clear(timer: Timer): void;
    private brand: boolean;
  }
  export default Timer;
}

declare module 'embedded:storage/flash' {
  class Flash {
    eraseBlock(start: number, end?: number): void;
    read(buffer: Uint8Array, byteOffset: number): number;
    write(buffer: Uint8Array, byteOffset: number): void;
    status(): { size: number; blockLength: number; blocks: number };
  }
  const storage: { open(options: { path: string; mode?: 'r' | 'r+' }): Flash };
  export default storage;
}

declare module 'embedded:io/digital' {
  class Digital {
    static readonly Input: number;
    static readonly InputPullUp: number;
    static readonly InputPullDown: number;
    static readonly Output: number;
    static readonly Rising: number;
    static readonly Falling: number;
    constructor(options: { pin: number; mode: number; edge?: number; onReadable?: () => void });
    read(): 0 | 1;
    write(value: 0 | 1): void;
    close(): void;
  }
  export default Digital;
}

declare module 'embedded:io/i2c' {
  class I2C {
    constructor(options: { data: number; clock: number; hz: number; address: number; port?: number });
  }
  export default I2C;
}

declare module 'embedded:io/spi' {
  class SPI {
    constructor(options: {
      out: number;
      in: number;
      clock: number;
      select: number;
      hz: number;
      mode: number;
      port: number;
    });
  }
  export default SPI;
}

declare module 'neopixel' {
  class NeoPixel {
    constructor(options: { pin: number; length: number; order: string });
    makeRGB(r: number, g: number, b: number): number;
    setPixel(index: number, colour: number): void;
    update(): void;
  }
  export default NeoPixel;
}

declare module 'mc/config' {
  const config: Record<string, never | undefined>;
  export default config;
}

declare module 'embedded:provider/builtin' {
  const device: unknown;
  export default device;
}
