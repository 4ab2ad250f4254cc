export { postgresPrograms, startPostgres } from '../../sim/host/postgres-cluster.js';
