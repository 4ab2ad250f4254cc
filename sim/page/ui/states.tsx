import type { StateChange } from '../../capture/states.js';
import { MACHINES, type MachineName } from '../state-machines.js';
import type { TouchView } from '../touch-view.js';
import { StateDiagram } from './state-diagram.js';

/** What the firmware of both devices was in at a moment of the touch. */
export function States({ touch, now_us }: { touch: TouchView; now_us: number }) {
  const { terminal, card } = touch.event;
  const shown: [MachineName, string][] = [
    ['terminal', terminal],
    ['card', card],
    ['money', terminal],
    ['money', card],
    ['lifecycle', terminal],
    ['lifecycle', card],
  ];
  return (
    <div class="machines">
      {shown.map(([name, of]) => {
        const known = touch.states.filter(({ machine, device }) => machine === name && device === of);
        const at = known.findLastIndex(({ at_us }) => at_us <= now_us);
        // Until then it was as the touch found it.
        const state: StateChange | undefined = known[Math.max(0, at)];
        return (
          state && (
            <StateDiagram
              key={`${name} ${of}`}
              machine={MACHINES[name]}
              of={of}
              state={state.state}
              before={known[at - 1]?.state}
            />
          )
        );
      })}
      <p class="hint">
        Read off the running firmware. From every state a touch may end, and the power may go; a broken
        journal stops any wallet.
      </p>
    </div>
  );
}
