/** The token, for as long as this tab is open and in no other; a browser that keeps nothing for pages has it until it reloads. */

const KEY = 'audit-relay-token';
let held: string | undefined;

export function tokenOf(): string | undefined {
  try {
    return sessionStorage.getItem(KEY) ?? held;
  } catch {
    return held;
  }
}

export function keepToken(token: string | undefined): void {
  held = token;
  try {
    if (token === undefined) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, token);
  } catch {
    // It is held in the page alone.
  }
}
