// Terminals for work that runs side by side: each keeps its output back, so that what belongs together is printed together.
import { type HeldOutput, Terminal } from './terminal.ts';

/** A terminal that prints nothing until it is released. */
export interface HeldTerminal {
  readonly terminal: Terminal;
  /** Prints on the terminal behind it what came so far. */
  release(): void;
}

/** Holds output back from `behind`. Progress lines go through, since they replace each other anyway. */
export function holdTerminal(behind: Terminal): HeldTerminal {
  const held: HeldOutput[] = [];
  const streams = {
    ...behind.streams,
    writeOut: (text: string) => void held.push({ stream: 'stdout', text }),
    writeError: (text: string) => void held.push({ stream: 'stderr', text }),
  };
  return { terminal: new HoldingTerminal(behind, streams), release: () => behind.replay(held.splice(0)) };
}

class HoldingTerminal extends Terminal {
  readonly #behind: Terminal;

  constructor(behind: Terminal, streams: Terminal['streams']) {
    super(streams, behind.mode);
    this.#behind = behind;
  }

  override progress(text: string): void {
    this.#behind.progress(text);
  }
}
