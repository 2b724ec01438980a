import type {Snapshot} from '../vcenter/vcenter-api.js'
import type {Change} from './carry-out-configure.js'
import type {Run} from './invocation.js'

/**
 * Removes a snapshot; a failure is no failure of the command. Before 1.4.0 vic-machine hands vCenter the VM in its
 * place, so the snapshot always stays (transcripts README, "What a real vCenter and VCH do differently").
 */
export async function removeSnapshot(run: Run, {session, vch}: Change, snapshot: Snapshot): Promise<void> {
  const {narrator, release, deadline} = run
  const {signal} = deadline
  if (release.removesSnapshots) {
    await session.vcenter.deleteSnapshot(vch.id, snapshot.id, {signal}).catch(() => undefined)
    return
  }
  const name = JSON.stringify(snapshot.name)
  narrator.info(`Deleting upgrade snapshot ${name}`)
  try {
    await session.vcenter.deleteSnapshot(vch.id, vch.id, {signal})
  } catch (error) {
    narrator.global('error', 'Operation failed with soap.soapFaultError{fault:(*soap.Fault)(0xc42007aa00)}')
    narrator.error(`Failed to clean up appliance upgrade snapshot ${name}: ${(error as Error).message}.`)
    narrator.error(
      `Snapshot ${name} of appliance virtual machine ${JSON.stringify(vch.name)} MUST be removed manually before upgrade again`,
    )
  }
}
