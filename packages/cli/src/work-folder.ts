// Where we keep our own working files, beside Certbot's in the working folder.
import path from 'node:path';
import type { Context } from './context.ts';

/** `WORK/certward` */
export function ownWorkFolder({ folders }: Pick<Context, 'folders'>): string {
  return path.join(folders.work, 'certward');
}
