/** One chart: lines over time, with a legend that says each line's last figure in words, which is what a screen reader reads. */
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { type Palette, usePalette } from './colours.ts';
import type { Lines } from './series.ts';

const HEIGHT = 168;
/** The axis of an agent that has just begun is no shorter. */
const LEAST_SECONDS = 60;

export interface ChartProps {
  readonly title: string;
  /** Below the title: what is measured. */
  readonly note: string;
  readonly lines: Lines;
  /** Of one figure, for the legend. */
  format(value: number): string;
  /** The same for the axis, where there is little room. */
  tick(value: number): string;
  /** Steps of the axis, ascending. Absent: 1, 2 and 5 times powers of ten. */
  readonly steps?: readonly number[];
  /** How far back the axis goes, in seconds. */
  readonly spanSeconds: number;
}

export function Chart({ title, note, lines, format, tick, steps, spanSeconds }: ChartProps): JSX.Element {
  const palette = usePalette();
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const key = JSON.stringify([lines.lines.map(({ name }) => name), palette]);
  // `key` stands for the names and the palette.
  useEffect(() => {
    const div = place.current;
    if (div === null) return undefined;
    const made = new uPlot(
      optionsOf({ colours: lines.lines.map(({ colour }) => colour), palette, tick, steps, width: div.clientWidth }),
      dataOf(lines),
      div,
    );
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: div.clientWidth, height: HEIGHT }));
    resized.observe(div);
    return () => {
      resized.disconnect();
      made.destroy();
    };
  }, [key]);
  useEffect(() => {
    const last = lines.times.at(-1);
    plot.current?.setData(dataOf(lines), false);
    if (last === undefined) return;
    const first = Math.min(lines.times[0] ?? last, last - LEAST_SECONDS);
    plot.current?.setScale('x', { min: Math.max(first, last - spanSeconds), max: last });
  }, [lines, spanSeconds, key]);
  return (
    <figure class="chart">
      <figcaption>
        <h3>{title}</h3>
        <p>{note}</p>
      </figcaption>
      <div class="plot" ref={place} aria-hidden="true" />
      <ul class="legend">
        {lines.lines.map(({ name, colour, values }) => (
          <li key={name}>
            <span
              class={`swatch line-${colour === 0 ? 0 : ((colour - 1) % palette.lines.length) + 1}`}
              aria-hidden="true"
            />
            <span class="name">{name}</span> <b>{lastOf(values, format)}</b>
          </li>
        ))}
      </ul>
    </figure>
  );
}

function lastOf(values: readonly (number | null)[], format: (value: number) => string): string {
  const last = values.findLast((value) => value !== null);
  return last === undefined || last === null ? '–' : format(last);
}

/** A line of one point is no line: uPlot wants arrays of its own. */
function dataOf({ times, lines }: Lines): uPlot.AlignedData {
  return [[...times], ...lines.map(({ values }) => [...values])];
}

interface Look {
  /** Of each line: which of the palette's, 0 for the axis' own. */
  readonly colours: readonly number[];
  readonly palette: Palette;
  tick(value: number): string;
  readonly steps: readonly number[] | undefined;
  readonly width: number;
}

function optionsOf({ colours, palette, tick, steps, width }: Look): uPlot.Options {
  const font = '11px system-ui, sans-serif';
  const axis = { stroke: palette.axis, font, ticks: { show: false }, grid: { stroke: palette.grid, width: 1 } };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 8, 0, 0],
    // Room above, and never a scale of nothing.
    scales: { x: { time: true }, y: { range: (_, __, max) => [0, max > 0 ? max * 1.15 : 1] } },
    axes: [
      { ...axis, size: 24, space: 64, values: (_, ticks) => ticks.map(timeOf) },
      {
        ...axis,
        ...(steps === undefined ? {} : { incrs: [...steps] }),
        size: 52,
        space: 36,
        values: (_, ticks) => ticks.map((value) => tick(value)),
      },
    ],
    series: [
      {},
      ...colours.map((colour): uPlot.Series => {
        const dash = colour <= palette.lines.length ? {} : { dash: [6, 4] };
        const stroke = colour === 0 ? palette.axis : palette.lines[(colour - 1) % palette.lines.length];
        return { stroke: stroke ?? '', width: 1.75, spanGaps: true, points: { show: false }, ...dash };
      }),
    ],
  };
}

function timeOf(seconds: number): string {
  const text = new Date(seconds * 1_000).toLocaleTimeString('en-GB');
  return text.endsWith(':00') ? text.slice(0, 5) : text;
}
