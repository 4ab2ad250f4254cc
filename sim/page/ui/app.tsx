import { Fragment } from 'preact';
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import { inMajor } from '../../../firmware/ui/money.js';
import type { Progress, StoryEvent } from '../../scenario/events.js';
import type { Step } from '../../scenario/scenario.js';
import { type Language, language, speak, t } from '../../texts/language.js';
import { count, moneyFormat, WallTime } from '../../words.js';
import type { Fault, Opening } from '../messages.js';
import type { Looked, Planned, Played, Rehearsal } from '../session.js';
import type { TouchView } from '../touch-view.js';
import type { PageView } from '../view.js';
import { minorOf } from './amount.js';
import { Books } from './books.js';
import { CallError, Client } from './client.js';
import { Codes } from './codes.js';
import { DeviceTile } from './device-tile.js';
import { eventWords } from './event-words.js';
import { Inside } from './inside.js';
import { Outcome } from './outcome.js';
import { Story } from './story.js';
import { idOf, Tabs } from './tabs.js';
import { Timeline } from './timeline.js';
import { EXAMPLE, type Plan, TouchForm, touchOf } from './touch-form.js';
import { TownBar } from './town-bar.js';
import { Wire } from './wire.js';

const EVENTS_SHOWN = 300;
const SEED_MAX = 0xffffffff;
/** Of what is no seed, characters. */
const SEED_SHOWN = 40;
const FIRST_SEED = 1;

const EMPTY_PLAN: Plan = { by: 'pay', from: '', to: '', amount: '', pin: '', what: undefined, byte: 1 };

/** What came of a rehearsal: nothing, of a touch that cannot be. */
interface Rehearsed {
  readonly of: string;
  readonly found: Rehearsal | undefined;
}

/** Somebody pays at a stall, where there is one. */
function firstPlan({ devices, currency }: PageView): Plan {
  const from = devices.find(({ kind }) => kind !== 'till') ?? devices[0];
  const to = devices.find((each) => each !== from && each.kind === 'till') ?? devices.at(-1) ?? from;
  return { ...EMPTY_PLAN, from: from.name, to: to.name, amount: inMajor(EXAMPLE, currency) };
}

