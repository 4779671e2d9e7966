// Runs competitors in turns (A B A B …) so that whatever else the machine does hits all of them alike, and prints
// medians and ratios. Says what it could not run and why: a missing peer is a line in the table, not a gap.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const measureScript = path.join(path.dirname(fileURLToPath(import.meta.url)), 'measure.py');

/**
 * One thing to run.
 * @typedef {object} Competitor
 * @property {string} name
 * @property {string} [unavailable] why it cannot run here; nothing else is looked at then
 * @property {number} [rounds] fewer rounds than the others, for peers that take very long
 * @property {() => Command | Promise<Command>} [command] makes the command of the next round, its folders prepared
 * @property {() => number | undefined} [requests] the count of ACME requests of the round that just ended
 * @property {() => void | Promise<void>} [after] undoes what `command` prepared
 *
 * @typedef {{ argv: readonly string[], env?: Record<string, string> }} Command
 * @typedef {{ wall: number, cpu: number, memoryMb: number, status: number }} Measurement
 * @typedef {{ name: string, median?: Measurement, requests?: number | undefined, rounds: number, note?: string }} Row
 */

/**
 * Runs every competitor `rounds` times in turns, after one unmeasured round each.
 * @param {string} title
 * @param {readonly Competitor[]} competitors the first one is ours: ratios are of the others to it
 * @param {{ rounds?: number, warmUp?: boolean }} [options]
 * @returns {Promise<Row[]>}
 */
export async function race(title, competitors, { rounds = 7, warmUp = true } = {}) {
  /** @type {Map<string, Measurement[]>} */
  const measurements = new Map();
  /** @type {Map<string, string>} */
  const failures = new Map();
  /** @type {Map<string, number | undefined>} */
  const requests = new Map();
  for (let round = warmUp ? -1 : 0; round < rounds; round++) {
    for (const one of competitors) {
      if (one.command === undefined || failures.has(one.name) || round >= (one.rounds ?? rounds)) continue;
      if (round < 0 && one.rounds !== undefined) continue;
      const { argv, env } = await one.command();
      const { measured, output } = await measure(argv, env);
      await one.after?.();
      if (measured.status !== 0) failures.set(one.name, `exit ${measured.status}: ${output.trim().split('\n').slice(-3).join(' | ').slice(0, 300)}`);
      if (round < 0) continue;
      requests.set(one.name, one.requests?.());
      measurements.set(one.name, [...(measurements.get(one.name) ?? []), measured]);
    }
  }
  const rows = competitors.map((one) => {
    const note = one.unavailable ?? failures.get(one.name);
    const all = measurements.get(one.name) ?? [];
    if (note !== undefined) return { name: one.name, rounds: 0, note };
    return { name: one.name, median: medianOf(all), requests: requests.get(one.name), rounds: all.length };
  });
  print(title, rows);
  return rows;
}

/**
 * @param {readonly string[]} argv
 * @param {Record<string, string>} [env]
 * @returns {Promise<{ measured: Measurement, output: string }>}
 */
async function measure(argv, env = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'certward-bench-'));
  const outputFile = path.join(folder, 'output');
  try {
    // Asynchronous: the challenge listeners and counters of this process must go on answering meanwhile.
    const child = spawn('python3', [measureScript, outputFile, ...argv], {
      env: { ...cleanEnvironment(), ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (/** @type {string} */ chunk) => (text += chunk));
    await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject));
    if (text === '') throw new Error(`measure.py gave no answer for ${argv.join(' ')}`);
    return { measured: JSON.parse(text), output: readFileSync(outputFile, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The environment without what distorts start-up: Node 20 spends 35 ms on NODE_EXTRA_CA_CERTS. */
function cleanEnvironment() {
  const { NODE_EXTRA_CA_CERTS: _unused, ...rest } = process.env;
  return rest;
}

/** @param {readonly Measurement[]} all @returns {Measurement} */
function medianOf(all) {
  /** @param {keyof Measurement} key */
  const median = (key) => {
    const sorted = all.map((one) => one[key]).sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
  };
  return { wall: median('wall'), cpu: median('cpu'), memoryMb: median('memoryMb'), status: 0 };
}

/** @param {string} title @param {readonly Row[]} rows */
function print(title, rows) {
  const ours = rows[0]?.median;
  console.log(`\n## ${title}\n`);
  console.log('| who | wall s | × | CPU s | × | peak MB | requests | rounds |');
  console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
  for (const { name, median, requests, rounds, note } of rows) {
    if (median === undefined) {
      console.log(`| ${name} | not run: ${note ?? ''} | | | | | | |`);
      continue;
    }
    const ratio = (/** @type {'wall' | 'cpu'} */ key) => (ours === undefined ? '' : (median[key] / ours[key]).toFixed(2));
    console.log(
      `| ${name} | ${median.wall.toFixed(3)} | ${ratio('wall')} | ${median.cpu.toFixed(3)} | ${ratio('cpu')} | ${median.memoryMb.toFixed(0)} | ${requests ?? ''} | ${rounds} |`,
    );
  }
}
