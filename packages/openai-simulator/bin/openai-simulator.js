#!/usr/bin/env node
// The command's entry; everything is in src/cli.ts.
import process from 'node:process';
import { main } from '../dist/cli.js';

process.exitCode = await main(process.argv.slice(2));
