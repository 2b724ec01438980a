import {VimFault, type VCenter} from './vcenter-api.js'

/** A vCenter whose calls can be made to fail, for tests of what follows a failure. */
export interface FaultyVCenter {
  readonly vcenter: VCenter
  /** The next `times` calls of that operation fail. */
  readonly inject: (operation: keyof VCenter, fault: string, times: number) => Promise<void>
}

export function withFaults(vcenter: VCenter): FaultyVCenter {
  const planned = new Map<keyof VCenter, {fault: string; times: number}>()
  const guard = (operation: keyof VCenter) => {
    const plan = planned.get(operation)
    if (!plan || plan.times <= 0) return
    plan.times -= 1
    throw new VimFault(plan.fault, `*types.${plan.fault}`)
  }
  const guarded = Object.fromEntries(
    (Object.keys(vcenter) as (keyof VCenter)[]).map((operation) => [
      operation,
      async (...args: unknown[]) => {
        guard(operation)
        return (vcenter[operation] as (...values: unknown[]) => unknown)(...args)
      },
    ]),
  ) as unknown as VCenter
  return {
    vcenter: guarded,
    inject: async (operation, fault, times) => void planned.set(operation, {fault, times}),
  }
}
