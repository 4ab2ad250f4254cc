import { Level, type Probe, ProbeOutcome, type Way, WayKind } from '../../../hal/diagnosis/front-end.js';

/** What the doctor has seen of a PN532 and its wires. */
export interface Findings {
  /** The link of the build. */
  readonly link: string;
  /** Data, clock, IRQ; empty when they were not looked at. */
  readonly levels: readonly number[];
  /** The first is the build's own way. */
  readonly probes: readonly (Way & Pick<Probe, 'outcome' | 'count'>)[];
  /** Whether the driver's own start works, and works still after the field was on. */
  readonly starts: boolean;
  readonly holdsField: boolean;
}

export interface Opinion {
  /** For scripts: one word, never changed. */
  readonly code: string;
  readonly what: string;
  /** The next step. */
  readonly next: string;
}

const POWER_OFF =
  'take the power away from the module for a second (switches and rate are read at power-up), then run this again';

/** In the order of certainty: what was seen to work some other way first, then what the idle wires say. */
export function opinionOf(findings: Findings): Opinion {
  const { probes, starts, holdsField, link } = findings;
  const works = (kind: number) =>
    probes.find((each) => each.kind === kind && each.outcome === ProbeOutcome.answered);
  const own = probes[0];
  if (starts && holdsField) {
    return {
      code: 'healthy',
      what: 'the PN532 answers, and goes on answering with its field on',
      next: 'nothing',
    };
  }
  if (starts) {
    return {
      code: 'weak-supply',
      what: 'the PN532 answers, but not any more once its field is on: 90 mA more, and the supply breaks down',
      next: 'a better cable or supply, 100 µF between the module’s supply and ground; then run this again',
    };
  }
  if (probes.some(({ outcome }) => outcome === ProbeOutcome.otherChip)) {
    return {
      code: 'other-chip',
      what: 'something answers, but not as a PN532',
      next: 'look at the print on the chip',
    };
  }
  const i2c = link === 'hsu' ? (works(WayKind.i2c) ?? works(WayKind.i2cCrossed)) : undefined;
  if (i2c) {
    return {
      code: 'switches',
      what: 'the module is set to I2C, and this firmware speaks HSU to it',
      next: `set both switches to off (HSU), ${POWER_OFF}; or build with --link i2c and wire it so`,
    };
  }
  if (works(WayKind.hsuCrossed)) {
    return {
      code: 'crossed',
      what: 'TX and RX are the wrong way round',
      next: 'swap the two wires: the board’s TX goes to the module’s RXD (SCL), its RX to TXD (SDA)',
    };
  }
  const atRate = works(WayKind.hsu);
  if (atRate && atRate !== own) {
    return {
      code: 'baud',
      what: `the PN532 is at ${atRate.baud} baud, where an earlier program has left it`,
      next: POWER_OFF,
    };
  }
  return silent(findings);
}

function silent({ levels, probes, link }: Findings): Opinion {
  const [data, clock, irq] = levels;
  const own = probes[0];
  if (own?.outcome === ProbeOutcome.ackOnly) {
    return {
      code: 'half-answer',
      what: 'the PN532 acknowledges, and then says no more',
      next: 'shorten the wires; check that its supply is at 3 V or more while this runs',
    };
  }
  if (own?.outcome === ProbeOutcome.noise) {
    return {
      code: 'noise',
      what: `${own.count} bytes came, but no frame of a PN532`,
      next: 'check the common ground and the length of the wires; is another program talking on these pins?',
    };
  }
  if (link === 'i2c' && irq === Level.high && (data !== Level.high || clock !== Level.high)) {
    return {
      code: 'pull-ups',
      what: 'the module has power, but SDA or SCL is not pulled up',
      next: '4.7 kΩ from SDA and from SCL to 3V3; reset the board, and run this again',
    };
  }
  if (levels.length > 0 && irq !== Level.high && data !== Level.high) {
    return {
      code: 'dead',
      what: 'nothing holds the wires: the module has no power, or none of them is connected',
      next: 'measure 3.3 V at the module, check the common ground and each wire by the drawing; reset the board, and run this again',
    };
  }
  if (levels.length > 0 && link === 'hsu' && data !== Level.high) {
    return {
      code: 'switches',
      what: 'the module has power, but does not drive its TX line: it is not set to HSU (SPI, most likely), or that wire is open',
      next: `set both switches to off (HSU), ${POWER_OFF}; then check the wire from TXD (SDA)`,
    };
  }
  return {
    code: 'silent',
    what: 'the PN532 does not answer in any way that was tried',
    next: 'compare wires and switches with hal/README.md; take the power away from both board and module, and run this again',
  };
}
