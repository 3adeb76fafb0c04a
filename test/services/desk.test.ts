/** The desk starts a shared server once, for everybody, when it is first asked for, and stops what it started. */
import { expect, onTestFinished, test } from 'vitest';
import { type Desk, openDesk, type SharedServer, urlOf } from './desk.ts';

interface World {
  readonly desk: Desk;
  /** What was tried, started and stopped, in order. */
  readonly happened: readonly string[];
  /** Resolves when somebody has asked for the server called `slow`. */
  readonly slowIsAsked: Promise<void>;
  /** Lets it come up. */
  comeUp(): void;
}

function latch(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

async function world(): Promise<World> {
  const happened: string[] = [];
  const asked = latch();
  const up = latch();
  const server = (name: string): SharedServer => {
    happened.push(`started ${name}`);
    return { url: `http://${name}`, stop: async () => void happened.push(`stopped ${name}`) };
  };
  const desk = await openDesk({
    quick: async () => server('quick'),
    slow: async () => {
      asked.open();
      await up.opened;
      return server('slow');
    },
    broken: async () => {
      happened.push('tried broken');
      throw new Error('no Java here');
    },
  });
  onTestFinished(() => desk.close());
  return { desk, happened, slowIsAsked: asked.opened, comeUp: up.open };
}

test('nothing is started until it is asked for', async () => {
  const { desk, happened } = await world();
  await desk.close();
  expect(happened).toEqual([]);
});

test('everybody gets the one server, who asks while it starts too', async () => {
  const { desk, happened, comeUp } = await world();
  const urls = Promise.all(['slow', 'slow', 'quick'].map((name) => urlOf(name, desk.address)));
  comeUp();
  expect(await urls).toEqual(['http://slow', 'http://slow', 'http://quick']);
  expect(await urlOf('slow', desk.address)).toBe('http://slow');
  expect(happened.toSorted()).toEqual(['started quick', 'started slow']);
});

test('a start that fails is told to everybody who asks, and not tried again', async () => {
  const { desk, happened } = await world();
  await expect(urlOf('broken', desk.address)).rejects.toThrow('no Java here');
  await expect(urlOf('broken', desk.address)).rejects.toThrow('no Java here');
  expect(happened).toEqual(['tried broken']);
});

test('what is not in the catalog is named', async () => {
  const { desk } = await world();
  await expect(urlOf('other/1.0', desk.address)).rejects.toThrow('the desk has no other/1.0');
});

test('closing stops what runs and what is still coming up', async () => {
  const { desk, happened, slowIsAsked, comeUp } = await world();
  await urlOf('quick', desk.address);
  await expect(urlOf('broken', desk.address)).rejects.toThrow();
  const slow = urlOf('slow', desk.address);
  await slowIsAsked;
  const closed = desk.close();
  comeUp();
  await Promise.all([closed, slow]);
  expect(happened.filter((word) => word.startsWith('stopped')).toSorted()).toEqual(['stopped quick', 'stopped slow']);
});
