/**
 * The bank's empty cluster, a gzipped tar. By this name no host takes it for a text that it has compressed.
 */
export const CLUSTER_FILE = 'cluster.data';
