/** The library that starts containers, where a container engine answers. */

/** Undefined where none does. Half a second to load, so only who needs it does. */
export async function loadTestcontainers(): Promise<typeof import('testcontainers') | undefined> {
  const library = await import('testcontainers');
  try {
    await library.getContainerRuntimeClient();
    return library;
  } catch {
    return undefined;
  }
}
