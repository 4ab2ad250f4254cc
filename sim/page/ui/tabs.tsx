import type { ComponentChildren } from 'preact';

export interface Tab {
  /** In ids. */
  readonly id: string;
  readonly name: string;
  readonly body: ComponentChildren;
}

interface Props {
  readonly label: string;
  readonly tabs: readonly Tab[];
  /** Its id. */
  readonly chosen: string;
  choose(id: string): void;
}

/**
 * Panels of which one is seen, by the pattern of the ARIA Authoring Practices: arrow keys go along the tabs.
 */
export function Tabs({ label, tabs, chosen: id, choose: chooseId }: Props) {
  const chosen = Math.max(
    0,
    tabs.findIndex((tab) => tab.id === id),
  );
  const choose = (i: number): void => chooseId(tabs[i].id);
  const onKeyDown = (event: KeyboardEvent): void => {
    const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (way === undefined) return;
    event.preventDefault();
    const next = (chosen + way + tabs.length) % tabs.length;
    choose(next);
    document.getElementById(idOf(tabs[next], 'tab'))?.focus();
  };
  return (
    <div class="panels">
      <div role="tablist" aria-label={label} onKeyDown={onKeyDown}>
        {tabs.map((tab, i) => (
          <button
            type="button"
            role="tab"
            key={tab.id}
            id={idOf(tab, 'tab')}
            aria-controls={idOf(tab, 'panel')}
            aria-selected={i === chosen}
            tabIndex={i === chosen ? 0 : -1}
            onClick={() => choose(i)}
          >
            {tab.name}
          </button>
        ))}
      </div>
      {tabs.map((tab, i) => (
        <section
          role="tabpanel"
          key={tab.id}
          id={idOf(tab, 'panel')}
          aria-labelledby={idOf(tab, 'tab')}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a panel that scrolls is reached by the keyboard.
          tabIndex={0}
          hidden={i !== chosen}
        >
          {i === chosen && tab.body}
        </section>
      ))}
    </div>
  );
}

export const idOf = ({ id }: Pick<Tab, 'id'>, what: string): string => `${what}-${id}`;
