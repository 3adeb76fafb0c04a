/**
 * Loaded into the simulator's process before the simulator: ends it with the demo that started it,
 * however that one ended. A demo that was killed leaves nothing behind.
 */
process.on('disconnect', () => process.exit(0));
