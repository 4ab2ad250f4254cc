/** Programs that nobody here wrote, and what of the simulator they talk to: each is shown by a test. */
export interface ForeignPrograms {
  readonly programs: string;
  readonly to: string;
  readonly test: string;
  /** Debian's; tools/setup-debian.sh installs them. */
  readonly packages: readonly string[];
  /** Of npm, which package.json pins. */
  readonly npm?: readonly string[];
  /** What stands for a version where Debian has none. */
  readonly source?: string;
}

export const PROGRAMS: readonly ForeignPrograms[] = [
  {
    programs: 'opensc-tool, scriptor, through pcscd and a virtual reader',
    to: '`npx tapnote card --pcsc`: a wallet as a contactless card',
    test: 'test/tools/front-ends/pcsc-card.test.ts',
    packages: ['pcscd', 'vsmartcard-vpcd', 'opensc', 'pcsc-tools'],
  },
  {
    programs: 'pcscd, and so any reader that it knows',
    to: '`npx tapnote terminal 1250 --pcsc`, `npx tapnote gateway --pcsc`: a sale, a sync',
    test: 'test/tools/front-ends/pcsc-terminal.test.ts',
    packages: ['pcscd'],
  },
  {
    programs: 'nfc-list, nfc-poll, pn53x-diagnose, nfc-emulate-forum-tag4',
    to: '`npx tapnote pn532`: a PN532 as a serial port, with a wallet on it',
    test: 'test/tools/front-ends/pn532.test.ts',
    packages: ['libnfc-bin', 'libnfc-examples', 'libnfc-pn53x-examples'],
  },
  {
    programs: 'a PN532 module on a USB bridge, set up with stty; simulated ones on pseudo-terminals so far',
    to:
      '`npx tapnote card --port`, `npx tapnote terminal 1250 --port`, `npx tapnote gateway --port`: our driver ' +
      'and firmware on this machine',
    test: 'test/tools/front-ends/pn532-port.test.ts',
    packages: ['python3'],
  },
  {
    programs: 'Wireshark, tshark',
    to: '`npx tapnote sim FILE --pcap air.pcap`: every frame on the air',
    test: 'test/tools/captures.test.ts',
    packages: ['tshark'],
  },
  {
    programs: 'Chromium’s Web Serial',
    to: '`npx tapnote board-page`, and the page that `npm run build:board` writes: doctor, log, provisioning',
    test: 'test/tools/board-page.test.ts',
    packages: ['chromium'],
  },
  {
    programs: 'ESP Web Tools and their esptool-js, in Chromium; a simulated ESP32-C3 so far',
    to: 'the same page: they flash a board by its manifest',
    test: 'test/tools/board-flash.test.ts',
    packages: ['chromium'],
    npm: ['esp-web-tools'],
  },
  {
    programs: 'a Proxmark3 and its client: `trace save`, `hf 14a list`',
    to: '`npx tapnote trace FILE`: what it has recorded of real hardware, in words',
    test: 'test/tools/captures.test.ts',
    packages: [],
    source: 'as its source has the formats (github.com/RfidResearchGroup/proxmark3); samples are our own',
  },
];
