/** The doctor's findings as text: a heading for each part, a line for each finding as it comes. */
import { EACH_CODE } from '../errors-page.ts';
import type { Finding } from './finding.ts';

/** On a terminal; elsewhere the verdicts stand in words. */
const SIGNS: Readonly<Record<Finding['verdict'], string>> = { ok: '✓', warn: '!', fail: '✗' };

/** The lines that show `finding`; a new part, other than that of the finding `before`, begins with its heading. */
export function linesOf(finding: Finding, before: Finding | undefined, terminal: boolean): string {
  const { about, of, name, verdict, detail, fix } = finding;
  const heading =
    before?.about === about && before.of === of ? '' : `${before === undefined ? '' : '\n'}${about} ${of}\n`;
  const sign = terminal ? SIGNS[verdict] : verdict.padEnd(4);
  const line = `  ${sign} ${name}: ${detail}\n`;
  return `${heading}${line}${fix === undefined ? '' : `${' '.repeat(sign.length + 3)}fix: ${fix}\n`}`;
}

/** `14 ok, 1 to look at, 2 failed`; where all is not well, where the codes stand. */
export function totals(findings: readonly Finding[]): string {
  const count = (verdict: Finding['verdict']): number => findings.filter((one) => one.verdict === verdict).length;
  const page = count('warn') + count('fail') === 0 ? '' : `; ${EACH_CODE}`;
  return `${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} failed${page}\n`;
}
