// Plays one story three times: by Certbot alone, and by both programs in turns, either of them first. After every step
// the directories must look alike, the exit statuses and texts be the same, and both programs list the same.
import type { Pebble, PebbleOptions } from '@certward/testing';
import { expect } from 'vitest';
import type { CommandEnd, CommandOptions } from '../../cli/support/sandbox.ts';
import { type Lane, openLane, type Program, startCa } from './lane.ts';
import { labelsOfToday, neutral } from './neutral.ts';
import { type Picture, takePicture } from './picture.ts';

/** One command of a story. */
export interface Step {
  readonly args: (lane: Lane) => readonly string[];
  /** Default 0. */
  readonly code?: number;
  readonly options?: (lane: Lane) => CommandOptions;
  /** Looks at what is there after it, or changes something before the next one. */
  readonly after?: (lane: Lane, end: CommandEnd) => void | Promise<void>;
  /** Takes differences of the texts out that are on purpose; false compares no text. */
  readonly text?: ((text: string) => string) | false;
}

/** A story: what is prepared, then commands. */
export interface Story {
  /** How the CA behaves. */
  readonly ca?: () => PebbleOptions;
  readonly prepare?: (lane: Lane) => void | Promise<void>;
  readonly steps: readonly Step[];
}

const tellings: readonly (readonly Program[])[] = [['certbot'], ['certbot', 'certward'], ['certward', 'certbot']];

interface Seen {
  readonly program: Program;
  readonly args: string;
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly picture: Picture;
}

/** Plays and compares. */
export async function expectSameInTurns(story: Story): Promise<void> {
  const [alone = [], ...mixed] = await Promise.all(tellings.map((turns) => tell(story, turns)));
  for (const telling of mixed) for (const [index, seen] of telling.entries()) compare(seen, alone[index], story.steps[index]);
}

async function tell({ ca, prepare, steps }: Story, turns: readonly Program[]): Promise<readonly Seen[]> {
  await using pebble: Pebble = await startCa(ca?.());
  await using lane = await openLane(pebble);
  await prepare?.(lane);
  const seen: Seen[] = [];
  for (const [index, step] of steps.entries()) {
    const program = turns[index % turns.length] ?? 'certbot';
    const args = step.args(lane);
    const end = await lane.run(program, args, step.options?.(lane));
    const { code, stdout, stderr } = end;
    if (code !== (step.code ?? 0)) throw new Error(`${program} ${args.join(' ')}: exit status ${code}\n${stdout}\n${stderr}`);
    seen.push({ program, args: args.join(' '), code, stdout: neutral(stdout, lane), stderr: neutral(stderr, lane), picture: takePicture(lane) });
    // Directories that look alike are listed alike: once is enough, and not after a step that changed nothing.
    const changed = seen.at(-2)?.picture.join() !== seen.at(-1)?.picture.join();
    if (changed && turns[0] === 'certward') await compareListings(lane, `${program} ${args.join(' ')}`);
    await step.after?.(lane, end);
  }
  return seen;
}

function compare(seen: Seen, alone: Seen | undefined, step: Step | undefined): void {
  const after = `${seen.program} ${seen.args}`;
  expect({ after, files: seen.picture }).toEqual({ after, files: alone?.picture });
  const retouch = step?.text;
  if (seen.program === 'certbot' || retouch === false) return;
  const shape = (text: string) => linesOf(retouch === undefined ? labelsOfToday(text) : retouch(labelsOfToday(text)));
  expect({ after, printed: shape(seen.stdout) }).toEqual({ after, printed: shape(alone?.stdout ?? '') });
}

/** Both listings, line by line. */
export async function compareListings(lane: Lane, after: string): Promise<void> {
  const [theirs, ours] = await Promise.all([lane.run('certbot', ['certificates']), lane.run('certward', ['certificates'])]);
  const shape = ({ code, stdout }: CommandEnd) => ({ after, code, listed: linesOf(labelsOfToday(neutral(stdout, lane))) });
  expect(shape(ours)).toEqual(shape(theirs));
}

/** What `delete -n` takes is named by us before it is gone; Certbot says so only where it asks. */
export const withoutSelection = (text: string) => text.replaceAll(/The following certificate\(s\) are selected for deletion:\n\n(?: {2}\* .*\n)+\n?/g, '');

/** We say that a certificate is revoked before its files go, Certbot after; compared without the one about the files. */
export const withoutDeletion = (text: string) => text.replaceAll(/Deleted all files relating to certificate .*\n/g, '');

/**
 * Lines that say something, without those that are not for scripts: Certbot's request for donations, and what either
 * says about a timer (ours believes the packager only about the usual folder).
 */
export function linesOf(text: string): readonly string[] {
  return text
    .replaceAll(/\n- (?:- )+-\nIf you like Certbot[\s\S]*?\n- (?:- )+-/g, '')
    .replaceAll(/Certbot has set up a scheduled task [^\n]*\n/g, '')
    .replaceAll(/\nNEXT STEPS:\n- The certificate will need to be renewed[^\n]*\n- (?:- )+-\n/g, '\n')
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
}
