/** Colours, where there are some: a word always says the same beside them. */
import { styleText } from 'node:util';

export type Tone = 'plain' | 'dim' | 'bold' | 'good' | 'doubtful' | 'bad';

export interface Paint {
  as(tone: Tone, text: string): string;
  /** Whether the terminal shows more than ASCII. */
  readonly isUnicode: boolean;
}

type Style = Parameters<typeof styleText>[0];

const STYLES: Readonly<Record<Exclude<Tone, 'plain'>, Style>> = {
  dim: 'dim',
  bold: 'bold',
  good: 'green',
  doubtful: 'yellow',
  bad: 'red',
};

export function paintOf({ hasColors, isUnicode }: { readonly hasColors: boolean; readonly isUnicode: boolean }): Paint {
  return {
    as: (tone, text) => {
      if (!hasColors || tone === 'plain' || text === '') return text;
      // Whether this stream takes colours has been asked.
      return styleText(STYLES[tone], text, { validateStream: false });
    },
    isUnicode,
  };
}

/** By the first of the three variables that is set, as POSIX has it (XBD 8.2); a terminal of today is taken for one that does. */
export function isUnicodeLocale({ LC_ALL, LC_CTYPE, LANG }: Readonly<Record<string, string | undefined>>): boolean {
  const locale = [LC_ALL, LC_CTYPE, LANG].find((one) => one !== undefined && one !== '');
  return locale === undefined || /utf-?8/i.test(locale);
}
