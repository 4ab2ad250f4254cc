import type { RepeatEvent, StoryEvent, Totals, TouchEvent } from './events.js';

const mean = (numbers: readonly number[]): number =>
  numbers.length === 0 ? 0 : numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

const range = (numbers: readonly number[]) => ({
  min: numbers.length === 0 ? 0 : Math.min(...numbers),
  mean: mean(numbers),
  max: numbers.length === 0 ? 0 : Math.max(...numbers),
});

export function summarise(
  how: RepeatEvent['do'],
  from: readonly string[],
  to: string,
  touches: readonly TouchEvent[],
): RepeatEvent {
  const paid = touches.filter((touch) => touch.outcome === 'paid');
  const otherwise: Record<string, number> = {};
  for (const touch of touches) {
    if (touch.outcome === 'paid') continue;
    const what = touch.refused ? `refused: ${touch.refused.why}` : touch.outcome;
    otherwise[what] = (otherwise[what] ?? 0) + 1;
  }
  const of = (pick: (touch: TouchEvent) => number) => mean(paid.map(pick));
  return {
    kind: 'repeat',
    do: how,
    from,
    to,
    times: touches.length,
    paid: paid.length,
    sum: paid.reduce((sum, touch) => sum + touch.amount, 0),
    otherwise,
    touch_us: range(paid.map((touch) => touch.cost.total_us)),
    mean: {
      apduBytes: of((touch) => touch.cost.apduBytes),
      airBytes: of((touch) => touch.cost.airBytes),
      airFrames: of((touch) => touch.cost.airFrames),
    },
    mean_us: {
      air: of((touch) => touch.cost.air_us),
      link: of((touch) => touch.cost.link_us),
      flash: of((touch) => touch.cost.flash_us),
      compute: of((touch) => touch.cost.compute_us),
    },
  };
}

export function totalsOf(events: readonly StoryEvent[]): Totals {
  const touches = events.filter((event) => event.kind === 'touch');
  // A payment that was touched again when it was paid is no second one.
  const paid = touches.filter(({ outcome, wasPaid }) => outcome === 'paid' && !wasPaid);
  const whole = paid.filter(({ tear, cost }) => !tear || cost.airBytes < tear.airByte);
  const count = (outcome: TouchEvent['outcome']) =>
    touches.filter((touch) => touch.outcome === outcome).length;
  const asked = touches.filter(({ refused }) => refused?.by === 'card' && refused.why === 'button').length;
  return {
    touches: touches.length,
    paid: paid.length,
    refused: count('refused') - asked,
    asked,
    torn: count('torn'),
    resumed: count('resumed'),
    syncs: events.filter((event) => event.kind === 'sync').length,
    apduBytes: touches.reduce((sum, touch) => sum + touch.cost.apduBytes, 0),
    airBytes: touches.reduce((sum, touch) => sum + touch.cost.airBytes, 0),
    touch_us: whole.length === 0 ? undefined : range(whole.map((touch) => touch.cost.total_us)),
  };
}
