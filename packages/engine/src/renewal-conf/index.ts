// What the renewal configuration offers to the rest of the engine.
export { chooseParams, type OptionsOfRun } from './choose-params.ts';
export { parseInterval } from './interval.ts';
export {
  type OptionKind,
  type PluginOptionValue,
  type StoredOption,
  storedOptions,
  type StoredOptionValues,
  type WritableOption,
} from './option-kinds.ts';
export { type ParamsToStore, parseRenewalParams, type RenewalParams, serverOf, storeRenewalParams } from './params.ts';
export {
  type ConfToWrite,
  type LineageFileKind,
  lineageFileKinds,
  type LineagePaths,
  parseRenewalConf,
  RenewalConf,
  renderRenewalConf,
} from './renewal-conf.ts';
export { readRenewalState, renewalInfoSection, type RenewalState, writeRenewalState } from './renewal-info.ts';
