// A listener that is open exactly while at least one presentation needs it, shared by all issuances of the process.
// Between issuances the port is free again, so that hooks may start the web server that normally owns it.
import type { Server } from 'node:net';
import { type ListenTarget, listen } from './listen.ts';

/** A server together with the way to end it at once, open connections included. */
export interface ClosableServer {
  readonly server: Server;
  /** Destroys the connections that `server.close()` would wait for. */
  destroyConnections(): void;
}

/** Opens on first use and closes with the last one. */
export class SharedListener {
  readonly #create: () => Promise<ClosableServer>;
  readonly #target: ListenTarget;
  /** Opening and closing take turns, else a close under way would make the next open fail with a port in use. */
  #turn: Promise<unknown> = Promise.resolve();
  #open: (ClosableServer & { readonly port: number }) | undefined;

  constructor(create: () => Promise<ClosableServer>, target: ListenTarget) {
    this.#create = create;
    this.#target = target;
  }

  /** The port that is open now; `undefined` between uses. */
  get port(): number | undefined {
    return this.#open?.port;
  }

  /** Resolves when the port accepts connections. Throws as {@link listen} does. */
  open(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#open !== undefined) return;
      const created = await this.#create();
      // A connection that cannot be accepted (too many open files) is that client's trouble, not the end of the program.
      created.server.on('error', () => undefined);
      this.#open = { ...created, port: await listen(created.server, this.#target) };
    });
  }

  /** Closes the port unless `isNeeded` says that somebody came meanwhile. */
  close(isNeeded: () => boolean = () => false): Promise<void> {
    return this.#inTurn(async () => {
      const open = this.#open;
      if (open === undefined || isNeeded()) return;
      this.#open = undefined;
      await new Promise<void>((resolve) => {
        open.server.close(() => resolve());
        open.destroyConnections();
      });
    });
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
