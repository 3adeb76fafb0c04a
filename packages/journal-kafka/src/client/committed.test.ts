/** What a reader of committed transactions is given, of messages as kafkajs decodes them. */
import { describe, expect, test } from 'vitest';
import { committedOf } from './committed.ts';
import type { FetchedMessage } from './protocol.ts';

const value = Buffer.from('v');

function data(offset: number, producerId: string, inTransaction = true): FetchedMessage {
  const batchContext = { producerId, inTransaction };
  return { offset: String(offset), key: Buffer.from('k'), value, headers: {}, isControlRecord: false, batchContext };
}

/** Version 0, and what has become of the transaction: 0 aborted, 1 committed. */
function marker(offset: number, producerId: string, type: 0 | 1): FetchedMessage {
  return { ...data(offset, producerId), key: Buffer.from([0, 0, 0, type]), isControlRecord: true };
}

const aborted = (producerId: string, firstOffset: number) => ({ producerId, firstOffset: String(firstOffset) });

describe('given is', () => {
  test.each<{
    name: string;
    messages: readonly FetchedMessage[];
    aborted: readonly { producerId: string; firstOffset: string }[];
    offsets: readonly number[];
  }>([
    {
      name: 'what is committed, without its markers',
      messages: [data(0, '1'), data(1, '1'), marker(2, '1', 1)],
      aborted: [],
      offsets: [0, 1],
    },
    {
      name: 'nothing of what is aborted',
      messages: [data(0, '1'), marker(1, '1', 0), data(2, '1'), marker(3, '1', 1)],
      aborted: [aborted('1', 0)],
      offsets: [2],
    },
    {
      name: 'nothing of two that are aborted across each other, from their first record on',
      messages: [data(5, '1'), data(6, '2'), marker(7, '1', 0), data(8, '2'), marker(9, '2', 0), data(10, '1')],
      aborted: [aborted('1', 3), aborted('2', 4)],
      offsets: [10],
    },
    {
      name: 'nothing of one that is aborted, whichever order they are told in',
      messages: [data(5, '1'), data(6, '2'), marker(7, '1', 0), marker(8, '2', 0)],
      aborted: [aborted('2', 6), aborted('1', 5)],
      offsets: [],
    },
    {
      name: 'what another commits in between',
      messages: [data(0, '1'), data(1, '2'), marker(2, '2', 1), marker(3, '1', 0)],
      aborted: [aborted('1', 0)],
      offsets: [1],
    },
    {
      name: 'what is in no transaction',
      messages: [data(0, '1'), data(1, '1', false), marker(2, '1', 0)],
      aborted: [aborted('1', 0)],
      offsets: [1],
    },
    {
      name: 'a record whose key looks like a marker’s',
      messages: [{ ...data(0, '1'), key: Buffer.from([0, 0, 0, 0]) }, data(1, '1'), marker(2, '1', 0)],
      aborted: [aborted('1', 0)],
      offsets: [],
    },
  ])('$name', ({ messages, aborted: list, offsets }) => {
    expect(committedOf(messages, list).map(({ offset }) => Number(offset))).toEqual(offsets);
  });
});
