/** Names the node that answered, and after a `;` how it came to that where it isn't the one that the cookie names. */
export const servedByHeader = 'Proxima-Served-By';
