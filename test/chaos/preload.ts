/**
 * Loaded into the relay's process before the command: puts its wall clock wrong while it runs, as an operator or NTP does. The
 * monotonic clock and the timers are the real ones, as they are where a host's clock is set. By messages, in milliseconds.
 */
const Real = Date;
const realNow = Real.now.bind(Real);
let offsetMs = Number(process.env['CHAOS_CLOCK_OFFSET_MS'] ?? 0);
const now = (): number => realNow() + offsetMs;

Real.now = now;
globalThis.Date = new Proxy(Real, {
  construct: (target, args, newTarget: NewableFunction) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as object,
});
process.on('message', (message: unknown) => {
  offsetMs = Number(Object(message).offsetMs ?? offsetMs);
});
// What listens for the harness must not keep the process.
process.channel?.unref();
