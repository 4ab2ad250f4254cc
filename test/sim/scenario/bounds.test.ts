import { describe, expect, it } from 'vitest';
import { parseScenario } from '../../../sim/scenario/load.js';
import { ScenarioError } from '../../../sim/scenario/scenario-error.js';

const HEAD = '"title": "x", "start": "2026-05-16T08:30:00Z"';

function refusal(text: string): ScenarioError {
  try {
    parseScenario('x.json', text);
  } catch (error) {
    if (error instanceof ScenarioError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('a scenario file that is out of bounds', () => {
  it('has a text of 8 MB', () => {
    const { message } = refusal(`{"title": "${'x'.repeat(8_000_000)}"}`);
    expect(message).toBe(
      'x.json:1:11: expected a text of at most 4000 characters, got a longer one [json-text-length]',
    );
  });

  it('has a text that never ends, or ends in the middle of an escape', () => {
    expect(refusal('{"title": "abc').message).toContain('[json-syntax]');
    expect(refusal('{"title": "abc\\').message).toContain('[json-syntax]');
  });

  it('has more names or values in one place than are read', () => {
    const keys = Array.from({ length: 200_000 }, (_, i) => `"k${i}": 1`).join(',');
    expect(refusal(`{${HEAD}, ${keys}}`).message).toMatch(
      /expected at most 1000 names, got more \[json-count\]$/,
    );
    const many = '1,'.repeat(20_000);
    expect(refusal(`[${many}1]`).message).toMatch(
      /expected a list of at most 10000, got more \[json-count\]$/,
    );
  });

  it('has tens of thousands of mistakes: the first are told, the others counted', () => {
    const step = '{"do": "pay", "from": 1, "to": [], "amount": {}, "tmies": 3}';
    const steps = Array.from({ length: 10_000 }, () => step);
    const error = refusal(`{${HEAD}, "people": [{"name": "Mei"}],\n"steps": [\n${steps.join(',\n')}]}`);
    expect(error.mistakes.length).toBeGreaterThanOrEqual(40_000);
    expect(error.mistakes.at(-1)?.place.line).toBe(10_002);
    const lines = error.message.split('\n');
    expect(lines).toHaveLength(21);
    expect(lines[0]).toMatch(/^x\.json:3:\d+: \/steps\/0\/\w+: expected .* \[schema\]$/);
    expect(lines[20]).toBe(`x.json: ${error.mistakes.length - 20} more mistakes`);
  });

  it('has a thousand people: it says why not', () => {
    const people = Array.from({ length: 1_000 }, (_, i) => `{"name": "p${i}"}`);
    expect(refusal(`{${HEAD}, "people": [${people}], "steps": [{"do": "settle"}]}`).message).toMatch(
      /expected a list of 1 to 100 people \(each gets a device of its own.*\), got a list of 1000 \[schema\]$/,
    );
  });

  it.each(['\\u001b[2J', '\\u009b31m', '\\u202e', '\\n'])(
    'has the control character %s in a text',
    (character) => {
      const { message } = refusal(`{"title": "a${character}b"}`);
      expect(message).toBe(
        'x.json:1:11: expected a text without control characters, got one [json-text-control]',
      );
    },
  );

  it('has control characters in its own name, which are told by number', () => {
    expect(refusal('{"title": "x\u001b"}').message).not.toContain('\u001b');
  });
});

describe('a doubled name', () => {
  it('is one mistake, also where steps speak of the one that it has pushed out', () => {
    const pay = '{"do": "pay", "from": "Mei", "to": "Bo", "amount": 1}';
    const text = `{${HEAD}, "people": [{"name": "Mei"}, {"name": "Mei"}], "steps": [${pay}]}`;
    expect(refusal(text).message).toMatch(/^[^\n]*expected each name once, got "Mei" again \[name\]$/);
  });

  it('of a profile that is misspelt is one mistake: the profile is not also unused', () => {
    const people = '[{"name": "Mei", "profile": "chidl"}]';
    const text = `{${HEAD}, "profiles": {"child": {}}, "people": ${people}, "steps": [{"do": "settle"}]}`;
    expect(refusal(text).message).toMatch(/^[^\n]*expected a profile, got "chidl" .* \[name\]$/);
  });
});
