/** The bound on every wait of the kit: what never comes fails the case by name instead of hanging the run. */

/** Resolves or rejects as `promise` does; after `ms` milliseconds it throws, naming `what` was awaited. */
export async function within<T>(ms: number, promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${ms} ms in vain for ${what}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
