/** The colours of the charts' lines, read from the stylesheet, which has them for light and for dark. */
import { useEffect, useState } from 'preact/hooks';

/** As many as the stylesheet has; further lines begin again, dashed. */
const COUNT = 6;

export interface Palette {
  readonly lines: readonly string[];
  readonly axis: string;
  readonly grid: string;
}

function read(): Palette {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string): string => style.getPropertyValue(name).trim();
  return {
    lines: Array.from({ length: COUNT }, (_, n) => of(`--line-${n + 1}`)),
    axis: of('--muted'),
    grid: of('--grid'),
  };
}

/** Follows the system's choice of light or dark while the page is open. */
export function usePalette(): Palette {
  const [palette, setPalette] = useState(read);
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const change = (): void => setPalette(read());
    query.addEventListener('change', change);
    return () => query.removeEventListener('change', change);
  }, []);
  return palette;
}
