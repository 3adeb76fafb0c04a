/** As `answers.mutants.ts`, for what an author declares wrongly about a sink that is good. */
import { describeHttpSink } from '../index.ts';
import { impatient } from './broken-sink.ts';

describeHttpSink({
  ...impatient,
  name: 'that cannot be read by its author',
  // As if the body were one document.
  idsIn: ({ text }) => [(JSON.parse(text) as { id: string }).id],
});
