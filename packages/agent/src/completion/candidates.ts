/** What may stand at the end of a command line that is not finished: commands, options, and the values of some. */
import type { Command, Option } from 'commander';

/** One of them, with what it is for. */
export interface Candidate {
  readonly word: string;
  readonly about: string;
}

/**
 * @param words those behind the program's name; the last one is what is being typed, empty where nothing is yet.
 * @returns none where a file, a name or a time is wanted: the shell has the files.
 */
export function candidatesFor(program: Command, words: readonly string[]): readonly Candidate[] {
  const typed = words.at(-1) ?? '';
  const { command, open } = standing(program, words.slice(0, -1));
  const all = open === undefined ? wordsOf(command, typed.startsWith('-')) : valuesOf(open);
  return all.filter(({ word }) => word.startsWith(typed));
}

/** Which command the words have come to, and the option among them that waits for its value. */
function standing(program: Command, words: readonly string[]): { readonly command: Command; readonly open?: Option } {
  let command = program;
  let open: Option | undefined;
  for (const word of words) {
    if (open !== undefined) open = undefined;
    else if (word.startsWith('-'))
      open = optionsOf(command).find((option) => isCalled(option, word) && takesValue(option));
    else command = visible(command).find((one) => one.name() === word) ?? command;
  }
  return open === undefined ? { command } : { command, open };
}

function wordsOf(command: Command, isOption: boolean): readonly Candidate[] {
  if (!isOption) {
    const inner = visible(command).map((one) => ({ word: one.name(), about: one.description() }));
    const values = command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices);
    return [...inner, ...values.map((word) => ({ word, about: '' }))];
  }
  return optionsOf(command).flatMap(({ long, description }) =>
    typeof long === 'string' ? [{ word: long, about: description }] : [],
  );
}

function valuesOf({ argChoices = [] }: Option): readonly Candidate[] {
  return argChoices.map((word) => ({ word, about: '' }));
}

function isCalled({ long, short }: Option, word: string): boolean {
  return word === long || word === short;
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional;
}

function optionsOf(command: Command): readonly Option[] {
  return [...command.createHelp().visibleOptions(command)];
}

function visible(command: Command): readonly Command[] {
  return command.createHelp().visibleCommands(command);
}