/** The page: what the worker says of the town, and what its user does in it. */
export function App() {
  const [progress, setProgress] = useState<Progress>({ what: t`starting`, done: 0, of: 1 });
  const client = useMemo(() => new Client(setProgress), []);
  const [view, setView] = useState<PageView>();
  const [events, setEvents] = useState<readonly StoryEvent[]>([]);
  const [latest, setLatest] = useState<readonly StoryEvent[]>([]);
  const [touch, setTouch] = useState<TouchView>();
  const [fault, setFault] = useState<Fault>();
  const [plan, setPlan] = useState(EMPTY_PLAN);
  const [rehearsed, setRehearsed] = useState<Rehearsed>();
  const [focus, setFocus] = useState('');
  const [isOpening, setOpening] = useState(true);
  const [inside, setInside] = useState<Looked>();
  const [spoken, setSpoken] = useState(language);
  const [tab, setTab] = useState('touch');

  const take = useCallback((played: Played) => {
    setView(played.view);
    setEvents((before) => [...played.events.toReversed(), ...before].slice(0, EVENTS_SHOWN));
    setLatest(played.events);
    if (played.touch) setTouch(played.touch);
    setFault(undefined);
  }, []);
  const complain = useCallback((error: unknown) => {
    const bug = { code: 'bug', message: t`A bug in the page, please report it: ${String(error)}` };
    setFault(error instanceof CallError ? error.fault : bug);
  }, []);

  const open = useCallback(
    (opening: Opening) => {
      setOpening(true);
      const opened = (played: Played): void => {
        setEvents([]);
        setTouch(undefined);
        take(played);
        // What its people did before somebody looked is in the story.
        setLatest([]);
        setFocus(played.view.devices[0].name);
        setPlan(firstPlan(played.view));
      };
      client
        .call('open', opening)
        .then(opened, complain)
        .finally(() => setOpening(false));
    },
    [client, take, complain],
  );
  const say = useCallback(
    (wanted: Language) => {
      speak(wanted);
      document.documentElement.lang = wanted;
      document.title = t`tapnote: a town that pays by touch`;
      setSpoken(wanted);
      setFault(undefined);
      client.call('speak', wanted).then((redrawn) => redrawn && setView(redrawn), complain);
    },
    [client, complain],
  );
  useEffect(() => {
    say(language());
    const seed = seedOf(location.search);
    if (typeof seed === 'number') open({ seed });
    else setFault(seed);
  }, [open, say]);

  const isOpen = view !== undefined && !isOpening;
  const steps = view?.steps;
  // Each step may have changed what is inside.
  useEffect(() => {
    if (isOpen) client.call('look', focus).then(setInside, complain);
  }, [client, complain, focus, isOpen, spoken, steps]);

  const planned = plannedOf(plan, view);
  // What a rehearsal depends on: the plan, and where the town stands.
  const wanted =
    plan.what === undefined || planned === undefined ? undefined : JSON.stringify([planned, steps, spoken]);
  useEffect(() => {
    setRehearsed(undefined);
    if (wanted === undefined || planned === undefined) return;
    let isWanted = true;
    const end = (found: Rehearsal | undefined): void => {
      if (isWanted) setRehearsed({ of: wanted, found });
    };
    client.call('rehearse', planned).then(end, (error) => {
      end(undefined);
      complain(error);
    });
    return () => {
      isWanted = false;
    };
  }, [client, complain, wanted]);
  const isRehearsed = wanted === undefined || rehearsed?.of === wanted;

  if (!view || isOpening) return <OpeningTown progress={progress} fault={fault} />;
  const money = moneyFormat(view.currency);
  const time = new WallTime(view.start);
  const play = (step: Step): void => {
    client.call('step', step).then(take, complain);
  };
  /** One device is brought to another, and pays it. What is to go wrong is asked for in the form first. */
  const bring = (from: string, to: string): void => {
    if (from === to) return;
    const brought = { ...plan, from, to };
    setPlan({ ...brought, pin: '' });
    if (plan.what !== undefined) return;
    const step = touchOf(brought, view.currency);
    if ('code' in step) setFault(step);
    else play(step);
  };
  const lookInside = (who: string): void => {
    setFocus(who);
    setTab('inside');
    // On a phone the panels are below the devices.
    document.getElementById(idOf({ id: 'inside' }, 'tab'))?.scrollIntoView({ block: 'nearest' });
  };
  const save = (): void => {
    client.call('save', undefined).then((saved) => download('session.json', saved), complain);
  };
  const copyOf = (who: string): string => {
    const names = view.devices.map(({ name }) => name);
    for (let number = 1; ; number++) {
      const name = number === 1 ? t`${who}’s copy` : t`${who}’s copy ${number}`;
      if (!names.includes(name)) return name;
    }
  };
  const told = latest.flatMap((event) => eventWords(event, money) ?? []);
  const focused = view.devices.find(({ name }) => name === focus) ?? view.devices[0];
  return (
    // What is drawn once is drawn anew in another language.
    <Fragment key={spoken}>
      <TownBar view={view} time={time} play={play} save={save} open={open} fail={setFault} say={say} />
      <main>
        <div class="left">
          <TouchForm
            plan={plan}
            setPlan={setPlan}
            view={view}
            rehearsal={isRehearsed ? rehearsed?.found : undefined}
            isRehearsed={isRehearsed}
            play={play}
            fail={setFault}
          />
          <Outcome told={told} fault={fault} money={money} />
          <section class="devices" aria-label={t`Devices`}>
            {view.devices.map((device) => (
              <DeviceTile
                key={device.name}
                device={device}
                money={money}
                isFocus={tab === 'inside' && device.name === focused.name}
                onFocus={() => lookInside(device.name)}
                copyName={copyOf(device.name)}
                onBrought={(other) => bring(other, device.name)}
                play={play}
              />
            ))}
          </section>
        </div>
        <Tabs
          label={t`What can be seen`}
          chosen={tab}
          choose={setTab}
          tabs={[
            { id: 'touch', name: t`Touch`, body: <Timeline touch={touch} /> },
            { id: 'wire', name: t`Wire`, body: <Wire touch={touch} /> },
            {
              id: 'inside',
              name: t`Inside`,
              body: <Inside device={focused} inside={inside} money={money} />,
            },
            {
              id: 'codes',
              name: t`Codes`,
              body: <Codes view={view} money={money} time={time} play={play} fail={setFault} />,
            },
            { id: 'books', name: t`Books`, body: <Books view={view} money={money} /> },
            {
              id: 'story',
              name: t`Story`,
              body: <Story events={events} money={money} time={time} />,
            },
          ]}
        />
      </main>
    </Fragment>
  );
}

/** Undefined while the form makes no payment. */
function plannedOf(plan: Plan, view: PageView | undefined): Planned | undefined {
  const amount = view && minorOf(plan.amount, view.currency);
  if (!amount || plan.from === plan.to || !/^(\d{4,12})?$/.test(plan.pin)) return undefined;
  return { by: plan.by, from: plan.from, to: plan.to, amount, pin: plan.pin || undefined };
}

/** What `?seed=7` behind the page's address says: where everything random of the session comes from. */
function seedOf(search: string): number | Fault {
  const text = new URLSearchParams(search).get('seed');
  if (text === null) return FIRST_SEED;
  const seed = Number(text);
  if (/^\d{1,10}$/.test(text) && seed <= SEED_MAX) return seed;
  const shown = text.length > SEED_SHOWN ? `${text.slice(0, SEED_SHOWN)}…` : text;
  return {
    code: 'seed',
    message: t`“${shown}” is no seed: that is a whole number from 0 to ${count(SEED_MAX)}, without commas.`,
  };
}

function download(name: string, content: object): void {
  const url = URL.createObjectURL(new Blob([`${JSON.stringify(content, null, 2)}\n`]));
  Object.assign(document.createElement('a'), { href: url, download: name }).click();
  URL.revokeObjectURL(url);
}

function OpeningTown({ progress, fault }: { progress: Progress; fault: Fault | undefined }) {
  return (
    <main class="opening">
      <h1>tapnote</h1>
      <p>{t`A town that pays by touch opens in this page: its bank, its people, a device for each.`}</p>
      {fault ? (
        <p class="outcome bad" role="alert">
          {fault.message} <code>[{fault.code}]</code> <a href="./">{t`Open the first town`}</a>
        </p>
      ) : (
        <p role="status">
          <progress aria-label={t`opening`} value={progress.done} max={progress.of} /> {progress.what} …
        </p>
      )}
    </main>
  );
}
