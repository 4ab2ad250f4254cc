import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CodeRefusal } from '../../../firmware/account/decision.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import { codeRefusalText } from '../../../sim/account/refusal-words.js';
import { JsonSyntaxError, parseJson } from '../../../sim/scenario/json.js';
import { parseScenario } from '../../../sim/scenario/load.js';
import { ScenarioError } from '../../../sim/scenario/scenario-error.js';
import { loadScenario, schemaText } from '../../../tools/cli/sim/scenario-file.js';

/** A scenario of one line a value, so that lines tell values apart. */
function scenario(steps: readonly unknown[], more: Record<string, unknown> = {}): string {
  return JSON.stringify(
    {
      title: 'Test',
      start: '2026-05-16T08:30:00Z',
      people: [{ name: 'Mei' }, { name: 'Bo' }, { name: 'Stall', kind: 'merchant', category: 5814 }],
      steps,
      ...more,
    },
    null,
    1,
  );
}

function mistakes(text: string): string[] {
  try {
    parseScenario('x.json', text);
    return [];
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    return error.mistakes.map(({ pointer, message }) => `${pointer}: ${message}`);
  }
}

const PAY = { do: 'pay', from: 'Mei', to: 'Stall', amount: 100 };

describe('a scenario file', () => {
  it.each([
    'market-day',
    'torn-touch',
    'clones-and-limits',
    'codes',
    'campus-noon',
    'metro',
    'village-shop',
    'relay',
    'reserves',
    'tiers',
    'unregistered',
    'emptied-daily',
    'lost',
    'lost-is-lost',
    'denominations',
  ])('is fine: %s', (name) => {
    const file = new URL(`../../../sim/scenarios/${name}.json`, import.meta.url).pathname;
    expect(loadScenario(file).scenario.$schema).toBe('./scenario.schema.json');
  });

  it('has in its schema every reason for a refusal', () => {
    const { refusal, billExpect } = JSON.parse(schemaText()).definitions;
    expect(refusal.enum).toEqual(Object.keys(Refusal));
    const [, { properties }] = billExpect.anyOf;
    const told = Object.entries({ ...Refusal, ...CodeRefusal }).filter(([, code]) => codeRefusalText(code));
    expect([...properties.refused.enum].sort()).toEqual(told.map(([name]) => name).sort());
  });

  it('names file, line, column, pointer, what was expected and what was found', () => {
    const text =
      '{\n  "title": "x", "start": "2026-05-16T08:30:00Z",\n  "people": [{ "name": "Mei" }],\n  "steps": [\n    { "do": "load", "who": "Mei", "amount": "12" }\n  ]\n}\n';
    expect(() => parseScenario('my.json', text)).toThrow(
      'my.json:5:45: /steps/0/amount: expected a whole number of minor units from 1 to 2147483647, got "12"',
    );
  });

  it.each<[string, readonly unknown[], Record<string, unknown>, string]>([
    [
      'an unknown step',
      [{ do: 'pya' }],
      {},
      '/steps/0/do: expected a kind of step, got "pya" (did you mean "pay"?)',
    ],
    ['a step without a kind', [{}], {}, '/steps/0: expected a step: {"do": …}, got no "do"'],
    [
      'an unknown field',
      [{ ...PAY, tmies: 2 }],
      {},
      '/steps/0/tmies: expected no "tmies" here (did you mean "times"?)',
    ],
    ['a missing field', [{ do: 'pay', from: 'Mei', to: 'Bo' }], {}, '/steps/0: expected "amount" in it'],
    [
      'an amount of 0',
      [{ ...PAY, amount: 0 }],
      {},
      '/steps/0/amount: expected a whole number of minor units from 1 to 2147483647, or "received", or {"from": 400, "to": 1800, "step": 50}, got 0',
    ],
    [
      'an unknown refusal',
      [{ ...PAY, expect: { refused: 'dayLimt' } }],
      {},
      '/steps/0/expect/refused: expected a reason for a refusal, got "dayLimt" (did you mean "dayLimit"?)',
    ],
    [
      'a time without a unit',
      [{ do: 'wait', for: '5' }],
      {},
      '/steps/0/for: expected a time such as "90s", "45min", "3h" or "2d", got "5"',
    ],
    [
      'a start that is no time',
      [PAY],
      { start: 'noon' },
      '/start: expected a time such as "2026-05-16T08:30:00+08:00", got "noon"',
    ],
    [
      'an unknown limit',
      [PAY],
      { profiles: { child: { paymentMx: 1 } } },
      '/profiles/child/paymentMx: expected no "paymentMx" here (did you mean "paymentMax"?)',
    ],
    [
      'an unknown name',
      [{ ...PAY, from: 'May' }],
      {},
      '/steps/0/from: expected a person or clone, got "May" (did you mean "Mei"?)',
    ],
    [
      'a name far from all',
      [{ ...PAY, from: 'Somebody' }],
      {},
      '/steps/0/from: expected a person or clone, got "Somebody" (there is "Mei", "Bo", "Stall")',
    ],
    [
      'a clone that is not yet made',
      [
        { ...PAY, from: 'Twin' },
        { do: 'clone', who: 'Mei', as: 'Twin' },
      ],
      {},
      '/steps/0/from: expected a person or clone, got "Twin" (there is "Mei", "Bo", "Stall")',
    ],
    [
      'a clone by a name that is taken',
      [{ do: 'clone', who: 'Mei', as: 'Bo' }],
      {},
      '/steps/0/as: expected a new name, got "Bo" again',
    ],
    [
      'a profile that nobody has',
      [PAY],
      { profiles: { child: {} } },
      '/profiles/child: expected somebody to have the profile "child"',
    ],
    [
      'two of one name',
      [PAY],
      { people: [{ name: 'Mei' }, { name: 'Stall' }, { name: 'Mei' }] },
      '/people/2/name: expected each name once, got "Mei" again',
    ],
    [
      'a merchant of no category',
      [PAY],
      { people: [{ name: 'Mei' }, { name: 'Stall', kind: 'merchant' }] },
      '/people/1: expected a merchant to have a "category", such as 5814',
    ],
    [
      'an operator that there is not',
      [PAY],
      {
        people: [{ name: 'Mei', operator: 'Hil' }, { name: 'Stall' }],
        operators: [{ name: 'Hill', quota: 1 }],
      },
      '/people/0/operator: expected an operator, got "Hil" (did you mean "Hill"?)',
    ],
    [
      'a sync while the network is down',
      [
        { do: 'network', is: 'down' },
        { do: 'note', text: 'x' },
        { do: 'sync', who: 'Mei' },
      ],
      {},
      '/steps/2: expected the network to be up for "sync"; it is down since /steps/0',
    ],
    [
      'a payment to oneself',
      [{ ...PAY, to: 'Mei' }],
      {},
      '/steps/0/to: expected somebody else than the payer',
    ],
    [
      'the code of a person who has no account',
      [{ do: 'code', who: 'Mei' }],
      { accounts: [{ name: 'Ana', quota: 2_000 }] },
      '/steps/0/who: expected an account, got "Mei" (there is "Ana")',
    ],
    [
      'a scan at a gate that there is not',
      [
        { do: 'code', who: 'Ana' },
        { do: 'scan', at: 'Gete', who: 'Ana', amount: 1 },
      ],
      { accounts: [{ name: 'Ana', quota: 2_000 }], gates: [{ name: 'Gate' }] },
      '/steps/1/at: expected a gate, got "Gete" (did you mean "Gate"?)',
    ],
    [
      'a scan of a phone that shows nothing',
      [{ do: 'scan', at: 'Gate', who: 'Ana', amount: 1 }],
      { accounts: [{ name: 'Ana', quota: 2_000 }], gates: [{ name: 'Gate' }] },
      '/steps/0/who: expected a code before it is scanned',
    ],
    [
      'a tag that hangs nowhere',
      [{ do: 'tap', who: 'Mei', at: 'Stall' }],
      {},
      '/steps/0/at: expected a tag to hang there',
    ],
    [
      'a push by a tag that nobody has tapped',
      [{ do: 'push', from: 'Mei', to: 'Stall', amount: 1, tag: true }],
      {},
      '/steps/0/tag: expected Mei to tap a tag first',
    ],
    [
      'a pay by a tag',
      [
        { do: 'tag', at: 'Stall' },
        { do: 'tap', who: 'Mei', at: 'Stall' },
        { ...PAY, tag: true },
      ],
      {},
      '/steps/2/tag: expected a push: by a tag it is the payer who begins',
    ],
    ['again, with nothing before it', [{ do: 'again' }], {}, '/steps/0: expected a payment before "again"'],
    [
      'again by an unknown name',
      [
        { ...PAY, order: 'lunch' },
        { do: 'again', order: 'lnch' },
      ],
      {},
      '/steps/1/order: expected a payment named before, got "lnch" (did you mean "lunch"?)',
    ],
    [
      'a phase of the other kind of touch',
      [{ ...PAY, do: 'tear', at: { phase: 'offer' }, what: 'hand away' }],
      {},
      '/steps/0/at/phase: expected select, key, hello, invoice, transfer, receipt in a pay, got "offer"',
    ],
    [
      'the cancelling of a push',
      [{ ...PAY, do: 'push' }, { do: 'cancel' }],
      {},
      '/steps/1: expected a pay to cancel: only the payee can, and in a push that is the card',
    ],
  ])('is refused with %s', (_, steps, more, expected) => {
    expect(mistakes(scenario(steps, more))).toEqual([expected]);
  });

  it('is refused with all its mistakes at once, in the order of the file', () => {
    const text = scenario([{ do: 'wait', for: 'x' }, { do: 'note' }], { title: '' });
    expect(mistakes(text).map((each) => each.split(':')[0])).toEqual(['/title', '/steps/0/for', '/steps/1']);
  });
});

