// The run's log: LOGS/letsencrypt.log in Certbot's line format, everything from DEBUG up. Never keys or credentials.
// Runs append to one file; it is shifted to .1, .2 … when it has grown, so that a program calling us a thousand times
// does not rename a thousand files each time. What happens before the folder is known waits in memory.
import { closeSync, constants, existsSync, fstatSync, mkdirSync, mkdtempSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Clock, Log, LogFields } from '@certward/base';
import { cliError } from '../errors.ts';
import { formatLine, type Level } from './format.ts';

/** A file is shifted once it is larger: some 500 issuances, or a month of runs with nothing due. */
const rotateAtBytes = 1024 * 1024;

/** Options of {@link LogFile.open}. */
export interface LogFileOptions {
  readonly folder: string;
  /** How many old files are kept; 0 means that one file grows for ever, as logrotate expects. */
  readonly maxBackups: number;
}

/** A {@link Log} that ends up in a file, once {@link LogFile.open} says in which. */
export class LogFile implements Log {
  readonly #clock: Clock;
  readonly #onLine: (level: Level, line: string) => void;
  #descriptor: number | undefined;
  #waiting: string[] = [];
  #file: string | undefined;

  /** `onLine` sees every line, for showing some on the screen. */
  constructor(clock: Clock, onLine: (level: Level, line: string) => void = () => undefined) {
    this.#clock = clock;
    this.#onLine = onLine;
  }

  /** Where the log is; `undefined` before it was opened. */
  get file(): string | undefined {
    return this.#file;
  }

  debug(message: string, fields: LogFields = {}): void {
    this.#write('DEBUG', message, fields);
  }

  info(message: string, fields: LogFields = {}): void {
    this.#write('INFO', message, fields);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.#write('WARNING', message, fields);
  }

  error(message: string, fields: LogFields = {}): void {
    this.#write('ERROR', message, fields);
  }

  /** Opens the file and writes what waited. Throws `folderUnusable` when that is not possible. */
  open({ folder, maxBackups }: LogFileOptions): void {
    const file = path.join(folder, 'letsencrypt.log');
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      this.#attach(file, openLog(file));
      if (maxBackups > 0 && this.#size() > rotateAtBytes) this.#rotate(file, maxBackups);
    } catch (cause) {
      const reason = (cause as NodeJS.ErrnoException).code ?? 'error';
      throw cliError('folderUnusable', `the log "${file}" cannot be written: ${reason}`, {
        cause,
        hint: 'run as root, or set --config-dir, --work-dir, and --logs-dir to writeable paths, or all three with --prefix',
      });
    }
    this.#flush();
  }

  /** Puts what was logged so far into a new temporary file, for a run that failed before its log could be opened. */
  openTemporary(): string | undefined {
    if (this.#file !== undefined) return this.#file;
    try {
      const file = path.join(mkdtempSync(path.join(tmpdir(), 'certward-log-')), 'log');
      this.#attach(file, openLog(file));
      this.#flush();
    } catch {
      // Nowhere to write: the message on the screen has to do.
    }
    return this.#file;
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #attach(file: string, descriptor: number): void {
    this.#file = file;
    this.#descriptor = descriptor;
  }

  #size(): number {
    return this.#descriptor === undefined ? 0 : fstatSync(this.#descriptor).size;
  }

  #rotate(file: string, maxBackups: number): void {
    this.close();
    let last = 1;
    while (last < maxBackups && existsSync(`${file}.${last}`)) last++;
    rmSync(`${file}.${last}`, { force: true });
    for (let number = last; number > 1; number--) renameSync(`${file}.${number - 1}`, `${file}.${number}`);
    renameSync(file, `${file}.1`);
    this.#attach(file, openLog(file));
  }

  #flush(): void {
    for (const line of this.#waiting.splice(0)) this.#append(line);
  }

  #write(level: Level, message: string, fields: LogFields): void {
    const line = formatLine({ at: this.#clock.now(), level, message, fields });
    this.#onLine(level, line);
    if (this.#descriptor === undefined) this.#waiting.push(line);
    else this.#append(line);
  }

  /** A full disk must not end a renewal: the log goes without the line. */
  #append(line: string): void {
    try {
      if (this.#descriptor !== undefined) writeSync(this.#descriptor, line);
    } catch {
      this.#waiting = [];
    }
  }
}

/** O_NOFOLLOW: a link planted in a folder that others may write would make us append to any file. */
function openLog(file: string): number {
  return openSync(file, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
}
