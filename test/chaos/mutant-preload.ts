/** Loaded into the relay's process before the command: puts one deliberate bug into the text of a module as it is loaded. */
import { register } from 'node:module';

register('./mutant-hooks.js', import.meta.url, { data: JSON.parse(process.env['CHAOS_MUTANT'] ?? '{}') });