describe('the JSON reader', () => {
  it('reads what JSON.parse reads', () => {
    const schema = schemaText();
    expect(parseJson(schema).value).toEqual(JSON.parse(schema));
    const odd = '\ufeff {"a":[1,-2.5e3,"\\u00e9\\/\\"",true,null,{}],"~/":[]}';
    expect(parseJson(odd).value).toEqual(JSON.parse(odd.slice(1)));
  });

  it('knows where each value stands', () => {
    const { place } = parseJson('{\n  "a": [10,\n    {"x/y": 3}]}');
    expect(place('/a')).toEqual({ line: 2, column: 8 });
    expect(place('/a/1/x~1y')).toEqual({ line: 3, column: 13 });
    expect(place('/a/1/no/such')).toEqual({ line: 3, column: 5 });
  });

  it.each([
    ['{"a": 1,}', 1, 9, 'expected a name in double quotes, got "}"'],
    ['[1, 2', 1, 6, 'expected "," or "]", got the end of the file'],
    ['{"a" 1}', 1, 6, 'expected ":", got "1"'],
    ['{"a": 01}', 1, 7, 'expected a value, got "0"'],
    ['{"a": tru}', 1, 7, 'expected a value, got "t"'],
    ['{\n"a": "x\ny"}', 2, 6, 'expected the string to end on its line with a double quote, got "\\""'],
    ['{"a": 1, "a": 2}', 1, 10, 'expected each name once, got "a" again'],
    ['{} x', 1, 4, 'expected the end of the file, got "x"'],
    ['', 1, 1, 'expected a value, got the end of the file'],
  ])('refuses %j by its place', (text, line, column, message) => {
    try {
      parseJson(text);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(JsonSyntaxError);
      expect(error).toMatchObject({ place: { line, column }, message });
    }
  });

  it('refuses what is too deep, instead of running out of stack', () => {
    expect(() => parseJson('['.repeat(100_000))).toThrow(JsonSyntaxError);
  });
});

it('finds the schema beside the scenarios', () => {
  const text = readFileSync(new URL('../../../sim/scenarios/scenario.schema.json', import.meta.url), 'utf8');
  expect(text).toBe(schemaText());
});
