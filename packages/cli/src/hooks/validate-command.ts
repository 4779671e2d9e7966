// The engine's check of one hook command, as a part of the bundle that is loaded only when a hook is configured.
export { validateHookCommand } from '@certward/engine';
