import { describe, expect, test } from 'vitest';
import type { LogConfig } from './config/schema.ts';
import { type AgentLog, createLog } from './log.ts';

function world(config: LogConfig, terminal = false): AgentLog & { readonly lines: readonly string[] } {
  const lines: string[] = [];
  return { ...createLog({ config, terminal, write: (text) => lines.push(text) }), lines };
}

describe('the log', () => {
  test('is one line of JSON an event, its code among the fields', () => {
    const { log, lines } = world({ level: 'info' });
    log('warn', 'SINK_BLOCKED', 'sink siem: HTTP 401', { sink: 'siem' });
    expect(lines[0]?.endsWith('}\n')).toBe(true);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'warn',
      code: 'SINK_BLOCKED',
      message: 'sink siem: HTTP 401',
      sink: 'siem',
    });
  });

  test('is text on a terminal, unless the configuration says json', () => {
    const text = world({ level: 'info' }, true);
    text.log('info', 'STARTED', 'running', { n: 1, s: 'x' });
    expect(text.lines[0]).toMatch(/^\d\d:\d\d:\d\d info {2}STARTED running n=1 s=x\n$/);
    const json = world({ level: 'info', format: 'json' }, true);
    json.log('info', 'STARTED', 'running');
    expect(json.lines[0]).toContain('"code":"STARTED"');
  });

  test('leaves out what is below its level', () => {
    const { log, lines } = world({ level: 'warn' });
    log('debug', 'A', '');
    log('info', 'B', '');
    log('error', 'C', '');
    expect(lines).toHaveLength(1);
  });

  const secret = 'pa"ss\\wörd\n1';
  const places: readonly [where: string, write: (log: AgentLog['log']) => void][] = [
    ['in the message', (log) => log('info', 'X', `said ${secret}`)],
    ['in a field', (log) => log('info', 'X', '', { url: `https://x/?k=${secret}` })],
    ['deep in a field', (log) => log('info', 'X', '', { a: { b: [secret] } })],
    ['in an error', (log) => log('info', 'X', '', { err: new Error(secret) })],
    ['in a field’s name', (log) => log('info', 'X', '', { [secret]: 1 })],
  ];
  test.each(places)('hides a known secret %s, whatever characters it has', (_, write) => {
    for (const format of ['json', 'text'] as const) {
      const { log, hide, lines } = world({ level: 'info', format });
      hide([secret]);
      write(log);
      expect(lines.join('')).toContain('[hidden]');
      expect(lines.join('')).not.toContain('wörd');
    }
  });

  test('goes on after lines that could not be written, and says how many they were', () => {
    const lines: string[] = [];
    let full = false;
    const write = (text: string): boolean => !full && lines.push(text) > 0;
    const { log } = createLog({ config: { level: 'info' }, terminal: false, write });
    log('info', 'A', '');
    full = true;
    log('info', 'B', '');
    log('info', 'C', '');
    full = false;
    log('info', 'D', '');
    log('info', 'E', '');
    const written = lines.map((line) => Object(JSON.parse(line)));
    expect(written.map(({ code }) => code)).toEqual(['A', 'LOG_LINES_LOST', 'D', 'E']);
    expect(written[1]).toMatchObject({ level: 'warn', lines: 2 });
  });

  test('hides fields that are credentials by their name, known or not', () => {
    const { log, lines } = world({ level: 'info' });
    log('info', 'X', '', { authorization: 'Splunk abc', sink: { token: 'abc' } });
    expect(lines.join('')).not.toContain('abc');
  });
});
