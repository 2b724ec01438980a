// The test files of `npm run test:e2e` by what they need, as patterns of jest: each file belongs to exactly one set.
export const ENDURANCE = ['test/endurance/']
export const SANDBOXES = ['test/e2e/[^/]*$', 'test/e2e/nfs-suite/sandbox']
export const MACHINES = ['test/e2e/docker/', 'test/e2e/vm/', 'test/e2e/nfs-suite/(ganesha|kernel)']
