/** A terminal as a picture that is drawn over and over: on its other screen, so that what stood there before is back at the end. */
import ansiEscapes from 'ansi-escapes';
import { createLogUpdate } from 'log-update';
import type { ScreenStream } from '../process-io.ts';

export interface Screen {
  size(): { readonly columns: number; readonly rows: number };
  draw(lines: readonly string[]): void;
  /** Called when the size has changed, with all that was drawn gone. */
  onResize(redraw: () => void): void;
  /** Gives the terminal back as it was. */
  end(): void;
}

/** Where a terminal does not know its own size. */
const COLUMNS = 80;
const ROWS = 24;

export function openScreen(stream: ScreenStream): Screen {
  // It asks a stream for nothing but what stands there.
  const log = createLogUpdate(stream as NodeJS.WriteStream);
  let onSize = (): void => undefined;
  const resized = (): void => {
    // The terminal has broken the old lines in its own way.
    log.done();
    stream.write(ansiEscapes.clearViewport);
    onSize();
  };
  stream.write(ansiEscapes.enterAlternativeScreen + ansiEscapes.clearViewport);
  stream.on('resize', resized);
  return {
    // The line after the last is the cursor's.
    size: () => ({ columns: stream.columns || COLUMNS, rows: Math.max((stream.rows || ROWS) - 1, 1) }),
    draw: (lines) => log(lines.join('\n')),
    onResize: (redraw) => {
      onSize = redraw;
    },
    end: () => {
      stream.off('resize', resized);
      log.done();
      stream.write(ansiEscapes.exitAlternativeScreen);
    },
  };
}
