import {Flags} from '@oclif/core'

import {SERVER_IMAGE} from '../model/server-image.js'

/** The Docker Engine that images are built on and pushed from. */
export const engineFlags = {
  host: Flags.string({char: 'H', summary: 'Address of the Docker Engine (else DOCKER_HOST)', helpGroup: 'ENGINE'}),
  context: Flags.string({summary: 'Docker context of the Docker Engine', helpGroup: 'ENGINE', exclusive: ['host']}),
  'cert-path': Flags.string({
    summary: 'Folder with ca.pem, cert.pem, key.pem for the Docker Engine (else DOCKER_CERT_PATH)',
    helpGroup: 'ENGINE',
  }),
}

/** The image on that Engine. */
export const imageTagFlag = {
  tag: Flags.string({
    summary: 'Name of the image on the Docker Engine',
    default: SERVER_IMAGE,
    env: 'VICNFS_IMAGE_TAG',
    helpValue: '<reference>',
  }),
}
