import type {Change, VchSelector, VicMachineSettings} from './vic-machine-api.js'

/** Selects the VCH; by id neither name nor compute resource is needed (facts/vic-machine.md § 1.3). */
export function selectorArguments(vch: VchSelector): string[] {
  if (vch.id !== undefined) return ['--id', vch.id]
  return [
    ...(vch.name === undefined ? [] : ['--name', vch.name]),
    ...(vch.computeResource === undefined ? [] : ['--compute-resource', vch.computeResource]),
  ]
}

/**
 * Arguments of a change. Never --force (it would accept any certificate), never --debug (it would set the debug level
 * of the VCH), never --password.
 */
export function changeArguments(change: Change): string[] {
  const timeout = ['--timeout', `${Math.max(1, Math.ceil(change.timeoutMs / 1000))}s`]
  const start = ['configure', ...selectorArguments(change.vch)]
  switch (change.kind) {
    case 'configure':
      return [...start, ...change.stores.flatMap((store) => ['--volume-store', store.argument]), ...timeout]
    case 'rollback':
      return [...start, '--rollback', ...timeout]
    case 'reset-progress':
      return [...start, '--reset-progress', ...timeout]
  }
}

/** The child's whole environment: what it needs to run, and the four variables that vic-machine reads (S8). */
export function vicMachineEnvironment(settings: VicMachineSettings): Record<string, string> {
  const {PATH, HOME} = process.env
  return {
    ...(PATH === undefined ? {} : {PATH}),
    ...(HOME === undefined ? {} : {HOME}),
    VIC_MACHINE_TARGET: settings.target,
    VIC_MACHINE_USER: settings.user,
    VIC_MACHINE_PASSWORD: settings.password,
    ...(settings.thumbprint === undefined ? {} : {VIC_MACHINE_THUMBPRINT: settings.thumbprint}),
  }
}
