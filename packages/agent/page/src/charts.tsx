/** Flow, lag and delivery time, over a stretch of the last hour. */
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { Chart } from './chart.tsx';
import { duration, rate, rateTick, secondsTick } from './format.ts';
import type { State, Status } from './model.ts';
import { deliveryLines, flowLines, lagLines } from './series.ts';

const SPANS = [
  { minutes: 5, title: '5 min' },
  { minutes: 15, title: '15 min' },
  { minutes: 60, title: '1 h' },
] as const;

/** Of an axis of time: such as people count in. */
const SECONDS = [
  0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400,
];

export function Charts({ state, status }: { readonly state: State; readonly status: Status }): JSX.Element {
  const [minutes, setMinutes] = useState<number>(15);
  const { points } = state;
  // A status between two points changes no line.
  const lines = useMemo(() => {
    const range = { atMs: status.atMs, elapsedMs: status.elapsedMs, spanMs: minutes * 60_000 };
    return { flow: flowLines(points, range), lag: lagLines(points, range), delivery: deliveryLines(points, range) };
  }, [points, minutes]);
  const seconds = (value: number): string => duration(value * 1_000);
  const spanSeconds = minutes * 60;
  return (
    <section aria-labelledby="charts">
      <div class="heading">
        <h2 id="charts">Flow</h2>
        <fieldset class="spans">
          <legend>Time shown</legend>
          {SPANS.map((span) => (
            <label key={span.minutes}>
              <input
                type="radio"
                name="span"
                checked={span.minutes === minutes}
                onChange={() => setMinutes(span.minutes)}
              />
              <span>{span.title}</span>
            </label>
          ))}
        </fieldset>
      </div>
      <div class="charts">
        <Chart
          title="Events"
          note="a second, journaled and delivered"
          lines={lines.flow}
          format={rate}
          tick={rateTick}
          spanSeconds={spanSeconds}
        />
        <Chart
          title="Lag"
          note="how long the oldest waits"
          lines={lines.lag}
          format={seconds}
          tick={secondsTick}
          steps={SECONDS}
          spanSeconds={spanSeconds}
        />
        <Chart
          title="Delivery"
          note="from an event to its ack, mean"
          lines={lines.delivery}
          format={seconds}
          tick={secondsTick}
          steps={SECONDS}
          spanSeconds={spanSeconds}
        />
      </div>
    </section>
  );
}
