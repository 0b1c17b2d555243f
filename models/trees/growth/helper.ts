/** The module that the helpers of a crew run; apart from the crew, so that they can start while it is still loaded. */
export const helperModule = 'models/trees/growth/crew-worker'
