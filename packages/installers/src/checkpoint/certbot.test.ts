// Checkpoints in turns with Certbot's own reverter: each rolls back and recovers what the other recorded.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';

import { findBinary, temporaryFolder } from '@certward/testing';
import { describe, expect, test } from 'vitest';

import { openCheckpoints } from './checkpoints.ts';
import { certbotReverter, hasCertbot, type ReverterCall } from './testdata/certbot-reverter.ts';

async function site() {
  const folder = await temporaryFolder('certbot');
  const workDir = folder.join('work');
  mkdirSync(workDir);
  for (const name of ['a.conf', 'b.conf']) writeFileSync(folder.join(name), `${name} before\r\n`, { mode: 0o640 });
  const certbot = (...calls: Omit<ReverterCall, 'workDir'>[]) => certbotReverter(calls.map((call) => ({ workDir, ...call })));
  const read = (name: string) => readFileSync(folder.join(name), 'utf8');
  return { folder, workDir, certbot, read, checkpoints: openCheckpoints({ workDir }), [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

// Needs Certbot or its libraries, which the test-bed installs on Debian.
describe.runIf(hasCertbot())('in turns with Certbot', () => {
  test('it rolls back ours: contents, modes, new files, commands', async () => {
    await using its = await site();
    await its.checkpoints.addFiles([its.folder.join('a.conf'), its.folder.join('b.conf')], { notes: 'notes\n' });
    await its.checkpoints.addNewFiles([its.folder.join('new.conf')]);
    await its.checkpoints.addUndoCommand(['touch', its.folder.join('with "quotes", and comma')]);
    for (const name of ['a.conf', 'b.conf', 'new.conf']) writeFileSync(its.folder.join(name), 'after');
    chmodSync(its.folder.join('a.conf'), 0o600);
    await its.checkpoints.finalize('Deployed ACME Certificate');
    its.certbot({ call: 'rollback_checkpoints', count: 1 });
    expect([its.read('a.conf'), its.read('b.conf'), existsSync(its.folder.join('new.conf'))]).toEqual(['a.conf before\r\n', 'b.conf before\r\n', false]);
    expect([statSync(its.folder.join('a.conf')).mode & 0o777, existsSync(its.folder.join('with "quotes", and comma'))]).toEqual([0o640, true]);
    expect(readdirSync(its.folder.join('work/backups'))).toEqual([]);
  });

  test('we roll back its own', async () => {
    await using its = await site();
    its.certbot(
      { call: 'add_to_checkpoint', files: [its.folder.join('a.conf')], text: 'some notes\n' },
      { call: 'register_file_creation', files: [its.folder.join('new.conf')] },
      { call: 'register_undo_command', files: ['touch', its.folder.join('with "quotes", and comma')] },
      { call: 'finalize_checkpoint', text: 'Deployed ACME Certificate' },
    );
    for (const name of ['a.conf', 'new.conf']) writeFileSync(its.folder.join(name), 'after');
    expect(await its.checkpoints.list()).toMatchObject([{ titles: ['Deployed ACME Certificate'], notes: 'some notes', files: [its.folder.join('a.conf'), its.folder.join('new.conf')] }]);
    expect(await its.checkpoints.rollback(2)).toEqual({ rolledBack: 1, available: 1 });
    expect([its.read('a.conf'), existsSync(its.folder.join('new.conf')), existsSync(its.folder.join('with "quotes", and comma'))]).toEqual(['a.conf before\r\n', false, true]);
    expect(readdirSync(its.folder.join('work/backups'))).toEqual([]);
  });

  test('mixed checkpoints are taken back in the order of time, by either', async () => {
    await using its = await site();
    const byUs = async (content: string) => {
      await its.checkpoints.addFiles([its.folder.join('a.conf')]);
      writeFileSync(its.folder.join('a.conf'), content);
      await its.checkpoints.finalize(content);
    };
    const byCertbot = (content: string) => {
      its.certbot({ call: 'add_to_checkpoint', files: [its.folder.join('a.conf')] });
      writeFileSync(its.folder.join('a.conf'), content);
      its.certbot({ call: 'finalize_checkpoint', text: content });
    };
    await byUs('1');
    byCertbot('2');
    await byUs('3');
    byCertbot('4');
    expect((await its.checkpoints.list()).map(({ titles }) => titles[0])).toEqual(['4', '3', '2', '1']);
    await its.checkpoints.rollback(1);
    expect(its.read('a.conf')).toBe('3');
    its.certbot({ call: 'rollback_checkpoints', count: 2 });
    expect(its.read('a.conf')).toBe('1');
    await its.checkpoints.rollback(1);
    expect(its.read('a.conf')).toBe('a.conf before\r\n');
  });

  test('what one left open, the other recovers', async () => {
    await using its = await site();
    its.certbot({ call: 'add_to_checkpoint', files: [its.folder.join('a.conf')] });
    writeFileSync(its.folder.join('a.conf'), 'deployed');
    its.certbot({ call: 'add_to_temp_checkpoint', files: [its.folder.join('a.conf')] }, { call: 'register_file_creation', temporary: true, files: [its.folder.join('challenge.conf')] });
    for (const name of ['a.conf', 'challenge.conf']) writeFileSync(its.folder.join(name), 'challenge');
    await its.checkpoints.revertTemporary();
    expect([its.read('a.conf'), existsSync(its.folder.join('challenge.conf'))]).toEqual(['deployed', false]);
    expect(await its.checkpoints.recover()).toBe(true);
    expect(its.read('a.conf')).toBe('a.conf before\r\n');

    await its.checkpoints.addFiles([its.folder.join('a.conf')]);
    await its.checkpoints.addFiles([its.folder.join('a.conf')], { temporary: true });
    writeFileSync(its.folder.join('a.conf'), 'challenge');
    its.certbot({ call: 'recovery_routine' });
    expect([its.read('a.conf'), readdirSync(its.workDir)]).toEqual(['a.conf before\r\n', ['backups']]);
  });

  test('the command "certbot rollback" takes back ours', async () => {
    await using its = await site();
    await its.checkpoints.addFiles([its.folder.join('a.conf')]);
    writeFileSync(its.folder.join('a.conf'), 'after');
    await its.checkpoints.finalize('Deployed ACME Certificate');
    writeFileSync(its.folder.join('nginx.conf'), `pid ${its.folder.join('nginx.pid')};\nevents {}\nhttp { server { listen unix:${its.folder.join('socket')}; } }\n`);
    writeFileSync(its.folder.join('nginx-ctl'), '#!/bin/sh\ncase "$*" in *-V*|*-t*) exec nginx "$@" -e stderr;; esac\n', { mode: 0o755 });
    const folders = ['config', 'work', 'logs'].flatMap((name) => [`--${name}-dir`, its.folder.join(name)]);
    execFileSync(findBinary('certbot'), ['rollback', '-i', 'nginx', '-n', '--nginx-server-root', its.folder.path, '--nginx-ctl', its.folder.join('nginx-ctl'), ...folders], { stdio: 'pipe' });
    expect(its.read('a.conf')).toBe('a.conf before\r\n');
  });
});
