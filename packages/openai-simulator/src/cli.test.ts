import { execFileSync, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));
const command = join(packageFolder, 'bin', 'openai-simulator.js');

/** The command runs what was built; building anew costs little when nothing has changed. */
beforeAll(() => {
  const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));
  execFileSync(process.execPath, [join(typescript, 'bin', 'tsc'), '-b', packageFolder]);
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command to its end. @param onReady gets the API's root as soon as it is said; then the signal is sent. */
async function run(
  args: readonly string[],
  { onReady, signal = 'SIGTERM' }: { onReady?: (url: string) => Promise<void>; signal?: NodeJS.Signals } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [command, ...args]);
  let [stdout, stderr] = ['', ''];
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      const url = /listening on (\S+) /.exec(stdout)?.[1];
      if (url === undefined || !stdout.endsWith('\n')) return;
      (onReady?.(url) ?? Promise.resolve()).catch(reject).finally(() => child.kill(signal));
    });
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

describe('the command', () => {
  test('says in one line where it listens, serves, and ends with 0 on SIGTERM', async () => {
    const seen: unknown[] = [];
    const { code, stdout, stderr } = await run(
      ['--port', '0', '--events', '30', '--key', 'sk-admin-x', '--now', '2026-11-22T08:00:00Z'],
      {
        onReady: async (url) => {
          const response = await fetch(`${url}/organization/audit_logs`, {
            headers: { authorization: 'Bearer sk-admin-x' },
          });
          seen.push(response.status, response.headers.get('date')?.slice(0, 22));
        },
      },
    );
    expect(seen).toEqual([200, 'Sun, 22 Nov 2026 08:00']);
    expect(stdout).toMatch(
      /^openai-simulator listening on http:\/\/127\.0\.0\.1:\d+\/v1 \(key sk-admin-x, 30 events\)\n$/,
    );
    expect([code, stderr]).toEqual([0, '']);
  });

  test('serves what comes with the package and ends with 0 on SIGINT', async () => {
    const { code, stdout } = await run(['--port=0', '--sample'], { signal: 'SIGINT' });
    expect(stdout).toContain('(key sk-admin-simulator, 203 events)');
    expect(code).toBe(0);
  });

  test('shows its options, knobs and faults when asked and ends with 0', async () => {
    const { code, stdout } = await run(['--help']);
    expect(code).toBe(0);
    const names = ['--backfill-share', '--limit-above-max', '--cursor-swap', '429_hour'];
    expect(names.filter((name) => !stdout.includes(name))).toEqual([]);
  });

  test('turns a knob by its flag or by its name, the last of two, and plans faults', async () => {
    const seen: number[] = [];
    const turned = ['--knob', 'refuse=500', '--knob', 'refuse=403', '--retry-after', 'zero'];
    await run(['--port', '0', ...turned, '--faults', 'rate=1,kinds=429_date,503,from=2'], {
      onReady: async (url) => {
        for (let number = 1; number <= 2; number += 1) {
          seen.push((await fetch(`${url}/organization/audit_logs`)).status);
        }
      },
    });
    expect(seen[0]).toBe(403);
    expect([429, 503]).toContain(seen[1]);
  });

  test('ends at once while a body still trickles in', async () => {
    const { code } = await run(['--port', '0', '--slow-body-ms', '600000'], {
      onReady: async (url) => {
        // Resolves with the headers.
        const { status } = await fetch(`${url}/organization/audit_logs`, {
          headers: { authorization: 'Bearer sk-admin-simulator' },
        });
        expect(status).toBe(200);
      },
    });
    expect(code).toBe(0);
  });

  const wrong: readonly { readonly name: string; readonly args: readonly string[] }[] = [
    { name: 'an option that does not exist', args: ['--bogus'] },
    { name: 'an argument that is no option', args: ['file.jsonl'] },
    { name: 'a port that is none', args: ['--port', '70000'] },
    { name: 'a count with a fraction', args: ['--events', '1.5'] },
    { name: 'a share over 1', args: ['--late-share', '2'] },
    { name: 'a duration without a unit', args: ['--span', '10'] },
    { name: 'a time without an offset', args: ['--now', '2026-11-22T08:00:00'] },
    { name: 'a way that does not exist', args: ['--order', 'sideways'] },
    { name: 'a knob that does not exist', args: ['--knob', 'bogus'] },
    { name: 'a knob’s value that it does not take', args: ['--knob', 'gzip=sometimes'] },
    { name: 'a fault that does not exist', args: ['--faults', 'rate=1,kinds=bogus'] },
  ];
  test.each(wrong)('ends with 2 for $name and names it', async ({ args }) => {
    const { code, stdout, stderr } = await run(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(args.at(-1)?.split('=').at(-1));
  });

  test('ends with 1 for a file that is not there', async () => {
    const { code, stderr } = await run(['--port', '0', '--file', '/nowhere/at-all.jsonl']);
    expect(code).toBe(1);
    expect(stderr).toContain('/nowhere/at-all.jsonl');
  });
});
