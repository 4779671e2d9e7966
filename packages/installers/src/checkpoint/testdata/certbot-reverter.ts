// For tests: Certbot's own reverter, the other reader and writer of the format.
import { execFileSync } from 'node:child_process';

/** One call of a method of the reverter. */
export interface ReverterCall {
  readonly workDir: string;
  readonly call: 'recovery_routine' | 'rollback_checkpoints' | 'revert_temporary_config' | 'add_to_checkpoint' | 'add_to_temp_checkpoint' | 'register_file_creation' | 'register_undo_command' | 'finalize_checkpoint';
  readonly count?: number;
  readonly files?: readonly string[];
  readonly text?: string;
  readonly temporary?: boolean;
}

const script = `
import json, os, sys
from certbot.reverter import Reverter
class Config:
    strict_permissions = False
for one in json.load(sys.stdin):
    config = Config()
    config.work_dir = one['workDir']
    config.backup_dir = os.path.join(config.work_dir, 'backups')
    config.in_progress_dir = os.path.join(config.work_dir, 'IN_PROGRESS')
    config.temp_checkpoint_dir = os.path.join(config.work_dir, 'temp_checkpoint')
    reverter, call = Reverter(config), one['call']
    method = getattr(reverter, call)
    if call in ('add_to_checkpoint', 'add_to_temp_checkpoint'): method(one['files'], one.get('text', ''))
    elif call == 'register_file_creation': method(one.get('temporary', False), *one['files'])
    elif call == 'register_undo_command': method(one.get('temporary', False), one['files'])
    elif call == 'finalize_checkpoint': method(one['text'])
    elif call == 'rollback_checkpoints': method(one['count'])
    else: method()
`;

/** Whether Debian's Certbot is there. Says so once where it is not. */
export function hasCertbot(): boolean {
  try {
    execFileSync('/usr/bin/python3', ['-c', 'import certbot.reverter'], { stdio: 'ignore' });
    return true;
  } catch {
    console.log('not run: the tests with Certbot, which is not installed');
    return false;
  }
}

/** Makes the calls in order, in one process. */
export function certbotReverter(calls: readonly ReverterCall[]): void {
  execFileSync('/usr/bin/python3', ['-c', script], { input: JSON.stringify(calls), stdio: ['pipe', 'ignore', 'pipe'] });
}
