/** A histogram whose counts were made elsewhere: prom-client (15.1) has calls that observe one value, and no other. */
import { Histogram } from 'prom-client';
import type { Series } from './metric.ts';

type Filled = Awaited<ReturnType<Histogram['get']>>;

type Text = Pick<Filled, 'name' | 'help' | 'values'> & { readonly type: string };

/** Registers nowhere by itself. */
export class FilledHistogram extends Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #values: Filled['values'];

  constructor(name: string, help: string, series: readonly Series[]) {
    super({ name, help, registers: [] });
    this.#name = name;
    this.#help = help;
    this.#values = series.flatMap((one) => valuesOf(name, one));
  }

  /** What the registry asks for when it writes text. The library's types leave it out. */
  async getForPromString(): Promise<Text> {
    return { name: this.#name, help: this.#help, type: 'histogram', values: this.#values };
  }
}

function valuesOf(name: string, { labels, count, sum, buckets }: Series): Filled['values'] {
  const bucket = (le: number | string, value: number): Filled['values'][number] => ({
    metricName: `${name}_bucket`,
    labels: { ...labels, le },
    value,
  });
  return [
    ...buckets.map(({ upTo, count: below }) => bucket(upTo, below)),
    bucket('+Inf', count),
    { metricName: `${name}_sum`, labels: { ...labels }, value: sum },
    { metricName: `${name}_count`, labels: { ...labels }, value: count },
  ];
}
