/** Before `audit-relay` is packed: the examples and the schema of the top folder `config/` go along in the package. */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './run.mjs';

const target = join(ROOT, 'packages/agent/config');
rmSync(target, { recursive: true, force: true });
cpSync(join(ROOT, 'config'), target, { recursive: true });
