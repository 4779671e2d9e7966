// What the renewal configuration offers to the rest of the engine.
export { chooseParams, type OptionsOfRun } from './choose-params.ts';
export { parseInterval } from './interval.ts';
export {
  type PluginOptionValue,
  type StoredOption,
  storedOptions,
  type WritableOption,
} from './option-kinds.ts';
export { type ParamsToStore, type RenewalParams, storeRenewalParams } from './params.ts';
export {
  type LineageFileKind,
  lineageFileKinds,
  type LineagePaths,
  parseRenewalConf,
  RenewalConf,
  renderRenewalConf,
} from './renewal-conf.ts';
export { readRenewalState, renewalInfoSection, writeRenewalState } from './renewal-info.ts';
