/** As `answers.mutants.ts`. */
import { describeHttpSink } from '../index.ts';
import { demanding, NETWORK_MUTANTS } from './mutants-of-network.ts';

for (const { name, plugin } of NETWORK_MUTANTS) describeHttpSink({ ...demanding, name: `that ${name}`, plugin });
