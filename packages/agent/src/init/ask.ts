/** The questions of `init` on a terminal. Secrets are never asked for: what is typed stands on the screen and in its history. */
import checkbox from '@inquirer/checkbox';
import input from '@inquirer/input';
import { PART_NAME } from '../config/schema.ts';
import { type Question, TEMPLATES } from './templates.ts';
import type { Plan, PlannedSink } from './text.ts';

/** Where it is asked. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

/** @throws Error `ExitPromptError` when somebody leaves with Ctrl-C. */
export async function askPlan(terminal: Terminal): Promise<Plan> {
  const names = await input(
    { message: 'Names for your organizations', default: 'openai', validate: areNames },
    terminal,
  );
  const from = await input({ message: 'Read events since (2026-01-01, 90d; empty: from now on)' }, terminal);
  const types = await checkbox(
    {
      message: 'Where do the events go?',
      choices: TEMPLATES.map(({ type, title }) => ({ name: title, value: type })),
      required: true,
    },
    terminal,
  );
  const sinks: PlannedSink[] = [];
  for (const template of TEMPLATES.filter(({ type }) => types.includes(type))) {
    const answers: Record<string, string> = {};
    for (const question of template.questions) {
      const answer = await ask(question, terminal);
      if (answer !== '') answers[question.key] = answer;
    }
    sinks.push({ template, answers });
  }
  return { sources: namesIn(names), ...(from.trim() === '' ? {} : { from: from.trim() }), sinks };
}

async function ask({ message, variable, example }: Question, terminal: Terminal): Promise<string> {
  const told = `${message}, such as ${example} (empty: from \${${variable}})`;
  return (await input({ message: told }, terminal)).trim();
}

function namesIn(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((name) => name !== '');
}

function areNames(text: string): true | string {
  const names = namesIn(text);
  const isGood = names.length > 0 && names.every((name) => PART_NAME.test(name));
  return isGood && new Set(names).size === names.length
    ? true
    : 'letters, digits, _, - and ., a letter first; each once';
}
